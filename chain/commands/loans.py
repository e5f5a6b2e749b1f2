"""Loans on goods in store: an asked bank signs an offer, the borrower takes it, draws and repays, the bank guards its lien.

An offer is kept until the borrower takes it: bank and borrower decide by themselves.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from eth_account.messages import encode_typed_data
from sqlalchemy import RowMapping, insert, select

from chain.commands.changes import tell
from chain.commands.enrol import let_settlement_pay
from chain.commands.finance import QUOTE_SECONDS, token_name
from chain.commands.loan_requests import Pledgeable, ReceiptNotFree, must_be_asked, must_be_worth, pledgeable
from chain.commands.pieces import MaturityNotAhead
from chain.commands.workspace import UTC_OFFSET_MINUTES, Home, Workspace
from chain.errors import NotFound, RuleBroken
from chain.issuance.messages import WAREHOUSE_RECEIPT, LoanOffer, short_text, signature
from chain.issuance.outbox import Call
from chain.money import Money, chain_currency, chain_currency_index
from chain.store.tables import loan_offers, loans

#: Minutes in the contracts' unit of time zones.
QUARTER_HOUR = 15


class NoLoanMoney(RuleBroken):
    message = "{bank} has no deposits in {currency} on the ledger, so it lends none"
    next_step = "grant a line in that currency first, or lend in another"


@dataclass(frozen=True)
class Terms:
    """What a bank asks for a loan. ``limit``: what may be drawn at a time; ``annual_rate_micros``: parts per million a year."""

    limit: Money
    annual_rate_micros: int
    day_count_basis: int
    maturity: date
    twice_measured: bool
    registration_number: str


@dataclass(frozen=True)
class KeptOffer:
    """A bank's signed offer. ``loan``: what came of it."""

    id: str
    request: str
    receipt: int
    borrower: str
    bank: str
    registration_number: str
    offer: LoanOffer
    signature: tuple[str, bytes]
    made_at: int
    loan: int | None

    @property
    def limit(self) -> Money:
        return Money(self.offer.limit_minor, chain_currency(self.offer.currency))


@dataclass(frozen=True)
class Debt:
    """What is owed now; ``interest_minor`` is rounded up."""

    principal_minor: int
    interest_minor: int


def make_offer(workspace: Workspace, key: str, bank: str, receipt: int, terms: Terms) -> str:
    """The bank offers a loan on a receipt that it was asked about; the same ``key`` offers once. Returns the offer's id.

    Raises what `must_lend` raises.
    """
    name = hashlib.sha256(key.encode()).hexdigest()[:32]
    with workspace.store.read() as connection:
        if connection.execute(select(loan_offers.c.id).where(loan_offers.c.id == name)).first():
            return name
    request, found = must_lend(workspace, bank, receipt, terms.limit, terms.maturity)
    currency = terms.limit.currency
    token = workspace.contracts.addresses[token_name(bank, currency)]
    description = f"{terms.registration_number}|{receipt}|{terms.limit.minor}|{currency}|{request['borrower']}|{bank}"
    offer = LoanOffer(
        kind=WAREHOUSE_RECEIPT, receipt=receipt, evidence=found.evidence, evidence_identity=found.identity,
        borrower=found.owner, bank=workspace.party(bank), limit_minor=terms.limit.minor,
        currency=chain_currency_index(currency), cash_token=token, annual_rate_micros=terms.annual_rate_micros,
        day_count_basis=terms.day_count_basis, maturity_day=(terms.maturity - date(1970, 1, 1)).days,
        utc_offset_quarter_hours=UTC_OFFSET_MINUTES // QUARTER_HOUR,
        valid_until=workspace.began(bank) + QUOTE_SECONDS, twice_measured=terms.twice_measured,
        registration_number=short_text(terms.registration_number),
        description_hash=hashlib.sha256(description.encode()).digest(), nonce=int(name[:12], 16),
    )  # fmt: skip
    signer, signed = signature(workspace.contracts, workspace.signer(bank), offer)
    typed = workspace.contracts.typed_data(offer.CONTRACT, "LoanOffer", offer.message())
    with workspace.store.begin() as connection:
        connection.execute(
            insert(loan_offers).values(
                id=name, request=request["id"], receipt=receipt, borrower=request["borrower"], bank=bank,
                currency=currency, registration_number=terms.registration_number, valid_until=offer.valid_until,
                offer=_as_json(offer), offer_hash=f"0x{encode_typed_data(full_message=typed).body.hex()}",
                signer=signer, signature=signed.hex(), created_at=workspace.now(),
            )
        )  # fmt: skip
        tell(connection, bank, "LoanOffered", "loan_offer", name, request["borrower"])
    return name


def must_lend(
    workspace: Workspace, bank: str, receipt: int, limit: Money, maturity: date
) -> tuple[RowMapping, Pledgeable]:  # fmt: skip
    """The request by which the bank was asked, and the receipt, on which it can lend so much until then.

    Raises NotFound, ReceiptNotFree, CurrencyMismatch, AmountExceedsValue, NoLoanMoney, MaturityNotAhead.
    """
    with workspace.store.read() as connection:
        request = must_be_asked(connection, bank, receipt)
        found = pledgeable(connection, receipt)
    if not found.is_free:
        raise ReceiptNotFree(receipt=receipt)
    must_be_worth(found, limit)
    if token_name(bank, limit.currency) not in workspace.contracts.addresses:
        raise NoLoanMoney(bank=workspace.names().get(bank, bank), currency=limit.currency)
    if maturity <= workspace.date():
        raise MaturityNotAhead(maturity=maturity)
    return request, found


