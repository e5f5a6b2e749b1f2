"""Documents and findings as a viewer may see them: those in which it is seller, buyer or keeper, and what it sent."""

from __future__ import annotations

from datetime import date

from msgspec import convert
from pydantic import Field
from sqlalchemy import select

from chain.books.velocity import abnormal_splitting
from chain.commands.seen.current import CurrentTrade, Known
from chain.commands.seen.viewer import Participant, Viewer
from chain.commands.workspace import Home
from chain.documents.matching import Receivable
from chain.documents.model import Finding, Frozen, Party, TradeDocument
from chain.errors import NotFound
from chain.language import translate
from chain.money import Money
from chain.store.tables import evidence, files, findings


class Backing(Frozen):
    """What an invoice may back. All amounts are of its own currency."""

    owed: Money
    """Payable less credit notes, payments, bills and nettings."""
    netted: Money
    """What nettings cancelled of it."""
    proven: Money
    """How much of it order, delivery and amounts prove; only that backs credit."""
    used: Money
    """How much of it backs pieces already."""
    state: str
    due: date
    rules: tuple[str, ...] = Field(description="The rules that block or cap it.")
    proofs: tuple[str, ...] = Field(description="Keys of the documents behind it.")


class Document(Frozen):
    """A trade document."""

    key: str
    type: str
    number: str
    seller: Participant
    buyer: Participant | None
    keeper: Participant | None
    issue_date: date | None
    due_date: date | None
    delivery_date: date | None
    payable: Money | None
    broken_rules: tuple[str, ...]
    file: str
    """Name of the file that it came in."""
    sha256: str
    backing: Backing | None
    """Of an invoice."""


class FindingSeen(Frozen):
    """Something that was seen in documents, and why it matters."""

    rule: str
    severity: str
    """``refused``, ``blocked`` or ``flagged``."""
    text: str
    path: str | None
    """Name of the file."""
    member: str | None
    place: str | None
    case: str | None
    """The field's failure that it belongs to."""
    documents: tuple[str, ...]
    """Keys of the caller's documents in it; other parties' documents are left out."""


def documents_seen(
    home: Home, current: CurrentTrade, viewer: Viewer, *, kind: str | None = None, after: int = 0, most: int = 100
) -> tuple[list[Document], int | None]:
    """Documents in the order they came, behind place ``after``; and the place to go on from, None at the end."""
    known = current.get()
    used, names = _used(home, known), home.names()
    found: list[Document] = []
    for place, document in enumerate(known.trade.documents[after:], start=after + 1):
        if kind not in (None, document.type.value):
            continue
        shown = _document(known, viewer, document, used, names)
        if shown is None:
            continue
        if len(found) == most:
            return found, place - 1
        found.append(shown)
    return found, None


def document_seen(home: Home, current: CurrentTrade, viewer: Viewer, key: str) -> Document:
    """The document that counts under ``key``. Raises NotFound."""
    known = current.get()
    document = known.trade.matching.documents.get(key)
    shown = None if document is None else _document(known, viewer, document, _used(home, known), home.names())
    if shown is None:
        raise NotFound(what="document", id=key)
    return shown


def findings_seen(
    home: Home,
    current: CurrentTrade,
    viewer: Viewer,
    language: str,
    *,
    rule: str | None = None,
    after: int = 0,
    most: int = 100,
) -> tuple[list[FindingSeen], int | None]:
    """Findings about the viewer's documents and about the files that it sent, behind place ``after``."""  # fmt: skip
    known = current.get()
    found: list[FindingSeen] = []
    for place, (finding, sender) in enumerate(_all_findings(home, known)[after:], start=after + 1):
        shown = _finding(known, viewer, finding, sender, language) if rule in (None, finding.rule) else None
        if shown is None:
            continue
        if len(found) == most:
            return found, place - 1
        found.append(shown)
    return found, None


