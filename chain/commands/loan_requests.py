"""An owner of goods in store asks a bank for a loan on a receipt, and shows it the receipt by that: nobody else shows it one.

The bank answers with an offer (`chain.commands.loans`) or declines; the owner takes a request back at any time. What became of
a request otherwise, offers and receipts say.
"""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple

from sqlalchemy import Connection, RowMapping, Select, insert, select, update

from chain.commands.changes import tell
from chain.commands.financing_requests import Ended, RequestEnded, must_be_bank
from chain.commands.workspace import Home
from chain.errors import CurrencyMismatch, NotFound, RuleBroken
from chain.money import Money
from chain.store.tables import evidence, loan_requests, receipts

#: A request with the receipt that its borrower still owns free of a lien. After the chain turned, the same number may be
#: another's.
IS_FREE = (
    (receipts.c.id == loan_requests.c.receipt)
    & (receipts.c.owner == loan_requests.c.owner)
    & receipts.c.loan.is_(None)
    & ~receipts.c.withdrawn
)


class ReceiptOfAnother(RuleBroken):
    message = "{enterprise} does not own the goods of receipt {receipt}, so it borrows nothing on them"
    next_step = "ask for a loan on a receipt that you own"


class ReceiptNotFree(RuleBroken):
    message = "the goods of receipt {receipt} are pledged or gone, so nothing is lent on them"
    next_step = "wait until the loan on them has ended, or name another receipt"


class AmountExceedsValue(RuleBroken):
    message = "the goods of receipt {receipt} are worth less than is to be lent on them"
    next_step = "read the receipt, and name at most what its goods are worth"


class LenderAsked(RuleBroken):
    message = "{bank} was asked for a loan on receipt {receipt} already, by the request {request}"
    next_step = "wait for its offer, or withdraw that request and ask anew"


class Pledgeable(NamedTuple):
    """A receipt as loans need to know it."""

    receipt: int
    owner: int
    evidence: int
    identity: bytes
    value: Money
    is_free: bool


def ask(home: Home, key: str, borrower: str, receipt: int, bank: str, amount: Money) -> str:
    """The owner asks a bank to lend so much on a receipt; the same ``key`` asks once. Returns the request's id.

    Raises NotFound, ReceiptOfAnother, ReceiptNotFree, CurrencyMismatch, AmountExceedsValue, LenderAsked.
    """
    name = hashlib.sha256(key.encode()).hexdigest()[:32]
    with home.store.begin() as connection:
        if connection.execute(select(loan_requests.c.id).where(loan_requests.c.id == name)).first():
            return name
        found = pledgeable(connection, receipt)
        must_pledge(home, borrower, found)
        must_be_worth(found, amount)
        must_be_bank(home, borrower, bank)
        before = _open_request(connection, found, bank)
        if before is not None:
            raise LenderAsked(bank=home.names().get(bank, bank), receipt=receipt, request=before["id"])
        connection.execute(
            insert(loan_requests).values(
                id=name, receipt=receipt, owner=found.owner, borrower=borrower, bank=bank, currency=amount.currency,
                amount_minor=amount.minor, asked_at=home.now(),
            )
        )  # fmt: skip
        tell(connection, borrower, "LoanRequested", "loan_request", name, bank)
    return name


def end(home: Home, side: str, name: str, ended: Ended, reason: str | None = None) -> None:
    """The borrower withdraws its request, or the bank declines it. Repeating it changes nothing.

    Raises NotFound (the request is not ``side``'s to end so), RequestEnded.
    """
    with home.store.begin() as connection:
        row = connection.execute(select(loan_requests).where(loan_requests.c.id == name)).mappings().first()
        if row is None or row["borrower" if ended is Ended.WITHDRAWN else "bank"] != side:
            raise NotFound(what="loan request", id=name)
        if row["ended"] == ended:
            return
        if row["ended"] is not None:
            raise RequestEnded(request=name)
        values: dict[str, Any] = {"ended": ended, "ended_at": home.now(), "reason": reason}
        connection.execute(update(loan_requests).where(loan_requests.c.id == name).values(values))
        other = row["bank"] if side == row["borrower"] else row["borrower"]
        told = "LoanRequestWithdrawn" if ended is Ended.WITHDRAWN else "LoanRequestDeclined"
        tell(connection, side, told, "loan_request", name, other)


def pledgeable(connection: Connection, receipt: int) -> Pledgeable:
    """The receipt as the books have it, whoever may see it. Raises NotFound."""
    of_document = (evidence.c.identity, evidence.c.face_minor, evidence.c.currency)
    statement = select(receipts, *of_document).join(evidence, evidence.c.id == receipts.c.evidence)
    row = connection.execute(statement.where(receipts.c.id == receipt)).mappings().first()
    if row is None:
        raise NotFound(what="warehouse receipt", id=receipt)
    return Pledgeable(
        receipt, row["owner"], row["evidence"], bytes.fromhex(row["identity"].removeprefix("0x")),
        Money(row["face_minor"], row["currency"]), row["loan"] is None and not row["withdrawn"],
    )  # fmt: skip


def must_pledge(home: Home, borrower: str, found: Pledgeable) -> None:
    """Whether the borrower can pledge the receipt. Raises ReceiptOfAnother, ReceiptNotFree."""
    if home.parties().get(found.owner) != borrower:
        raise ReceiptOfAnother(enterprise=home.names().get(borrower, borrower), receipt=found.receipt)
    if not found.is_free:
        raise ReceiptNotFree(receipt=found.receipt)


def must_be_worth(found: Pledgeable, amount: Money) -> None:
    """Whether the goods are worth so much. Raises CurrencyMismatch, AmountExceedsValue."""
    if amount.currency != found.value.currency:
        raise CurrencyMismatch(left=amount.currency, right=found.value.currency)
    if amount.minor > found.value.minor:
        raise AmountExceedsValue(receipt=found.receipt)


def must_be_asked(connection: Connection, bank: str, receipt: int) -> RowMapping:
    """The request by which a bank is asked for a loan on the receipt. Raises NotFound."""
    asked = _open_request(connection, pledgeable(connection, receipt), bank)
    if asked is None:
        raise NotFound(what="warehouse receipt", id=receipt)
    return asked


def receipts_shown_to(bank: str) -> Select[int]:
    """Numbers of the receipts that a bank sees because their owners ask it for a loan."""
    asked = select(loan_requests.c.receipt).join(receipts, IS_FREE)
    return asked.where(loan_requests.c.bank == bank, loan_requests.c.ended.is_(None)).correlate(None)


def sides_of_loans(connection: Connection, enterprise: str) -> set[str]:
    """Whom an enterprise asked for a loan, and who asked it."""
    asked = select(loan_requests.c.bank).where(loan_requests.c.borrower == enterprise)
    asking = select(loan_requests.c.borrower).where(loan_requests.c.bank == enterprise)
    return set(connection.scalars(asked.union(asking)))


def _open_request(connection: Connection, found: Pledgeable, bank: str) -> RowMapping | None:
    c = loan_requests.c
    own = (c.receipt == found.receipt) & (c.owner == found.owner) & (c.bank == bank) & c.ended.is_(None)
    return connection.execute(select(loan_requests).where(own)).mappings().first()
