"""Take documents in: every file is read or refused, originals are kept, findings are written down."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from itertools import chain, groupby, islice
from operator import itemgetter
from os import cpu_count
from pathlib import Path
from typing import Any, BinaryIO

from msgspec import to_builtins
from sqlalchemy import Connection, delete, insert, select, tuple_

from chain.commands.aliases import rulings
from chain.commands.changes import tell_all
from chain.commands.names import finding_as_json
from chain.commands.workspace import OPERATOR, Home, Progress, no_progress
from chain.documents.directory import Directory
from chain.documents.mapping import TableMapping, load
from chain.documents.model import Finding, TradeDocument
from chain.documents.reading import (
    FileOutcome,
    ReadingLimits,
    find_files,
    read_documents,
    read_each,
    read_file,
    shown,
)
from chain.errors import NotFound
from chain.store.originals import OriginalDamaged
from chain.store.tables import documents, files, findings

#: So many files are read and then kept in one transaction; an interruption loses no more.
TOGETHER = 500

STANDARD_INPUT = "standard input"

Known = dict[str, dict[str, bool]]
"""Path → SHA-256 of what stood there → whether it could be read."""


@dataclass
class Ingested:
    """What became of the files: found = read + refused. Documents inside files (archives, test sets) count apart.

    ``known_before`` of the files found stood here already, byte for byte under the same path: they changed nothing, and
    their documents and findings are not counted again.
    """

    found: int = 0
    read: int = 0
    refused: int = 0
    known_before: int = 0
    inside_found: int = 0
    inside_read: int = 0
    inside_refused: int = 0
    passed_over: int = 0
    """Files and members that are nobody's document, and count nowhere else, see `archive.left_by_a_system`."""
    by_type: Counter[str] = field(default_factory=Counter)
    """Documents taken, by type."""
    documents_before: bool = False
    """Whether one of those that were known before, and looked at, holds a document; nothing is looked for once one was taken."""
    findings: list[Finding] = field(default_factory=list)

    def count(self, outcome: FileOutcome, known: Mapping[str, bool]) -> None:
        """And this file. ``known``: what stood under its path before, see `Known`."""
        read = known.get(outcome.sha256, outcome.read)
        self.found += 1
        self.read += read
        self.refused += not read
        if outcome.sha256 in known:
            self.known_before += 1
            return
        self.passed_over += outcome.passed_over
        self.by_type.update(str(document.type) for document in outcome.documents)
        self.findings.extend(outcome.findings)
        if outcome.container:
            inside_read = sum(content.read for content in outcome.contents)
            self.inside_found += len(outcome.contents)
            self.inside_read += inside_read
            self.inside_refused += len(outcome.contents) - inside_read

    @property
    def all_refused(self) -> bool:
        """Whether there were files, and nothing of them could be read."""
        return self.found > 0 and not self.by_type and not self.documents_before

    def as_json(self, language: str, names: Mapping[str, str]) -> dict[str, Any]:
        """JSON-able; findings with their sentence in the reader's language."""
        said = [finding_as_json(finding, language, names) for finding in self.findings]
        return asdict(self) | {"by_type": dict(self.by_type), "findings": said}


def ingest(
    home: Home,
    paths: Sequence[Path],
    progress: Progress = no_progress,
    standard_input: BinaryIO | None = None,
    mapping: TableMapping | None = None,
) -> Ingested:
    """Read files and folders, and ``standard_input`` as one more file. What cannot be read becomes a finding.

    What was read is kept every `TOGETHER` files. Whoever stops this loses no more than that, and the same call again goes
    on from there: files that are known are not parsed again. Raises NotFound for a path that does not exist.

    With a ``mapping`` tables are read too, and what was refused before is read once more: it may be a table.

    What stands in a pipe has no path, so its bytes are the same file wherever else they stand.
    """
    limits, passed_over = _limits(home), list[str]()
    # Whom a document names, the register and rulings say alone; whatever else is stored need not be read for that.
    directory = Directory(home.network_or_none(), rulings(home))
    names = list(find_files(paths, passed_over))
    known = _known(home, [*map(shown, names), STANDARD_INPUT], mapping)
    contents: dict[str, bytes] = {}
    piped: list[FileOutcome] = []
    if standard_input is not None:
        content = standard_input.read(limits.file_bytes + 1)
        piped = [_read_piped(home, content, limits, known, mapping)]
        contents[piped[0].sha256] = content
    without_path = {digest: True for digest, read in known[STANDARD_INPUT].items() if read}
    without_path |= {outcome.sha256: True for outcome in piped if outcome.read}
    for name in names if without_path else ():
        known[shown(name)] |= without_path
    digests = {path: frozenset(reads) for path, reads in known.items()}
    outcomes = chain(piped, read_each(names, limits=limits, known=digests, mapping=mapping))
    ingested = Ingested(passed_over=len(passed_over))
    while together := list(islice(outcomes, TOGETHER)):
        for outcome in together:
            ingested.count(outcome, known[outcome.path])
        if not ingested.by_type and not ingested.documents_before:
            ingested.documents_before = _gave_documents(home, together, known)
        _keep(home, directory, together, known, None, contents, mapping)
        progress("reading documents", ingested.found, len(names) + len(contents))
    return ingested


