"""Vouchers: issue, answer, pass on, sell, redeem, and the way of each. Every route acts for the caller's enterprise."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from api.desk import Desk, IdempotencyKey, TheDesk, TheViewer
from api.models import (
    Changed,
    FinanceBody,
    IssueBody,
    Made,
    Page,
    PaymentBody,
    PieceText,
    QuoteBody,
    QuoteSeen,
    Redeemed,
    RedemptionBody,
    RejectBody,
    TransferBody,
)
from api.routes.parts import READS, WRITES, Limit, tell_replay
from chain.books.fold import STATES
from chain.books.portfolio import PASSED_ON
from chain.commands import pieces
from chain.commands.mature import redeem, redeem_due
from chain.commands.offer import KeptQuote, make_quote, quotes_for, take_quote
from chain.commands.path import path_of
from chain.commands.permissions import Action
from chain.commands.proof import proof_of
from chain.commands.seen.origins import Origin, origins
from chain.commands.seen.viewer import Participant, Viewer
from chain.commands.seen.vouchers import Line, Step, Voucher, lines, moment, must_see, own_line, voucher, vouchers, way
from chain.errors import CurrencyMismatch, NotPermitted
from chain.identifiers import LineId, PieceId
from chain.money import Money

router = APIRouter(prefix="/v1", tags=["vouchers"])

Piece = Annotated[PieceText, Path(description="A piece's id.", examples=["7.1.3.2"])]


@router.get("/lines", responses=READS)
def list_lines(desk: TheDesk, viewer: TheViewer) -> list[Line]:
    """The lines that the caller granted or may issue under."""
    viewer.must(Action.READ)
    return lines(desk.workspace, desk.current, viewer)


@router.get("/vouchers", responses=READS)
def list_vouchers(
    desk: TheDesk, viewer: TheViewer,
    state: Annotated[str | None, Query(pattern=f"^({'|'.join((*STATES[1:], PASSED_ON))})$")] = None,
    after: Annotated[PieceText | None, Query(description="`next` of the page before.")] = None, limit: Limit = 100,
) -> Page[Voucher]:  # fmt: skip
    """The pieces that the caller may see, in the order of their ids."""
    viewer.must(Action.READ)
    start = PieceId.parse(after) if after else None
    found = vouchers(desk.workspace, desk.current, viewer, state=state, after=start, most=limit + 1)
    more = len(found) > limit
    return Page(items=tuple(found[:limit]), next=found[limit - 1].id if more else None)


@router.get("/vouchers/{id}", responses=READS)
def read_voucher(id: Piece, desk: TheDesk, viewer: TheViewer) -> Voucher:
    """One piece."""
    viewer.must(Action.READ)
    return voucher(desk.workspace, desk.current, viewer, PieceId.parse(id))


@router.get("/vouchers/{id}/path", responses=READS)
def read_path(id: Piece, desk: TheDesk, viewer: TheViewer) -> list[Step]:
    """The way of a piece from its issuer to its holder, read from the contract's storage.

    Amounts and invoices of hops between others are null, unless the caller is a bank in the piece.
    """
    viewer.must(Action.READ)
    piece = PieceId.parse(id)
    voucher(desk.workspace, desk.current, viewer, piece)
    steps = path_of(desk.workspace, piece, desk.current.documents_of_evidence())
    return way(desk.workspace, desk.current, viewer, piece, steps)


@router.get("/vouchers/{id}/proof", responses=READS)
def read_proof(id: Piece, desk: TheDesk, viewer: TheViewer) -> dict[str, Any]:
    """A file with which the holder proves that it owns the piece, against any node and without this service.

    Only for its owner, and for operator and regulator.
    """
    viewer.must(Action.READ)
    piece = PieceId.parse(id)
    voucher(desk.workspace, desk.current, viewer, piece)
    made = proof_of(desk.workspace, piece)
    if not viewer.sees_all and made["piece"]["owner"] != viewer.party:
        raise NotPermitted(actor=viewer.name, action="prove another's holding")
    return made


@router.get("/vouchers/{id}/events", responses=READS)
def read_events(id: Piece, desk: TheDesk, viewer: TheViewer) -> list[Origin]:
    """Where a piece's figures come from: the events of it and of what it was cut from, as far as the caller may see those,
    each with its place on the chain and the document behind it.
    """
    viewer.must(Action.READ)
    return origins(desk.workspace, desk.current, viewer, PieceId.parse(id))


@router.post("/vouchers", status_code=201, responses=WRITES)
def issue(body: IssueBody, key: IdempotencyKey, response: Response, desk: TheDesk, viewer: TheViewer) -> Made:
    """Issue an obligation under one of the caller's lines: one offered piece a payment, each against an invoice."""
    viewer.must(Action.ISSUE)
    line = LineId.parse(body.line)

    def do(name: str) -> dict[str, Any]:
        own_line(desk.workspace, desk.current, viewer, line)
        made = pieces.issue(desk.workspace, name, viewer.enterprise, line, body.maturity, _payments(body.payments))
        return {"vouchers": [str(piece) for piece in made]}

    reply = desk.act(viewer, key, "issue", body.model_dump(mode="json"), do)
    tell_replay(response, reply)
    return Made(**reply.body)