def take_offer(workspace: Workspace, borrower: str, name: str) -> int:
    """The borrower takes an offer: the goods are pledged, and it may draw. Returns the loan. Repeating it takes it once.

    Raises NotFound, and what the contracts refuse: the offer has expired, the goods are pledged, …
    """
    taken = must_be_offered(workspace, borrower, name)
    call = workspace.contracts.call("Loans", "open", taken.offer.values(), taken.signature)
    # Under the bank's signature, so that it is one loan whoever asks.
    key = workspace.outbox.retried(f"loan:{hashlib.sha256(taken.signature[1]).hexdigest()}")
    opened = workspace.contracts.events_of(workspace.send(key, borrower, call), "LoanOpened")
    if workspace.keyring.signs_for(borrower):  # who keeps its key lets Settlement pay itself
        let_settlement_pay(workspace, borrower, [token_name(taken.bank, taken.limit.currency)])
    return int(opened[0].arguments["loan"])


def must_be_offered(home: Home, borrower: str, name: str) -> KeptOffer:
    """The offer, which was made to this borrower. Raises NotFound."""
    for kept in offers(home, loan_offers.c.id == name):
        if kept.borrower == borrower:
            return kept
    raise NotFound(what="loan offer", id=name)


def offers(home: Home, *conditions: Any, most: int | None = None) -> list[KeptOffer]:
    """Offers in the order they came."""
    c = loan_offers.c
    came_of_it = (loans.c.offer_hash == c.offer_hash) & (loans.c.receipt == c.receipt)
    statement = select(loan_offers, loans.c.id.label("loan")).outerjoin(loans, came_of_it)
    with home.store.read() as connection:
        rows = (
            connection.execute(statement.where(*conditions).order_by(c.created_at, c.id).limit(most)).mappings().all()
        )
    return [_kept(row) for row in rows]


def draw(workspace: Workspace, key: str, borrower: str, loan: int, minor: int) -> None:
    """The bank's money comes, and uses the goods' document. Raises NotFound, and what the contracts refuse."""
    _send(workspace, key, borrower, "draw", loan, minor)


def end_draws(workspace: Workspace, key: str, bank: str, loan: int) -> None:
    """Nothing further is drawn. Raises NotFound, and what the contracts refuse."""
    _send(workspace, key, bank, "endDraws", loan)


def repay(workspace: Workspace, key: str, borrower: str, loan: int, minor: int) -> None:
    """The borrower's money goes to the bank, interest first; once all is paid the goods are free.

    Raises NotFound, and what the contracts refuse.
    """
    token = str(workspace.contracts.read("Loans", "cashTokenOf", loan))
    _send(workspace, key, borrower, "repay", loan, minor, _row(workspace, loan)["evidence"], token)


def attest_repayment(workspace: Workspace, key: str, bank: str, loan: int, minor: int, payment_reference: str) -> None:
    """The bank says that the borrower repaid so much off chain. Raises NotFound, and what the contracts refuse."""
    paid = minor, _row(workspace, loan)["evidence"], short_text(payment_reference)
    _send(workspace, key, bank, "attestRepayment", loan, *paid)


def give_up_lien(workspace: Workspace, key: str, bank: str, loan: int) -> None:
    """The goods are free; what is owed stays owed. Raises NotFound, and what the contracts refuse."""
    _send(workspace, key, bank, "giveUpLien", loan)


def close(workspace: Workspace, key: str, side: str, loan: int) -> None:
    """Either side ends a loan of which nothing is owed. Raises NotFound, and what the contracts refuse."""
    _send(workspace, key, side, "close", loan)


def debt_of(workspace: Workspace, loan: int) -> Debt:
    """What is owed by the loan at the newest block, read from the contract."""
    return Debt(*map(int, workspace.contracts.read("Loans", "owed", loan)))


def _send(workspace: Workspace, key: str, enterprise: str, function: str, loan: int, *arguments: Any) -> None:
    named = loan, bytes.fromhex(_row(workspace, loan)["offer_hash"].removeprefix("0x"))
    call: Call = workspace.contracts.call("Loans", function, *named, *arguments)
    workspace.send(key, enterprise, call)


def _row(home: Home, loan: int) -> RowMapping:
    with home.store.read() as connection:
        row = connection.execute(select(loans).where(loans.c.id == loan)).mappings().first()
    if row is None:
        raise NotFound(what="loan", id=loan)
    return row


def _kept(row: RowMapping) -> KeptOffer:
    return KeptOffer(
        row["id"], row["request"], row["receipt"], row["borrower"], row["bank"], row["registration_number"],
        _of_json(row["offer"]), (row["signer"], bytes.fromhex(row["signature"])), row["created_at"], row["loan"],
    )  # fmt: skip


_HASHES = ("evidence_identity", "registration_number", "description_hash")


def _of_json(kept: dict[str, Any]) -> LoanOffer:
    return LoanOffer(**(kept | {name: bytes.fromhex(kept[name]) for name in _HASHES}))


def _as_json(offer: LoanOffer) -> dict[str, Any]:
    values = {field.name: getattr(offer, field.name) for field in fields(offer)}
    return {name: value.hex() if isinstance(value, bytes) else value for name, value in values.items()}
