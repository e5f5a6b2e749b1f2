"""Documents and findings as a viewer may see them: those in which it is seller, buyer or keeper, and what it sent."""

from __future__ import annotations

import base64
import binascii
from bisect import bisect_right
from datetime import date

from msgspec import convert
from pydantic import Field
from sqlalchemy import ColumnElement, Connection, select

from chain.books.velocity import abnormal_splitting
from chain.commands.seen.acquaintance import Acquaintance
from chain.commands.seen.current import FINDING_LETTERS, CurrentTrade, Known, finding_id
from chain.commands.seen.pages import Key, cursor, read_cursor
from chain.commands.seen.viewer import Participant, Viewer
from chain.commands.workspace import Home
from chain.documents.identity import blinded_identity
from chain.documents.matching import Receivable
from chain.documents.model import Finding, Frozen, Party, TradeDocument
from chain.errors import NotFound
from chain.language import translate
from chain.money import Money
from chain.store.tables import evidence, files, findings

#: Numbers of findings as texts of one length, so that they sort as numbers.
NUMBER_DIGITS = 12


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
    proofs: tuple[str, ...] = Field(description="Keys of the documents behind it that name the caller.")


class Document(Frozen):
    """A trade document."""

    id: str
    """Its key as addresses write it."""
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

    id: str | None = Field(description="Null in the answer to an upload, whose findings are kept with it.")
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
    used, names, acquaintance = _used(home, known), home.names(), Acquaintance(home, known, viewer)
    found: list[Document] = []
    for place, document in enumerate(known.trade.documents[after:], start=after + 1):
        if kind not in (None, document.type.value):
            continue
        shown = _document(known, viewer, document, used, names, acquaintance)
        if shown is None:
            continue
        if len(found) == most:
            return found, place - 1
        found.append(shown)
    return found, None


def document_seen(home: Home, current: CurrentTrade, viewer: Viewer, key: str) -> Document:
    """The document that counts under ``key``. Raises NotFound."""
    return document_known(home, current.get(), viewer, key, key)[0]


def document_known(
    home: Home, known: Known, viewer: Viewer, key: str, asked: str
) -> tuple[Document, TradeDocument]:  # fmt: skip
    """The same with what it was read from. Raises NotFound of what was ``asked`` for."""
    document = known.trade.matching.documents.get(key)
    # Who may not see it is told nothing, nor by how long the answer takes: nothing more is read for it.
    if document is not None and (viewer.sees_all or viewer.enterprise in known.named(document)):
        identity = identity_of(home, key)
        with home.store.read() as connection:
            used = connection.execute(select(evidence.c.used_minor).where(evidence.c.identity == identity)).scalar()
        acquaintance = Acquaintance(home, known, viewer)
        shown = _document(known, viewer, document, {key: used or 0}, home.names(), acquaintance)
        if shown is not None:
            return shown, document
    raise NotFound(what="document", id=asked)


def identity_of(home: Home, key: str) -> str:
    """What the ledger calls the document: its identity, blinded by the network's key (0x…)."""
    return f"0x{blinded_identity(key, home.network_key).hex()}"


def findings_seen(
    home: Home,
    current: CurrentTrade,
    viewer: Viewer,
    language: str,
    *,
    rule: str | None = None,
    after: str | None = None,
    most: int = 100,
) -> tuple[list[FindingSeen], str | None]:
    """Findings about the viewer's documents and about the files that it sent, behind the cursor ``after``; and the cursor of
    the next page, None on the last. Raises PageUnknown."""
    known = current.get()
    everything = _all_findings(home, known)
    start = 0 if after is None else bisect_right(everything, read_cursor(after), key=lambda entry: entry[0])
    found: list[FindingSeen] = []
    last: Key = ()
    for key, (finding, sender, number) in everything[start:]:
        shown = _finding(known, viewer, finding, sender, language, number) if rule in (None, finding.rule) else None
        if shown is None:
            continue
        if len(found) == most:
            return found, cursor(last)
        found.append(shown)
        last = key
    return found, None


def finding_seen(home: Home, current: CurrentTrade, viewer: Viewer, name: str, language: str) -> FindingSeen:
    """One finding by its id. Raises NotFound."""
    known = current.get()
    shown: FindingSeen | None = None
    if len(name) < FINDING_LETTERS:
        with home.store.read() as connection:
            kept = _kept_findings(connection, findings.c.id == int(name))
        shown = next((_finding(known, viewer, one, sender, language, number) for one, sender, number in kept), None)
    else:
        derived = _derived_findings(home, known).get(name)
        shown = None if derived is None else _finding(known, viewer, derived, None, language, None)
    if shown is None:
        raise NotFound(what="finding", id=name)
    return shown


def findings_about(
    home: Home, known: Known, viewer: Viewer, keys: set[str], sent: list[int], language: str
) -> list[FindingSeen]:
    """Findings about a document, by the keys that it goes by and the numbers of the files that it came in."""
    with home.store.read() as connection:
        told = _kept_findings(connection, findings.c.file.in_(sent))
    told += [(finding, None, None) for finding in _derived_findings(home, known).values()]
    about = (one for one in told if keys.intersection(one[0].documents))
    shown = (_finding(known, viewer, finding, sender, language, number) for finding, sender, number in about)
    return [one for one in shown if one is not None]


def finding_shown(finding: Finding, language: str, name: str | None = None) -> FindingSeen:
    """A finding to whom all of it is shown. The folder of its file is nobody's business."""
    return FindingSeen(
        id=name, rule=finding.rule, severity=finding.severity.value, text=finding.text(language),
        path=file_name(finding.path), member=finding.member, place=finding.place_text(language) or None,
        case=finding.case, documents=finding.documents,
    )  # fmt: skip