@router.post("/vouchers/{id}/accept", responses=WRITES)
def accept(id: Piece, key: IdempotencyKey, response: Response, desk: TheDesk, viewer: TheViewer) -> Changed:
    """Take a piece that is offered to the caller, before its deadline."""
    viewer.must(Action.ACCEPT)
    piece = PieceId.parse(id)

    def do(name: str) -> dict[str, Any]:
        must_see(desk.workspace, desk.current, viewer, piece)
        pieces.accept(desk.workspace, name, viewer.enterprise, [piece])
        return _changed(desk, viewer, piece)

    reply = desk.act(viewer, key, "accept", {"piece": id}, do)
    tell_replay(response, reply)
    return Changed(**reply.body)


@router.post("/vouchers/{id}/reject", responses=WRITES)
def reject(
    id: Piece, body: RejectBody, key: IdempotencyKey, response: Response, desk: TheDesk, viewer: TheViewer
) -> Changed:
    """Refuse a piece that is offered to the caller: amount, invoice and line are free again."""
    viewer.must(Action.REJECT)
    piece = PieceId.parse(id)

    def do(name: str) -> dict[str, Any]:
        must_see(desk.workspace, desk.current, viewer, piece)
        pieces.reject(desk.workspace, name, viewer.enterprise, [piece], body.reason)
        return _changed(desk, viewer, piece)

    reply = desk.act(viewer, key, "reject", {"piece": id} | body.model_dump(mode="json"), do)
    tell_replay(response, reply)
    return Changed(**reply.body)


@router.post("/vouchers/{id}/expire", responses=WRITES)
def expire(id: Piece, key: IdempotencyKey, response: Response, desk: TheDesk, viewer: TheViewer) -> Changed:
    """End an offer that nobody answered before its deadline: the amount goes back to where it came from."""
    viewer.must(Action.EXPIRE)
    piece = PieceId.parse(id)

    def do(name: str) -> dict[str, Any]:
        must_see(desk.workspace, desk.current, viewer, piece)
        pieces.expire(desk.workspace, name, viewer.enterprise, [piece])
        return _changed(desk, viewer, piece)

    reply = desk.act(viewer, key, "expire", {"piece": id}, do)
    tell_replay(response, reply)
    return Changed(**reply.body)


@router.post("/vouchers/{id}/transfer", status_code=201, responses=WRITES)
def transfer(
    id: Piece, body: TransferBody, key: IdempotencyKey, response: Response, desk: TheDesk, viewer: TheViewer
) -> Made:
    """Pass parts of a held piece on to the caller's own suppliers, each against its invoice; the rest stays."""
    viewer.must(Action.TRANSFER)
    piece = PieceId.parse(id)

    def do(name: str) -> dict[str, Any]:
        must_see(desk.workspace, desk.current, viewer, piece)
        made = pieces.transfer(desk.workspace, name, viewer.enterprise, piece, _payments(body.payments))
        return {"vouchers": [str(child) for child in made]}

    reply = desk.act(viewer, key, "transfer", {"piece": id} | body.model_dump(mode="json"), do)
    tell_replay(response, reply)
    return Made(**reply.body)


