"""The three flows of an invoice as a viewer may see them: what was ordered and asked for, what moved, and what was paid."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from pydantic import Field
from sqlalchemy import Connection, exists, or_, select

from chain.books.portfolio import all_pieces
from chain.commands.financing_requests import pieces_shown_to, shown_to
from chain.commands.seen.acquaintance import Acquaintance
from chain.commands.seen.current import CurrentTrade, Known
from chain.commands.seen.documents import document_id, identity_of, key_of_id
from chain.commands.seen.named import Named
from chain.commands.seen.viewer import Participant, Viewer
from chain.commands.workspace import Home
from chain.documents.matching import Receivable
from chain.documents.model import Frozen, TradeDocument
from chain.documents.receivable import Stage
from chain.errors import NotFound
from chain.identifiers import ObligationId
from chain.money import Money
from chain.network import Role
from chain.store.tables import evidence, lines, obligations, pieces


class PaperLine(Frozen):
    """One line of a paper."""

    number: str
    description: str
    item: str | None
    quantity: Decimal | None
    unit: str | None
    """UN/ECE Recommendation 20 where given."""
    net: Money | None
    order_line: str | None
    """Number of the order's line that it belongs to."""


class Paper(Frozen):
    """A paper that names the caller; of others only their number is told (`Flow.others`)."""

    id: str
    key: str
    type: str
    number: str
    issue_date: date | None
    delivery_date: date | None
    payable: Money | None
    lines: tuple[PaperLine, ...]


class Flow(Frozen):
    """One of the three flows."""

    papers: tuple[Paper, ...]
    others: int
    """How many more papers are in it, which do not name the caller."""
    proven: bool
    """Whether the papers of this flow show what credit needs of it."""


class Reason(Frozen):
    """What adds to the confidence in the invoice."""

    what: str
    basis_points: int
    document: str | None
    """The paper's key; null where it does not name the caller."""


class MatchedInvoice(Frozen):
    """An invoice with its three flows. Amounts are of its own currency."""

    id: str
    key: str
    number: str
    seller: Participant
    buyer: Participant
    payable: Money
    credited: Money
    paid: Money
    billed: Money
    """What bills settle of it."""
    netted: Money
    owed: Money
    """Payable less all of these."""
    proven: Money
    """How much of what is owed may back credit."""
    state: str
    stages: tuple[str, ...] = Field(
        description="What the papers show, in the order in which a trade goes through them."
    )
    blocked_by: str | None
    rules: tuple[str, ...]
    missing: tuple[str, ...] = Field(
        description="Of `order`, `despatch`, `receipt`, `confirmation`: what no paper shows."
    )
    trade: Flow
    """商流: orders, the buyer's answers, credit notes, assignments."""
    goods: Flow
    """物流: despatch and receipt advices, warehouse receipts, events."""
    money: Flow
    """资金流: payments and bills."""
    confidence_basis_points: int
    reasons: tuple[Reason, ...]


def matched_seen(home: Home, current: CurrentTrade, viewer: Viewer, name: str) -> MatchedInvoice:
    """The invoice of that id: to seller and buyer, to who reads everything, and without papers to a bank in a piece that rests
    on it. Raises NotFound."""
    known, key = current.get(), key_of_id(name)
    # An invoice that is none is asked for like any other: how long the answer takes tells nobody what others have.
    may_see = _names(known, viewer, key) or _finances(home, viewer, key)
    receivable = known.receivables.get(key)
    if receivable is None or not may_see:
        raise NotFound(what="invoice", id=name)
    return _matched(known, viewer, Named(home), receivable, Acquaintance(home, known, viewer))


def _matched(known: Known, viewer: Viewer, named: Named, r: Receivable, acquaintance: Acquaintance) -> MatchedInvoice:
    invoice, circular = known.trade.matching.documents[r.document], r.document in known.trade.circular

    def money(minor: int) -> Money:
        return Money(minor, r.currency)

    def participant(enterprise: str, otherwise: str) -> Participant:
        return named.enterprise(acquaintance.end(enterprise, r.document), otherwise)

    return MatchedInvoice(
        id=document_id(r.document), key=r.document, number=r.number, seller=participant(r.seller, invoice.seller.name),
        buyer=participant(r.buyer, invoice.buyer.name if invoice.buyer else ""), payable=money(r.payable_minor),
        credited=money(r.credited_minor), paid=money(r.paid_minor), billed=money(r.billed_minor),
        netted=money(r.netted_minor), owed=money(r.open_minor), proven=money(0 if circular else r.evidence_minor),
        state=r.state.value, stages=tuple(stage.value for stage in r.stages),
        blocked_by="CircularTrade" if circular else r.blocked_by,
        rules=(*r.rules, *(("CircularTrade",) if circular else ())), missing=_missing(r),
        trade=_flow(known, viewer, (*r.orders, *r.responses, *r.credit_notes, *r.assignments), bool(r.orders)),
        goods=_flow(
            known, viewer, (*r.despatches, *r.receipts, *r.warehouse_receipts, *r.events),
            bool(r.receipts or r.warehouse_receipts),
        ),
        money=_flow(known, viewer, r.payments, bool(r.payments)),
        confidence_basis_points=r.confidence,
        reasons=tuple(
            Reason(
                what=one.what, basis_points=one.basis_points,
                document=one.document if _names(known, viewer, one.document) else None,
            )
            for one in r.reasons
        ),
    )  # fmt: skip


