"""Take documents in: every file is read or refused, originals are kept, findings are written down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from msgspec import convert, to_builtins
from sqlalchemy import Connection, insert, select

from chain.commands.trade import load_trade
from chain.commands.workspace import Home, Progress, no_progress
from chain.documents.identity import canonical_digest, document_key
from chain.documents.model import Finding
from chain.documents.reading import FileOutcome, ReadingLimits, read_documents, read_file
from chain.store.tables import documents, files, findings


@dataclass(frozen=True)
class Ingested:
    """What became of the files: found = read + refused. Documents inside files (archives, test sets) count apart.

    ``known_before`` of the files found stood here already, byte for byte under the same path, and changed nothing.
    """

    found: int
    read: int
    refused: int
    known_before: int
    inside_found: int
    inside_read: int
    inside_refused: int
    by_type: dict[str, int]
    """Documents taken, by type."""
    findings: tuple[Finding, ...]

    def as_json(self) -> dict[str, Any]:
        """JSON-able."""
        return asdict(self) | {"findings": to_builtins(self.findings)}


def ingest(home: Home, paths: Sequence[Path], progress: Progress = no_progress) -> Ingested:
    """Read files and folders. What cannot be read becomes a finding. Raises NotFound for a path that does not exist."""
    batch = read_documents(
        paths, limits=_limits(home), progress=lambda done, total: progress("reading documents", done, total)
    )
    return _keep(home, batch.outcomes, None)


def ingest_upload(home: Home, enterprise: str, uploads: Iterable[tuple[str, bytes]]) -> list[FileOutcome]:
    """Read (name, content) pairs that an enterprise sent. Returns what became of each, in order."""
    outcomes = []
    for name, content in uploads:
        outcome = read_file(name, content, _limits(home))
        _keep(home, [outcome], enterprise, {outcome.sha256: content})
        outcomes.append(outcome)
    return outcomes


def stored_findings(home: Home, rule: str | None = None) -> list[Finding]:
    """What reading found, and what matching and the graph find now; of one rule, or all."""
    with home.store.read() as connection:
        bodies = connection.execute(select(findings.c.body).order_by(findings.c.id)).scalars().all()
    trade = load_trade(home)
    found = convert(bodies, list[Finding])
    found += trade.findings
    return [finding for finding in found if rule in (None, finding.rule)]


def original_paths(home: Home) -> list[Path]:
    """The kept originals of all files that were read, in the order they came; one that is gone cannot vouch any more."""
    with home.store.read() as connection:
        digests = connection.execute(select(files.c.sha256).where(files.c.read).order_by(files.c.id)).scalars().all()
    originals = (_original(home, digest) for digest in dict.fromkeys(digests))
    return [path for path in originals if path.exists()]


def _limits(home: Home) -> ReadingLimits:
    return ReadingLimits(file_bytes=home.settings.max_file_bytes)


def _keep(
    home: Home, outcomes: Sequence[FileOutcome], enterprise: str | None, contents: dict[str, bytes] | None = None
) -> Ingested:
    """Originals first, so that a document in the database always has its file; then all rows in one transaction."""
    for outcome in outcomes:
        _keep_original(home, outcome, (contents or {}).get(outcome.sha256))
    known = 0
    now = home.now()
    with home.store.begin() as connection:
        seen = {(row.path, row.sha256) for row in connection.execute(select(files.c.path, files.c.sha256))}
        for outcome in outcomes:
            if (outcome.path, outcome.sha256) in seen:
                known += 1
            else:
                seen.add((outcome.path, outcome.sha256))
                _keep_outcome(connection, outcome, enterprise, now)
    inside = [content for outcome in outcomes if outcome.container for content in outcome.contents]
    taken = [document for outcome in outcomes for document in outcome.documents]
    read = sum(outcome.read for outcome in outcomes)
    return Ingested(
        found=len(outcomes), read=read, refused=len(outcomes) - read, known_before=known, inside_found=len(inside),
        inside_read=sum(c.read for c in inside), inside_refused=sum(not c.read for c in inside),
        by_type=dict(sorted(Counter(str(document.type) for document in taken).items())),
        findings=tuple(finding for outcome in outcomes for finding in outcome.findings),
    )  # fmt: skip


def _keep_outcome(connection: Connection, outcome: FileOutcome, enterprise: str | None, now: int) -> None:
    result = connection.execute(
        insert(files).values(
            path=outcome.path, sha256=outcome.sha256, enterprise=enterprise, read=outcome.read,
            format=outcome.format, ingested_at=now,
        )
    )  # fmt: skip
    assert result.inserted_primary_key is not None
    file = result.inserted_primary_key[0]
    for document in outcome.documents:
        connection.execute(
            insert(documents).values(
                key=document_key(document), digest=canonical_digest(document).hex(), type=document.type, file=file,
                body=to_builtins(document),
            )
        )  # fmt: skip
    for finding in outcome.findings:
        connection.execute(
            insert(findings).values(file=file, rule=finding.rule, severity=finding.severity, body=to_builtins(finding))
        )


def _keep_original(home: Home, outcome: FileOutcome, content: bytes | None) -> None:
    """Keep the bytes under their digest; a file too large to be read is not kept either."""
    target = _original(home, outcome.sha256)
    if not outcome.sha256 or target.exists() or outcome.size > home.settings.max_file_bytes:
        return
    if content is None:
        try:
            content = Path(outcome.path).read_bytes()
        except OSError:
            return  # it could not be opened for reading either, and is refused for that
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    part.write_bytes(content)
    part.replace(target)


def _original(home: Home, digest: str) -> Path:
    return home.settings.originals_folder / digest[:2] / digest