def document_id(key: str) -> str:
    """A document's key, which holds slashes and bars, as addresses write it (base64url)."""
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def key_of_id(name: str) -> str:
    """The inverse of `document_id`. Raises NotFound."""
    try:
        return base64.b64decode(f"{name}{'=' * (-len(name) % 4)}", b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise NotFound(what="document", id=name) from None


def _document(
    known: Known, viewer: Viewer, document: TradeDocument, used: dict[str, int], names: dict[str, str],
    acquaintance: Acquaintance,
) -> Document | None:  # fmt: skip
    key = known.trade.directory.key(document)
    if not viewer.sees_all and viewer.enterprise not in known.named(document):
        return None

    def participant(party: Party | None) -> Participant | None:
        if party is None:
            return None
        enterprise = acquaintance.id_of(document, party)
        return Participant(id=enterprise, name=names.get(enterprise) or party.name or enterprise)

    seller = participant(document.seller)
    assert seller is not None
    # Another paper under the same number has no backing of its own, and is not told of the first one's.
    counts = known.trade.matching.documents.get(key) == document
    receivable = known.receivables.get(key) if counts else None
    payable = document.payable_minor
    return Document(
        id=document_id(key), key=key, type=document.type.value, number=document.number, seller=seller,
        buyer=participant(document.buyer),
        keeper=participant(document.keeper), issue_date=document.issue_date, due_date=document.due_date,
        delivery_date=document.delivery_date,
        payable=None if payable is None or document.currency is None else Money(payable, document.currency),
        broken_rules=document.broken_rules, file=file_name(document.source.path) or "", sha256=document.source.sha256,
        backing=None if receivable is None else _backing(known, viewer, receivable, used.get(key, 0)),
    )  # fmt: skip


def _backing(known: Known, viewer: Viewer, receivable: Receivable, used: int) -> Backing:
    circular = receivable.document in known.trade.circular
    return Backing(
        owed=Money(receivable.open_minor, receivable.currency),
        netted=Money(receivable.netted_minor, receivable.currency),
        proven=Money(0 if circular else receivable.evidence_minor, receivable.currency),
        used=Money(used, receivable.currency),
        state=receivable.state.value, due=receivable.due_date,
        rules=(*receivable.rules, *(("CircularTrade",) if circular else ())),
        proofs=tuple(key for key in receivable.proofs if viewer.sees_all or known.concerns(key, viewer.enterprise)),
    )  # fmt: skip


def _used(home: Home, known: Known) -> dict[str, int]:
    """Invoice key → minor units that it backs already."""
    with home.store.read() as connection:
        rows = connection.execute(select(evidence.c.identity, evidence.c.used_minor)).all()
    keys = known.keys_by_identity
    return {keys[row.identity]: row.used_minor for row in rows if row.identity in keys}


Told = tuple[Finding, str | None, int | None]
"""A finding; who sent its file, where somebody did; and its number, where it is kept."""


def _all_findings(home: Home, known: Known) -> list[tuple[Key, Told]]:
    """Every finding by its key: those of reading in their order, then of matching, the graph and the books by rule. What is
    found no more, or newly, moves no other."""
    with home.store.read() as connection:
        kept = _kept_findings(connection)
    found: list[tuple[Key, Told]] = [(("kept", f"{told[2]:0{NUMBER_DIGITS}}"), told) for told in kept]
    for name, finding in _derived_findings(home, known).items():
        found.append((("with others", finding.rule, name), (finding, None, None)))
    return sorted(found, key=lambda entry: entry[0])


def _kept_findings(connection: Connection, *conditions: ColumnElement[bool]) -> list[Told]:
    rows = connection.execute(
        select(findings.c.id, findings.c.body, files.c.enterprise)
        .outerjoin(files, files.c.id == findings.c.file)
        .where(*conditions)
        .order_by(findings.c.id)
    ).all()
    return [(convert(row.body, Finding), row.enterprise, row.id) for row in rows]


def _derived_findings(home: Home, known: Known) -> dict[str, Finding]:
    """What follows from all that is known now, and is kept nowhere, by its id."""
    with home.store.read() as connection:
        return known.findings | {finding_id(one): one for one in abnormal_splitting(connection)}


def _finding_name(finding: Finding, number: int | None) -> str:
    """Its number where it is kept, else the digest."""
    return finding_id(finding) if number is None else str(number)


def _finding(
    known: Known, viewer: Viewer, finding: Finding, sender: str | None, language: str, number: int | None
) -> FindingSeen | None:
    if viewer.sees_all or sender == viewer.enterprise:
        return finding_shown(finding, language, _finding_name(finding, number))
    own = tuple(key for key in finding.documents if known.concerns(key, viewer.enterprise))
    if not own:
        return None
    if all(known.concerns_wholly(key, viewer.enterprise) for key in finding.documents):
        return finding_shown(finding, language, _finding_name(finding, number))
    # Others have a part in it: their documents and what the sentence says of them are not shown.
    text = translate("this document breaks the rule {rule} together with documents of others", language)
    return FindingSeen(
        id=_finding_name(finding, number), rule=finding.rule, severity=finding.severity.value,
        text=text.format(rule=finding.rule), path=None, member=None, place=None, case=finding.case, documents=own,
    )  # fmt: skip


def file_name(path: str | None) -> str | None:
    return None if path is None else path.replace("\\", "/").rpartition("/")[2]
