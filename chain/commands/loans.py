"""Loans on warehouse receipts: a bank that the owner asked signs an offer, the owner takes it and pledges the goods by that,
draws and repays. What the contracts hold of each of these, `ILoans` says.

Draws come from the bank's deposits, and repayments go there, through `Settlement`, which a borrower whose key is in the
service's custody lets take them; who keeps its key lets it itself.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from sqlalchemy import RowMapping, insert, select

from chain.commands.changes import tell
from chain.commands.deposit import NoDepositMoney
from chain.commands.enrol import let_settlement_pay
from chain.commands.finance import QUOTE_SECONDS, token_name
from chain.commands.financing_requests import ReceiptNotFree, request_on
from chain.commands.pieces import MaturityNotAhead
from chain.commands.workspace import UTC_OFFSET_MINUTES, Home, Workspace
from chain.errors import CurrencyMismatch, NotFound
from chain.identifiers import FIRST_DAY
from chain.issuance.messages import WAREHOUSE_RECEIPT, LoanOffer, short_text, signature, struct_hash
from chain.money import Money, chain_currency_index
from chain.store.tables import evidence, loan_offers, loans, receipts

#: Days a year by which interest is counted.
DAY_COUNT_BASIS = 360
#: Parts per million of a basis point.
MICROS_A_BASIS_POINT = 100


@dataclass(frozen=True)
class KeptOffer:
    """A bank's signed offer of a loan with its name. ``loan``: what came of it, where it was taken."""

    id: str
    borrower: str
    bank: str
    currency: str
    registration_number: str
    offer: LoanOffer
    signature: tuple[str, bytes]
    created_at: int
    loan: int | None


@dataclass(frozen=True)
class Terms:
    """What a bank offers: up to ``limit`` until ``maturity``, at simple interest."""

    limit: Money
    annual_rate_basis_points: int
    maturity: date
    registration_number: str
    twice_measured: bool


def make_offer(workspace: Workspace, key: str, bank: str, receipt: int, terms: Terms) -> KeptOffer:
    """The signed offer, on a receipt, of a bank that its owner asks; it stands for a day, and the same ``key`` gives the same
    offer.

    Registration before funding is a rule of the field (notice 银发〔2025〕77号, art. 13). Raises NotFound, ReceiptNotFree,
    CurrencyMismatch, MaturityNotAhead, NoDepositMoney.
    """
    name = _name(key)
    known = offers(workspace, loan_offers.c.id == name)
    if known:
        return known[0]
    with workspace.store.read() as connection:
        request = request_on(connection, bank, receipt)
    goods = must_be_lent_on(workspace, receipt, terms.limit.currency)
    must_be_ahead(workspace, terms.maturity)
    token = token_name(bank, terms.limit.currency)
    if token not in workspace.contracts.addresses:
        raise NoDepositMoney(bank=bank, currency=terms.limit.currency)
    described = (
        f"{terms.registration_number}|receipt {receipt}|{terms.limit.minor}|{terms.annual_rate_basis_points}|{bank}"
    )
    offer = LoanOffer(
        kind=WAREHOUSE_RECEIPT, receipt=receipt, evidence=goods["evidence"],
        evidence_identity=bytes.fromhex(goods["identity"].removeprefix("0x")), borrower=goods["owner"],
        bank=workspace.party(bank), limit_minor=terms.limit.minor, currency=chain_currency_index(terms.limit.currency),
        cash_token=workspace.contracts.addresses[token],
        annual_rate_micros=terms.annual_rate_basis_points * MICROS_A_BASIS_POINT, day_count_basis=DAY_COUNT_BASIS,
        maturity_day=(terms.maturity - FIRST_DAY).days, utc_offset_quarter_hours=UTC_OFFSET_MINUTES // 15,
        valid_until=workspace.began(bank) + QUOTE_SECONDS, twice_measured=terms.twice_measured,
        registration_number=short_text(terms.registration_number),
        description_hash=hashlib.sha256(described.encode()).digest(), nonce=int(name[:15], 16),
    )  # fmt: skip
    signed = signature(workspace.contracts, workspace.signer(bank), offer)
    borrower, made_at = workspace.parties()[offer.borrower], workspace.now()
    with workspace.store.begin() as connection:
        connection.execute(
            insert(loan_offers).values(
                id=name, request=request, receipt=receipt, borrower=borrower, bank=bank, currency=terms.limit.currency,
                registration_number=terms.registration_number, order=as_json(offer),
                offer_hash=f"0x{struct_hash(workspace.contracts, offer).hex()}", signer=signed[0],
                signature=signed[1].hex(), created_at=made_at,
            )
        )  # fmt: skip
        tell(connection, bank, "LoanOffered", "loan_offer", name, borrower)
    return KeptOffer(
        name, borrower, bank, terms.limit.currency, terms.registration_number, offer, signed, made_at, None
    )


def was_offered(home: Home, key: str) -> bool:
    """Whether an offer was made under the key: what stands against it by now does so no more."""
    return bool(offers(home, loan_offers.c.id == _name(key)))