def finding_shown(finding: Finding, language: str) -> FindingSeen:
    """A finding to whom all of it is shown. The folder of its file is nobody's business."""
    return FindingSeen(
        rule=finding.rule, severity=finding.severity.value, text=finding.text(language),
        path=_file_name(finding.path), member=finding.member, place=finding.place_text(language) or None,
        case=finding.case, documents=finding.documents,
    )  # fmt: skip


def _document(
    known: Known, viewer: Viewer, document: TradeDocument, used: dict[str, int], names: dict[str, str]
) -> Document | None:
    key = known.trade.directory.key(document)
    if not viewer.sees_all and viewer.enterprise not in known.named(document):
        return None

    def participant(party: Party | None) -> Participant | None:
        if party is None:
            return None
        enterprise = known.trade.directory.resolve(party)
        return Participant(id=enterprise, name=names.get(enterprise) or party.name or enterprise)

    seller = participant(document.seller)
    assert seller is not None
    # Another paper under the same number has no backing of its own, and is not told of the first one's.
    counts = known.trade.matching.documents.get(key) == document
    receivable = known.receivables.get(key) if counts else None
    payable = document.payable_minor
    return Document(
        key=key, type=document.type.value, number=document.number, seller=seller, buyer=participant(document.buyer),
        keeper=participant(document.keeper), issue_date=document.issue_date, due_date=document.due_date,
        delivery_date=document.delivery_date,
        payable=None if payable is None or document.currency is None else Money(payable, document.currency),
        broken_rules=document.broken_rules, file=_file_name(document.source.path) or "", sha256=document.source.sha256,
        backing=None if receivable is None else _backing(receivable, used.get(key, 0), key in known.trade.circular),
    )  # fmt: skip


def _backing(receivable: Receivable, used: int, circular: bool) -> Backing:
    return Backing(
        owed=Money(receivable.open_minor, receivable.currency),
        netted=Money(receivable.netted_minor, receivable.currency),
        proven=Money(0 if circular else receivable.evidence_minor, receivable.currency),
        used=Money(used, receivable.currency),
        state=receivable.state.value, due=receivable.due_date,
        rules=(*receivable.rules, *(("CircularTrade",) if circular else ())), proofs=receivable.proofs,
    )  # fmt: skip


def _used(home: Home, known: Known) -> dict[str, int]:
    """Invoice key → minor units that it backs already."""
    with home.store.read() as connection:
        rows = connection.execute(select(evidence.c.identity, evidence.c.used_minor)).all()
    keys = known.keys_by_identity
    return {keys[row.identity]: row.used_minor for row in rows if row.identity in keys}


def _all_findings(home: Home, known: Known) -> list[tuple[Finding, str | None]]:
    """Every finding with who sent its file, where somebody did: of reading, then of matching, the graph and the books."""
    with home.store.read() as connection:
        rows = connection.execute(
            select(findings.c.body, files.c.enterprise)
            .outerjoin(files, files.c.id == findings.c.file)
            .order_by(findings.c.id)
        ).all()
        of_books = abnormal_splitting(connection)
    found: list[tuple[Finding, str | None]] = [(convert(row.body, Finding), row.enterprise) for row in rows]
    return found + [(finding, None) for finding in (*known.trade.findings, *of_books)]


def _finding(known: Known, viewer: Viewer, finding: Finding, sender: str | None, language: str) -> FindingSeen | None:
    if viewer.sees_all or sender == viewer.enterprise:
        return finding_shown(finding, language)
    own = tuple(key for key in finding.documents if known.concerns(key, viewer.enterprise))
    if not own:
        return None
    if all(known.concerns_wholly(key, viewer.enterprise) for key in finding.documents):
        return finding_shown(finding, language)
    # Others have a part in it: their documents and what the sentence says of them are not shown.
    text = translate("this document breaks the rule {rule} together with documents of others", language)
    return FindingSeen(
        rule=finding.rule, severity=finding.severity.value, text=text.format(rule=finding.rule), path=None, member=None,
        place=None, case=finding.case, documents=own,
    )  # fmt: skip


def _file_name(path: str | None) -> str | None:
    return None if path is None else path.replace("\\", "/").rpartition("/")[2]