def _read_piped(
    home: Home, content: bytes, limits: ReadingLimits, known: Known, mapping: TableMapping | None
) -> FileOutcome:
    """Bytes that could be read before, under whatever path, are known."""
    digest = sha256(content).hexdigest()
    if home.originals.has(digest):
        with home.store.read() as connection:
            query = select(files.c.read).where(files.c.sha256 == digest, files.c.read).limit(1)
            if connection.execute(query).first() is not None:
                known[STANDARD_INPUT][digest] = True
    if digest in known[STANDARD_INPUT]:
        return FileOutcome(STANDARD_INPUT, digest, len(content), "known before", known=True)
    return read_file(STANDARD_INPUT, content, limits, mapping, cpu_count() or 1)


def mapping_of(path: Path) -> TableMapping:
    """The mapping in a file. Raises NotFound, MappingBroken."""
    try:
        return load(path.read_bytes())
    except OSError as error:
        raise NotFound(what="mapping", id=str(path)) from error


def keep_upload(
    home: Home, directory: Directory, enterprise: str, outcome: FileOutcome, content: bytes,
    mapping: TableMapping | None = None,
) -> None:  # fmt: skip
    """Keep a file that an enterprise sent, and what was read of it, tables by the ``mapping``.

    ``directory``: by which those are told whom the documents name.
    """
    known, contents = _known(home, [outcome.path], mapping), {outcome.sha256: content}
    _keep(home, directory, [outcome], known, enterprise, contents, mapping)


def original_documents(home: Home) -> list[TradeDocument]:
    """All documents, read once more from the originals, by the mapping that each was read by; one that is gone or damaged
    cannot vouch any more."""
    with home.store.read() as connection:
        columns = files.c
        rows = connection.execute(
            select(columns.sha256, columns.mapping).where(columns.read).order_by(columns.id)
        ).all()
    found: list[TradeDocument] = []
    for mapped, pairs in groupby(dict.fromkeys(map(tuple, rows)), key=itemgetter(1)):
        with suppress(NotFound, OriginalDamaged), home.originals.at_hand(digest for digest, _ in pairs) as paths:
            mapping = None if mapped is None else TableMapping.model_validate_json(home.originals.get(mapped))
            found += read_documents(paths, limits=_limits(home), mapping=mapping).documents
    return found


def _limits(home: Home) -> ReadingLimits:
    return ReadingLimits(file_bytes=home.settings.max_file_bytes)


def _known(home: Home, paths: Sequence[str], mapping: TableMapping | None) -> Known:
    """What stands under these paths; with a mapping only what was read, since the rest may be tables. A few are asked for
    one by one, so that a file more costs no look at all there are."""
    query = select(files.c.path, files.c.sha256, files.c.read)
    if len(paths) <= TOGETHER:
        query = query.where(files.c.path.in_(paths))
    if mapping is not None:
        query = query.where(files.c.read)
    known: Known = defaultdict(dict)
    with home.store.read() as connection:
        for row in connection.execute(query):
            known[row.path][row.sha256] = row.read
    return known


