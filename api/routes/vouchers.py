"""Vouchers: issue, answer, pass on, sell, redeem, and the way of each. Every route acts for the caller's enterprise."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query

from api.answers import written, written_at_once
from api.command import OfPiece, WithReason
from api.desk import TheDesk, TheViewer
from api.kinds.sales import (
    ATTEST_RECEIPT,
    COMPLETE_SALE,
    CONFIRM_RECEIPT,
    CONTEST_RECEIPT,
    LOCK,
    RELEASE_LOCK,
    UNLOCK,
    Attest,
    Lock,
)
from api.models import (
    AttestBody,
    Changed,
    FinanceBody,
    IssueBody,
    LockBody,
    Made,
    Operation,
    Page,
    PieceText,
    QuoteBody,
    ReasonBody,
    Redeemed,
    RedemptionBody,
    RejectBody,
    TransferBody,
)
from api.operations import (
    ACCEPT,
    EXPIRE,
    FINANCE,
    ISSUE,
    QUOTE,
    REDEEM,
    REJECT,
    TRANSFER,
    Finance,
    GiveQuote,
    Redeem,
    Reject,
    Transfer,
)
from api.routes.parts import READS, WRITES, Accept, Limit
from api.routes.router import Router
from chain.books.fold import STATES
from chain.books.portfolio import PASSED_ON, Side
from chain.commands.offer import quotes_for
from chain.commands.path import path_of
from chain.commands.permissions import Action
from chain.commands.proof import Proof, proof_of
from chain.commands.seen.origins import Origin, origins
from chain.commands.seen.quotes import QuoteSeen, quote_seen
from chain.commands.seen.vouchers import Step, Voucher, voucher, vouchers, way
from chain.errors import NotPermitted
from chain.identifiers import PieceId

router = Router("/v1", "vouchers")

#: So many pieces are read in a moment.
FEW = 100

#: What is meant where no body comes.
NO_REASON, WHAT_IS_DUE = RejectBody(), RedemptionBody()

Piece = Annotated[PieceText, Path(description="A piece's id.", examples=["7.1.3.2"])]


@router.get("/vouchers", responses=READS)
@written_at_once(lambda limit, **_: limit <= FEW)
def list_vouchers(
    desk: TheDesk, viewer: TheViewer,
    state: Annotated[str | None, Query(pattern=f"^({'|'.join((*STATES[1:], PASSED_ON))})$")] = None,
    side: Annotated[Side | None, Query(description="Those that the caller owns (or is offered) alone, or gave.")] = None,
    after: Annotated[PieceText | None, Query(description="`next` of the page before.")] = None, limit: Limit = 100,
) -> Page[Voucher]:  # fmt: skip
    """The pieces that the caller may see, in the order of their ids."""
    viewer.must(Action.READ)
    start = PieceId.parse(after) if after else None
    found = vouchers(desk.workspace, desk.current, viewer, state=state, side=side, after=start, most=limit + 1)
    more = len(found) > limit
    return Page(items=tuple(found[:limit]), next=found[limit - 1].id if more else None)


@router.get("/vouchers/{id}", responses=READS)
@written_at_once()
def read_voucher(id: Piece, desk: TheDesk, viewer: TheViewer) -> Voucher:
    """One piece."""
    viewer.must(Action.READ)
    return voucher(desk.workspace, desk.current, viewer, PieceId.parse(id))


@router.get("/vouchers/{id}/path", responses=READS)
@written
def read_path(id: Piece, desk: TheDesk, viewer: TheViewer) -> list[Step]:
    """The way of a piece from its issuer to its holder, read from the contract's storage.

    Amounts and invoices of hops between others are null, unless the caller is a bank in the piece.
    """
    viewer.must(Action.READ)
    piece = PieceId.parse(id)
    voucher(desk.workspace, desk.current, viewer, piece)
    steps = path_of(desk.workspace, piece, desk.current.documents_of_evidence(piece.obligation))
    return way(desk.workspace, desk.current, viewer, piece, steps)


@router.get("/vouchers/{id}/proof", responses=READS)
def read_proof(id: Piece, desk: TheDesk, viewer: TheViewer) -> Proof:
    """A file with which the holder proves that it owns the piece, against any node and without this service.

    Only for its owner, and for operator and regulator.
    """
    viewer.must(Action.READ)
    piece = PieceId.parse(id)
    voucher(desk.workspace, desk.current, viewer, piece)
    made = proof_of(desk.workspace, piece)
    if not viewer.sees_all and made["piece"]["owner"] != viewer.party:
        raise NotPermitted(actor=viewer.name, action="prove another's holding")
    return Proof.model_validate(made)


@router.get("/vouchers/{id}/events", responses=READS)
@written
def read_events(id: Piece, desk: TheDesk, viewer: TheViewer) -> list[Origin]:
    """Where a piece's figures come from: the events of it and of what it was cut from, as far as the caller may see those,
    each with its place on the chain and the document behind it.
    """
    viewer.must(Action.READ)
    return origins(desk.workspace, desk.current, viewer, PieceId.parse(id))


@router.post("/vouchers", status_code=202, responses=WRITES)
async def issue_voucher(body: IssueBody, accept: Accept) -> Operation[Made]:
    """Issue an obligation under one of the caller's lines: one offered piece a payment, each against an invoice."""
    return await accept(ISSUE, body)