def _name(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def must_be_ahead(home: Home, maturity: date) -> None:
    """Whether the loan could be drawn before it ends; the ledger says so when the offer is taken. Raises MaturityNotAhead."""
    if maturity <= home.date():
        raise MaturityNotAhead(maturity=maturity)


def must_be_lent_on(home: Home, receipt: int, currency: str) -> RowMapping:
    """The receipt with its document, where its goods are free and its value is in the currency. Raises NotFound,
    ReceiptNotFree, CurrencyMismatch."""
    of_document = (evidence.c.identity, evidence.c.currency)
    statement = select(receipts, *of_document).join(evidence, evidence.c.id == receipts.c.evidence)
    with home.store.read() as connection:
        row = connection.execute(statement.where(receipts.c.id == receipt)).mappings().first()
    if row is None:
        raise NotFound(what="warehouse receipt", id=receipt)
    if row["loan"] is not None or row["withdrawn"]:
        raise ReceiptNotFree(receipt=receipt)
    if row["currency"] != currency:
        raise CurrencyMismatch(left=currency, right=row["currency"])
    return row


def offers(home: Home, *conditions: Any) -> list[KeptOffer]:
    """Offers in the order in which they were made."""
    statement = (
        select(loan_offers, loans.c.id.label("loan"))
        .outerjoin(loans, loans.c.offer_hash == loan_offers.c.offer_hash)
        .where(*conditions)
        .order_by(loan_offers.c.created_at, loan_offers.c.id)
    )
    with home.store.read() as connection:
        rows = connection.execute(statement).mappings().all()
    return [
        KeptOffer(
            row["id"], row["borrower"], row["bank"], row["currency"], row["registration_number"], _offer(row["order"]),
            (row["signer"], bytes.fromhex(row["signature"])), row["created_at"], row["loan"],
        )
        for row in rows
    ]  # fmt: skip


def take(workspace: Workspace, key: str, borrower: str, taken: KeptOffer) -> int:
    """The borrower takes an offer: the goods are pledged, and nothing is drawn yet. Returns the loan's number.

    Raises what the contracts refuse: it is over, was taken, the goods are pledged, …
    """
    call = workspace.contracts.call("Loans", "open", taken.offer.values(), taken.signature)
    opened = workspace.contracts.events_of(workspace.send(key, borrower, call), "LoanOpened")
    return int(opened[0].arguments["loan"])


def draw(workspace: Workspace, key: str, borrower: str, loan: int, minor: int) -> None:
    """The bank's money is the borrower's. Raises NotFound, and what the contracts refuse."""
    _send(workspace, key, borrower, "draw", loan, minor)


def repay(workspace: Workspace, key: str, borrower: str, loan: int, minor: int | None) -> None:
    """Interest first; all that is owed where no amount is given. Once nothing is owed the loan is closed, and its goods are
    free. Raises NotFound, and what the contracts refuse."""
    row = loan_row(workspace, loan)
    bank = workspace.parties()[row["bank"]]
    if workspace.keyring.signs_for(borrower):
        let_settlement_pay(workspace, borrower, [token_name(bank, row["currency"])])
    amount = owed_minor(workspace, loan) if minor is None else minor
    money = workspace.contracts.read("Loans", "cashTokenOf", loan)
    # How much is owed is asked for once: who goes on after it was sent finds nothing owed any more.
    asked = f"repay {loan} {'all' if minor is None else minor}"
    _send(workspace, key, borrower, "repay", loan, amount, row["evidence"], money, asked=asked)


def attest_repayment(workspace: Workspace, key: str, bank: str, loan: int, minor: int, payment_reference: str) -> None:
    """The bank says that it was repaid off chain. Raises NotFound, and what the contracts refuse."""
    document = loan_row(workspace, loan)["evidence"]
    _send(workspace, key, bank, "attestRepayment", loan, minor, document, short_text(payment_reference))


def end_draws(workspace: Workspace, key: str, bank: str, loan: int) -> None:
    """Nothing further is drawn."""
    _send(workspace, key, bank, "endDraws", loan)


def give_up_lien(workspace: Workspace, key: str, bank: str, loan: int) -> None:
    """The goods are free; what is owed stays owed."""
    _send(workspace, key, bank, "giveUpLien", loan)


def close(workspace: Workspace, key: str, side: str, loan: int) -> None:
    """Ends a loan of which nothing is owed."""
    _send(workspace, key, side, "close", loan)


def mark_default(workspace: Workspace, key: str, sender: str, loan: int) -> None:
    """Notes that the day of maturity is over and the loan is not repaid. Anyone may."""
    workspace.send(key, sender, workspace.contracts.call("Loans", "markDefault", loan))


def owed_minor(workspace: Workspace, loan: int) -> int:
    """Principal and interest as of today."""
    principal, interest = workspace.contracts.read("Loans", "owed", loan)
    return int(principal) + int(interest)


def loan_row(home: Home, loan: int) -> RowMapping:
    """The loan in the books. Raises NotFound."""
    with home.store.read() as connection:
        row = connection.execute(select(loans).where(loans.c.id == loan)).mappings().first()
    if row is None:
        raise NotFound(what="loan", id=loan)
    return row


def _send(
    workspace: Workspace, key: str, sender: str, verb: str, loan: int, *more: Any, asked: str | None = None
) -> None:
    """The loan is named with its offer, so that an order never hits another one after the chain turned."""
    offer_hash = bytes.fromhex(loan_row(workspace, loan)["offer_hash"].removeprefix("0x"))
    workspace.send(key, sender, workspace.contracts.call("Loans", verb, loan, offer_hash, *more, asked=asked))


def as_json(offer: LoanOffer) -> dict[str, Any]:
    """An offer as it is kept."""
    values = {field.name: getattr(offer, field.name) for field in fields(offer)}
    return {name: value.hex() if isinstance(value, bytes) else value for name, value in values.items()}


def _offer(kept: dict[str, Any]) -> LoanOffer:
    hashes = {
        name: bytes.fromhex(kept[name]) for name in ("evidence_identity", "registration_number", "description_hash")
    }
    return LoanOffer(**(kept | hashes))