def _gave_documents(home: Home, outcomes: Iterable[FileOutcome], known: Known) -> bool:
    """Whether what is known of these files holds a document; an archive is read, though all that it holds is refused."""
    looked_at = [outcome for outcome in outcomes if known[outcome.path].get(outcome.sha256)]
    read = {(path, one.sha256) for one in looked_at for path in (one.path, STANDARD_INPUT)}
    query = select(documents.c.sequence).join(files).where(tuple_(files.c.path, files.c.sha256).in_(read)).limit(1)
    with home.store.read() as connection:
        return bool(read) and connection.execute(query).first() is not None


def _keep(
    home: Home, directory: Directory, outcomes: Sequence[FileOutcome], known: Known, enterprise: str | None,
    contents: Mapping[str, bytes], mapping: TableMapping | None,
) -> None:  # fmt: skip
    """Originals first, so that a document in the database always has its file; then all rows in one transaction, and whom
    they concern is told. ``enterprise``: the sender; None: whoever has the home's files in its hands.
    ``contents``: bytes by digest, of what is no file that could be read once more."""
    new = [outcome for outcome in outcomes if outcome.sha256 not in known[outcome.path]]
    for outcome in new:
        _keep_original(home, outcome, contents.get(outcome.sha256))
    mapped = _keep_mapping(home, mapping) if new and mapping is not None else None
    home.originals.settle()
    now = home.now()
    kept = []
    with home.store.begin() as connection:
        for outcome in new:
            if outcome.sha256 not in known[outcome.path]:  # a list may name the same bytes twice
                known[outcome.path][outcome.sha256] = outcome.read
                _keep_outcome(connection, outcome, enterprise, now, mapped)
                kept.append(outcome)
        tell_all(connection, (change for one in kept for change in _told_of(directory, enterprise or OPERATOR, one)))


def _told_of(directory: Directory, sender: str, outcome: FileOutcome) -> Iterator[tuple[list[str], str, str]]:
    """Those whom a document names are told that it is here; that a file was refused, its sender alone."""
    if not outcome.read and outcome.sha256:
        yield [sender], "FileRefused", outcome.sha256
    for document in outcome.documents:
        parties = (document.seller, document.buyer, document.keeper)
        named = (directory.known(party) for party in parties if party is not None)
        yield [one for one in named if one is not None] or [sender], "DocumentRead", directory.key(document)


def _keep_outcome(
    connection: Connection, outcome: FileOutcome, enterprise: str | None, now: int, mapped: str | None
) -> None:
    """A refusal of the same bytes, before there was a mapping, is no longer true."""
    refused = select(files.c.id).where(files.c.path == outcome.path, files.c.sha256 == outcome.sha256)
    connection.execute(delete(findings).where(findings.c.file.in_(refused)))
    connection.execute(delete(files).where(files.c.path == outcome.path, files.c.sha256 == outcome.sha256))
    result = connection.execute(
        insert(files).values(
            path=outcome.path, sha256=outcome.sha256, enterprise=enterprise, read=outcome.read,
            format=outcome.format, ingested_at=now, mapping=mapped,
        )
    )  # fmt: skip
    assert result.inserted_primary_key is not None
    file = result.inserted_primary_key[0]
    for content in outcome.contents:
        if content.document is not None:
            connection.execute(
                insert(documents).values(
                    key=content.key, digest=content.digest.hex(), type=content.document.type, file=file,
                    body=to_builtins(content.document),
                )
            )  # fmt: skip
    for finding in outcome.findings:
        connection.execute(
            insert(findings).values(file=file, rule=finding.rule, severity=finding.severity, body=to_builtins(finding))
        )


def _keep_original(home: Home, outcome: FileOutcome, content: bytes | None) -> None:
    """Keep the bytes under their digest; a file too large to be read is not kept either."""
    if not outcome.sha256 or outcome.size > home.settings.max_file_bytes or home.originals.has(outcome.sha256):
        return
    if content is None:
        try:
            content = Path(outcome.path).read_bytes()
        except OSError:
            return  # it could not be opened for reading either, and is refused for that
    home.originals.put(content)


def _keep_mapping(home: Home, mapping: TableMapping) -> str:
    """Keep it like an original, since without it a table says nothing. Returns its digest."""
    return home.originals.put(mapping.model_dump_json(by_alias=True, exclude_defaults=True).encode())
