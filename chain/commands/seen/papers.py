"""One document: how far it has come, what it backs, what was found about it, and its original."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from msgspec import convert
from pydantic import Field
from sqlalchemy import RowMapping, select

from chain.commands.seen.current import CurrentTrade, Known
from chain.commands.seen.documents import (
    Document,
    FindingSeen,
    document_id,
    document_known,
    file_name,
    findings_about,
    identity_of,
    key_of_id,
)
from chain.commands.seen.viewer import Viewer
from chain.commands.workspace import Home
from chain.documents.identity import document_key
from chain.documents.matching import Receivable
from chain.documents.model import DocumentType, Frozen, Severity, Source, TradeDocument
from chain.errors import NotFound
from chain.graph.supply_chain import Relation
from chain.identifiers import ObligationId, PieceId
from chain.money import Money
from chain.store.tables import documents, evidence, files, findings, pieces

#: Vouchers and files that are looked at for one document.
MOST = 500
#: Pieces in these states gave back what they used of their document.
GIVEN_BACK = ("rejected", "expired", "voided")


class DocumentState(StrEnum):
    """How far a document has come."""

    READ = "read"
    """It was read, and no other paper agrees with it yet."""
    MATCHED = "matched"
    """An invoice of which something is proven, or was until it was settled; another paper that stands behind an invoice."""
    BLOCKED = "blocked"
    """It breaks a rule, because of which it backs nothing."""


class Use(Frozen):
    """A voucher that rests on the document."""

    voucher: str
    amount: Money
    """What the voucher was made with."""


class Confirmed(Frozen):
    """The document on the ledger, where its buyer's signature put it."""

    number: int
    face: Money
    """What the buyer confirmed."""
    used: Money
    credited: Money
    """What both sides took back by credit notes."""
    cancelled: bool
    vouchers: tuple[Use, ...] = Field(description=f"What uses it now; at most {MOST}.")


class DocumentRead(Document):
    """A document with what became of it."""

    state: DocumentState
    invoices: tuple[str, ...] = Field(description="Ids of the invoices that it stands behind.")
    confirmed: Confirmed | None = Field(
        description="Null until its buyer confirmed it, and for who is neither side of it."
    )
    findings: tuple[FindingSeen, ...]
    original: bool
    """Whether the caller may have the file that it came in."""


class Original(NamedTuple):
    """A file as it came."""

    name: str
    sha256: str
    content: bytes


def paper_seen(home: Home, current: CurrentTrade, viewer: Viewer, name: str, language: str) -> DocumentRead:
    """The document that counts under the key of that id. Raises NotFound."""
    known, key = current.get(), key_of_id(name)
    shown, document = document_known(home, known, viewer, key, name)
    sent = _files_of(home, document)
    behind = invoices_of(known, key, document)
    return DocumentRead(
        **{field: getattr(shown, field) for field in Document.model_fields},
        state=_state(known, key, document, behind),
        invoices=tuple(
            document_id(one.document) for one in behind
            if viewer.sees_all or known.backs(one.document, viewer.enterprise)
        ),
        confirmed=_confirmed(home, viewer, key),
        findings=tuple(
            findings_about(home, known, viewer, {key, document_key(document)}, [row["file"] for row in sent], language)
        ),
        original=any(_may_have(home, known, viewer, row) for row in sent),
    )  # fmt: skip


def original_seen(home: Home, current: CurrentTrade, viewer: Viewer, name: str) -> Original:
    """The file in which the document came. Raises NotFound, also where the viewer may not have it."""
    known, key = current.get(), key_of_id(name)
    _, document = document_known(home, known, viewer, key, name)
    for row in _files_of(home, document):
        if _may_have(home, known, viewer, row):
            return Original(file_name(row["path"]) or "original", row["sha256"], home.originals.get(row["sha256"]))
    raise NotFound(what="original", id=name)