def _missing(r: Receivable) -> tuple[str, ...]:
    """Stages that no paper shows, by the paper that would."""
    wanted = (
        ("order", Stage.ORDERED), ("despatch", Stage.SHIPPED), ("receipt", Stage.RECEIVED),
        ("confirmation", Stage.CONFIRMED),
    )  # fmt: skip
    return tuple(paper for paper, stage in wanted if stage not in r.stages)


def _names(known: Known, viewer: Viewer, key: str) -> bool:
    document = known.trade.matching.documents.get(key)
    return document is not None and (viewer.sees_all or viewer.enterprise in known.named(document))


def _flow(known: Known, viewer: Viewer, keys: Iterable[str], proven: bool) -> Flow:
    all_keys = tuple(dict.fromkeys(keys))
    seen = [key for key in all_keys if _names(known, viewer, key)]
    return Flow(
        papers=tuple(_paper(key, known.trade.matching.documents[key]) for key in seen),
        others=len(all_keys) - len(seen), proven=proven,
    )  # fmt: skip


def _paper(key: str, document: TradeDocument) -> Paper:
    currency = document.currency

    def money(minor: int | None) -> Money | None:
        return None if minor is None or currency is None else Money(minor, currency)

    return Paper(
        id=document_id(key), key=key, type=document.type.value, number=document.number, issue_date=document.issue_date,
        delivery_date=document.delivery_date, payable=money(document.payable_minor),
        lines=tuple(
            PaperLine(
                number=line.number, description=line.description, item=line.item, quantity=line.quantity, unit=line.unit,
                net=money(line.net_minor), order_line=line.order_line,
            )
            for line in document.lines
        ),
    )  # fmt: skip


def _finances(home: Home, viewer: Viewer, key: str) -> bool:
    """Whether the viewer is a bank in a piece that rests on the invoice: it granted the line, holds what was cut from it, or is
    asked to buy it or that."""
    if viewer.party is None or Role.BANK not in viewer.roles:
        return False
    own = pieces.alias()
    holds = exists().where(own.c.obligation == pieces.c.obligation, own.c.owner == viewer.party)
    asked = pieces.c.obligation.in_(select(pieces_shown_to(viewer.enterprise).subquery().c.obligation))
    with home.store.read() as connection:
        # Who receives a piece is the seller of its document.
        uses = connection.execute(
            select(pieces.c.obligation, pieces.c.index, lines.c.bank)
            .join(evidence, (evidence.c.id == pieces.c.evidence) & (evidence.c.seller == pieces.c.owner))
            .join(obligations, obligations.c.id == pieces.c.obligation)
            .join(lines, lines.c.id == obligations.c.line)
            .where(evidence.c.identity == identity_of(home, key), or_(lines.c.bank == viewer.party, holds, asked))
        ).all()  # fmt: skip
        if any(use.bank == viewer.party for use in uses):
            return True
        by_obligation: dict[int, set[int]] = {}
        for one, index, _ in uses:
            by_obligation.setdefault(one, set()).add(index)
        return any(
            _reaches(connection, viewer, ObligationId.from_chain(one), roots) for one, roots in by_obligation.items()
        )


def _reaches(connection: Connection, viewer: Viewer, obligation: ObligationId, roots: set[int]) -> bool:
    """Whether the bank holds what was cut from one of these pieces, or is asked to buy one or that."""
    shown, below = shown_to(connection, viewer, obligation), set(roots)
    if shown & roots:
        return True
    for piece in all_pieces(connection, obligation=obligation):
        # A parent comes before what was cut from it.
        if piece.parent is not None and piece.parent.index in below:
            below.add(piece.piece.index)
            if piece.owner == viewer.party or piece.piece.index in shown:
                return True
    return False