@router.post("/vouchers/{id}/quotes", status_code=201, responses=WRITES)
def make_offer(
    id: Piece, body: QuoteBody, key: IdempotencyKey, response: Response, desk: TheDesk, viewer: TheViewer
) -> QuoteSeen:
    """A bank's signed offer for a piece under its lines, at its line's rate. It stands for a day, and fits once."""
    viewer.must(Action.QUOTE)
    piece = PieceId.parse(id)

    def do(name: str) -> dict[str, Any]:
        row = must_see(desk.workspace, desk.current, viewer, piece)
        if body.amount is not None and body.amount.currency != row.currency:
            raise CurrencyMismatch(left=body.amount.currency, right=row.currency)
        minor = None if body.amount is None else body.amount.minor
        made = make_quote(desk.workspace, name, viewer.enterprise, piece, body.registration_number, minor)
        return _quote(desk, made).model_dump(mode="json")

    reply = desk.act(viewer, key, "quote", {"piece": id} | body.model_dump(mode="json"), do)
    tell_replay(response, reply)
    return QuoteSeen(**reply.body)


@router.get("/vouchers/{id}/quotes", responses=READS)
def list_quotes(id: Piece, desk: TheDesk, viewer: TheViewer) -> list[QuoteSeen]:
    """Quotes for a piece: a bank reads its own, the holder all that were made to it."""
    viewer.must(Action.READ)
    piece = PieceId.parse(id)
    voucher(desk.workspace, desk.current, viewer, piece)
    party = None if viewer.sees_all else viewer.enterprise
    return [_quote(desk, kept) for kept in quotes_for(desk.workspace, piece, party)]


@router.post("/vouchers/{id}/finance", status_code=201, responses=WRITES)
def finance(
    id: Piece, body: FinanceBody, key: IdempotencyKey, response: Response, desk: TheDesk, viewer: TheViewer
) -> Made:
    """Take a bank's quote: the bank's deposits come and the piece goes, in one transaction. Gives the bank's piece."""
    viewer.must(Action.FINANCE)
    piece = PieceId.parse(id)

    def do(_: str) -> dict[str, Any]:
        must_see(desk.workspace, desk.current, viewer, piece)
        return {"vouchers": [str(take_quote(desk.workspace, viewer.enterprise, piece, body.quote))]}

    reply = desk.act(viewer, key, "finance", {"piece": id} | body.model_dump(mode="json"), do)
    tell_replay(response, reply)
    return Made(**reply.body)


@router.post("/redemptions", status_code=201, responses=WRITES)
def make_redemption(
    body: RedemptionBody, key: IdempotencyKey, response: Response, desk: TheDesk, viewer: TheViewer
) -> Redeemed:
    """Pay holders at maturity, in deposits of each line's bank: the named pieces, or everything that is due.

    A piece that cannot be paid keeps no other from being paid: it is left, and the answer says which rule keeps it.
    """
    viewer.must(Action.REDEEM)

    def do(name: str) -> dict[str, Any]:
        if body.vouchers is None:
            outcome = redeem_due(desk.workspace, viewer.enterprise)
        else:
            wanted = [PieceId.parse(text) for text in dict.fromkeys(body.vouchers)]
            for piece in wanted:
                must_see(desk.workspace, desk.current, viewer, piece)
            outcome = redeem(desk.workspace, name, viewer.enterprise, wanted)
        left = {str(piece): rule for piece, rule in outcome.left.items()}
        return {"vouchers": [str(piece) for piece in outcome.paid], "left": left}

    reply = desk.act(viewer, key, "redeem", body.model_dump(mode="json"), do)
    tell_replay(response, reply)
    return Redeemed(**reply.body)


def _payments(bodies: tuple[PaymentBody, ...]) -> list[pieces.Payment]:
    return [pieces.Payment(b.recipient, b.amount.minor, b.document, b.amount.currency) for b in bodies]


def _changed(desk: Desk, viewer: Viewer, piece: PieceId) -> dict[str, Any]:
    return {"voucher": str(piece), "state": voucher(desk.workspace, desk.current, viewer, piece).state}


def _quote(desk: Desk, kept: KeptQuote) -> QuoteSeen:
    names = desk.workspace.names()
    made = kept.quote
    return QuoteSeen(
        id=kept.id, voucher=str(made.piece), bank=Participant(id=made.bank, name=names.get(made.bank, made.bank)),
        holder=Participant(id=made.holder, name=names.get(made.holder, made.holder)),
        amount=Money(made.amount_minor, made.currency), price=Money(made.price_minor, made.currency),
        valid_until=moment(made.valid_until), registration_number=made.registration_number, taken=kept.taken,
    )  # fmt: skip
