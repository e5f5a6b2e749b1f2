"""What follows at maturity where the issuer does not pay on chain: it paid elsewhere, or it did not pay at all.

Who is to be paid says that the payment came, or the holder's account bank does and the holder does not contest it in time.
What is overdue its holder may give up for lost; the issuer can make that good later.
"""

from __future__ import annotations

from sqlalchemy import select

from chain.books import portfolio
from chain.books.portfolio import PieceRow
from chain.commands.mature import token_of
from chain.commands.workspace import Home, Workspace
from chain.identifiers import PieceId
from chain.issuance.messages import short_text, text_hash
from chain.store.tables import lines, obligations, parties, pieces


def confirm_payment(
    workspace: Workspace, key: str, payee: str, piece: PieceId, amount_minor: int | None, payment_reference: str
) -> PieceId:
    """Who is to be paid says that it was; of all that is in the piece where no amount is given.

    Returns what is redeemed by that: the piece, or the part that was paid.
    """
    with workspace.store.read() as connection:
        row = portfolio.piece(connection, piece)
    minor = row.amount_minor if amount_minor is None else amount_minor
    call = workspace.contracts.call(
        "CreditLedger", "confirmPayment", row.reference.chain, minor, short_text(payment_reference),
        asked=f"confirm payment {piece} {amount_minor} {payment_reference}",
    )  # fmt: skip
    return _redeemed(workspace, workspace.send(key, payee, call), piece)


def attest_payment(
    workspace: Workspace, key: str, bank: str, piece: PieceId, amount_minor: int, payment_reference: str
) -> None:
    """The holder's account bank says that the payment came; the holder has some hours to contest it."""
    _send(workspace, key, bank, "attestPayment", piece, amount_minor, short_text(payment_reference))


def contest_payment(workspace: Workspace, key: str, holder: str, piece: PieceId, reason: str) -> None:
    """The holder says that the payment which was attested did not come. The reason goes as its hash."""
    _send(workspace, key, holder, "contestPayment", piece, text_hash(reason))


def complete_payment(workspace: Workspace, key: str, sender: str, piece: PieceId) -> PieceId:
    """Anyone completes what was attested and not contested in time. Returns what is redeemed by that."""
    return _redeemed(workspace, _send(workspace, key, sender, "completePayment", piece), piece)


def write_off(workspace: Workspace, key: str, holder: str, piece: PieceId, reason: str) -> None:
    """The holder gives an overdue piece up for lost; the line stays used, and its issuer stopped. The reason goes as its hash."""
    _send(workspace, key, holder, "writeOff", piece, text_hash(reason))


def make_good(workspace: Workspace, key: str, issuer: str, piece: PieceId) -> None:
    """The issuer pays a written-off piece after all, in the deposits of its line's bank."""
    (named,) = workspace.references([piece])
    address = workspace.contracts.addresses[token_of(workspace, piece)]
    workspace.send(key, issuer, workspace.contracts.call("CreditLedger", "makeGood", [named.chain], address))


def confirm_made_good(workspace: Workspace, key: str, payee: str, piece: PieceId, payment_reference: str) -> None:
    """Who is to be paid says that a written-off piece was paid off chain after all, in full."""
    _send(workspace, key, payee, "confirmMadeGood", piece, short_text(payment_reference))


def account_bank_of_holder(home: Home, row: PieceRow) -> int:
    """Number of the bank that may attest what is paid for a piece: its owner's, from the maturity on; 0 where there is none."""
    statement = (
        select(parties.c.account_bank, obligations.c.maturity_day, lines.c.utc_offset_quarter_hours)
        .select_from(pieces)
        .join(parties, parties.c.id == pieces.c.owner)
        .join(obligations, obligations.c.id == pieces.c.obligation)
        .join(lines, lines.c.id == obligations.c.line)
        .where(pieces.c.obligation == row.piece.obligation.chain, pieces.c.index == row.piece.index)
    )
    with home.store.read() as connection:
        bank, maturity_day, quarter_hours = connection.execute(statement).one()
    return int(bank) if home.today(quarter_hours * 15) >= maturity_day else 0


def _send(workspace: Workspace, key: str, sender: str, verb: str, piece: PieceId, *more: int | bytes) -> str:
    (named,) = workspace.references([piece])
    return workspace.send(key, sender, workspace.contracts.call("CreditLedger", verb, named.chain, *more))


def _redeemed(workspace: Workspace, transaction: str, piece: PieceId) -> PieceId:
    parts = workspace.contracts.events_of(transaction, "PartRedeemed")
    return PieceId.from_chain(parts[0].arguments["piece"]) if parts else piece