def invoices_of(known: Known, key: str, document: TradeDocument) -> list[Receivable]:
    """What the document stands behind: the invoices of its seller that count it; of an invoice none."""
    if document.type is DocumentType.INVOICE:
        return []
    resolve, graph = known.trade.directory.resolve, known.trade.graph.graph
    seller, buyer = resolve(document.seller), resolve(document.buyer) if document.buyer else None
    if seller not in graph:
        return []
    sold = {
        edge["document"]
        for source, _, edge in graph.in_edges(seller, data=True)
        if edge["relation"] is Relation.INVOICED and buyer in (None, source)
    }
    return [known.receivables[invoice] for invoice in sorted(sold) if key in papers_of(known.receivables[invoice])]


def papers_of(receivable: Receivable) -> tuple[str, ...]:
    """Keys of all documents that stand behind an invoice, or changed what is owed by it."""
    r = receivable
    return (*r.proofs, *r.events, *r.responses, *r.credit_notes, *r.payments, *r.assignments)


def _state(known: Known, key: str, document: TradeDocument, behind: list[Receivable]) -> DocumentState:
    receivable = known.receivables.get(key)
    if document.broken_rules or key in known.trade.circular or (receivable and receivable.blocked_by):
        return DocumentState.BLOCKED
    return DocumentState.MATCHED if behind or (receivable and receivable.accepted) else DocumentState.READ


def _confirmed(home: Home, viewer: Viewer, key: str) -> Confirmed | None:
    columns = evidence.c
    with home.store.read() as connection:
        row = connection.execute(select(evidence).where(columns.identity == identity_of(home, key))).mappings().first()
        if row is None or not (viewer.sees_all or viewer.party in (row["buyer"], row["seller"])):
            return None
        # Who receives a piece is the seller of its document, and an owner never changes in place.
        own = (pieces.c.owner == row["seller"]) & (pieces.c.evidence == row["id"])
        uses = connection.execute(
            select(pieces.c.obligation, pieces.c.index, pieces.c.initial_minor)
            .where(own, pieces.c.state.not_in(GIVEN_BACK))
            .order_by(pieces.c.obligation, pieces.c.index)
            .limit(MOST)
        ).mappings().all()  # fmt: skip
    currency = row["currency"]
    return Confirmed(
        number=row["id"], face=Money(row["face_minor"], currency), used=Money(row["used_minor"], currency),
        credited=Money(row["credited_minor"], currency), cancelled=row["cancelled"],
        vouchers=tuple(
            Use(
                voucher=str(PieceId(ObligationId.from_chain(use["obligation"]), use["index"])),
                amount=Money(use["initial_minor"], currency),
            )
            for use in uses
        ),
    )  # fmt: skip


def _files_of(home: Home, document: TradeDocument) -> list[RowMapping]:
    """The files that the document was read from, in the order they came."""
    with home.store.read() as connection:
        rows = connection.execute(
            select(documents.c.file, documents.c.body, files.c.path, files.c.sha256, files.c.enterprise)
            .join(files, files.c.id == documents.c.file)
            .where(documents.c.key == document_key(document))
            .order_by(documents.c.sequence)
            .limit(MOST)
        ).mappings().all()  # fmt: skip
    return [row for row in rows if convert(row["body"]["source"], Source) == document.source]


def _may_have(home: Home, known: Known, viewer: Viewer, row: RowMapping) -> bool:
    """Whether the viewer may have a file: it sent it, reads everything, or is named in all that is in it."""
    if viewer.sees_all or row["enterprise"] == viewer.enterprise:
        return True
    if row["body"]["source"]["member"] is not None:
        return False  # an archive may hold what was passed over, which is nobody's document
    refused = (findings.c.file == row["file"]) & (findings.c.severity == Severity.REFUSED)
    inside = select(documents.c.body).where(documents.c.file == row["file"]).limit(MOST + 1)
    with home.store.read() as connection:
        if connection.execute(select(findings.c.id).where(refused).limit(1)).first() is not None:
            return False  # of what was refused nobody knows whom it names
        bodies = connection.execute(inside).scalars().all()
    if len(bodies) > MOST:
        return False
    return all(viewer.enterprise in known.named(one) for one in convert(bodies, list[TradeDocument]))