@router.post("/vouchers/{id}/accept", status_code=202, responses=WRITES)
async def accept_voucher(id: Piece, accept: Accept) -> Operation[Changed]:
    """Take a piece that is offered to the caller, before its deadline."""
    return await accept(ACCEPT, OfPiece(piece=id))


@router.post("/vouchers/{id}/reject", status_code=202, responses=WRITES)
async def reject_voucher(id: Piece, accept: Accept, body: RejectBody = NO_REASON) -> Operation[Changed]:
    """Refuse a piece that is offered to the caller: amount, invoice and line are free again."""
    return await accept(REJECT, Reject(piece=id, **dict(body)))


@router.post("/vouchers/{id}/expire", status_code=202, responses=WRITES)
async def expire_voucher(id: Piece, accept: Accept) -> Operation[Changed]:
    """End an offer that nobody answered before its deadline: the amount goes back to where it came from."""
    return await accept(EXPIRE, OfPiece(piece=id))


@router.post("/vouchers/{id}/transfer", status_code=202, responses=WRITES)
async def transfer_voucher(id: Piece, body: TransferBody, accept: Accept) -> Operation[Made]:
    """Pass parts of a held piece on to the caller's own suppliers, each against its invoice; the rest stays."""
    return await accept(TRANSFER, Transfer(piece=id, **dict(body)))


@router.post("/vouchers/{id}/quotes", status_code=202, responses=WRITES)
async def make_offer(id: Piece, body: QuoteBody, accept: Accept) -> Operation[QuoteSeen]:
    """A bank's signed offer for a piece under its lines, at its line's rate. It stands for a day, and fits once."""
    return await accept(QUOTE, GiveQuote(piece=id, **dict(body)))


@router.get("/vouchers/{id}/quotes", responses=READS)
def list_quotes(id: Piece, desk: TheDesk, viewer: TheViewer) -> list[QuoteSeen]:
    """Quotes for a piece: a bank reads its own, the holder all that were made to it."""
    viewer.must(Action.READ)
    piece = PieceId.parse(id)
    voucher(desk.workspace, desk.current, viewer, piece)
    party = None if viewer.sees_all else viewer.enterprise
    return [quote_seen(desk.workspace, kept) for kept in quotes_for(desk.workspace, piece, party)]


@router.post("/vouchers/{id}/finance", status_code=202, responses=WRITES)
async def finance_voucher(id: Piece, body: FinanceBody, accept: Accept) -> Operation[Made]:
    """Take a bank's quote: the bank's deposits come and the piece goes, in one transaction. Gives the bank's piece."""
    return await accept(FINANCE, Finance(piece=id, **dict(body)))


@router.post("/vouchers/{id}/lock", status_code=202, responses=WRITES)
async def lock_voucher(id: Piece, body: LockBody, accept: Accept) -> Operation[Made]:
    """Take a quote whose cash moves off chain: what is sold waits, locked, until the cash has come. Gives the locked piece."""
    return await accept(LOCK, Lock(piece=id, **dict(body)))


@router.post("/vouchers/{id}/confirm-receipt", status_code=202, responses=WRITES)
async def confirm_receipt(id: Piece, accept: Accept) -> Operation[Changed]:
    """The seller of a locked piece says that its cash came: the piece is the bank's."""
    return await accept(CONFIRM_RECEIPT, OfPiece(piece=id))


@router.post("/vouchers/{id}/attest-receipt", status_code=202, responses=WRITES)
async def attest_receipt(id: Piece, body: AttestBody, accept: Accept) -> Operation[Changed]:
    """The account bank of a locked piece's seller says that the cash came; the seller has some hours to contest that."""
    return await accept(ATTEST_RECEIPT, Attest(piece=id, **dict(body)))


@router.post("/vouchers/{id}/contest-receipt", status_code=202, responses=WRITES)
async def contest_receipt(id: Piece, body: ReasonBody, accept: Accept) -> Operation[Changed]:
    """The seller says that the cash which its account bank attested did not come."""
    return await accept(CONTEST_RECEIPT, WithReason(piece=id, **dict(body)))


@router.post("/vouchers/{id}/complete-sale", status_code=202, responses=WRITES)
async def complete_sale(id: Piece, accept: Accept) -> Operation[Changed]:
    """Complete a sale that was attested and not contested in time; whoever sees the piece may."""
    return await accept(COMPLETE_SALE, OfPiece(piece=id))


@router.post("/vouchers/{id}/unlock", status_code=202, responses=WRITES)
async def unlock_voucher(id: Piece, accept: Accept) -> Operation[Changed]:
    """End a sale that nobody attested before its deadline: the amount goes back. Whoever sees the piece may."""
    return await accept(UNLOCK, OfPiece(piece=id))


@router.post("/vouchers/{id}/release-lock", status_code=202, responses=WRITES)
async def release_lock(id: Piece, accept: Accept) -> Operation[Changed]:
    """The bank gives a sale up, at any time: the amount goes back."""
    return await accept(RELEASE_LOCK, OfPiece(piece=id))


@router.post("/redemptions", status_code=202, responses=WRITES)
async def make_redemption(accept: Accept, body: RedemptionBody = WHAT_IS_DUE) -> Operation[Redeemed]:
    """Pay holders at maturity, in deposits of each line's bank: the named pieces, or everything that is due.

    Everything is what is due when the command is accepted: the operation says of which obligations, and what falls due later is
    not paid by it; its result has what was paid of these since then, by whichever command. A piece that cannot be paid keeps no
    other from being paid: it is left, and the result says which rule keeps it.
    """
    return await accept(REDEEM, Redeem(**dict(body)))
