"""Goods in store and what is lent on them, as a viewer may see them: receipts with their lots and liens, and loans.

A receipt is for its owner, the lot's keeper, the bank whose loan it secures, and those that its owner asks for one; a loan for
its two sides.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import Field
from sqlalchemy import RowMapping, Select, or_, select, true

from chain.commands.financing_requests import receipts_shown_to
from chain.commands.seen.named import Named
from chain.commands.seen.viewer import Participant, Viewer
from chain.commands.seen.vouchers import day
from chain.commands.workspace import Home, Workspace
from chain.documents.model import Frozen
from chain.errors import NotFound
from chain.money import Money
from chain.store.tables import evidence, loans, lots, receipts

#: Kinds of loans by the document that they rest on, in the contracts' numbers (`ILoans`).
COLLATERAL = {2: "order", 3: "warehouse_receipt"}


class Lot(Frozen):
    """Goods that a keeper stores, named by a blinded id. Quantities are in the lot's own unit."""

    id: str
    keeper: Participant
    depositor: Participant
    measured: int | None
    """What the keeper found last; null for who owns a part of somebody else's lot."""
    confirmed_by: Participant | None
    """A second party that found the same."""


class Lien(Frozen):
    """What the goods secure."""

    loan: int
    bank: Participant
    owed: Money | None = Field(
        description="Principal that is not repaid; null for the keeper, who only must not let the goods go."
    )


class WarehouseReceipt(Frozen):
    """The keeper owes so much of a lot to its owner."""

    id: int
    state: str
    """``live``, ``pledged`` or ``withdrawn``."""
    owner: Participant
    quantity: int
    value: Money
    """What its document says that the goods are worth."""
    lot: Lot
    evidence: int
    """Number of its document on the ledger."""
    lien: Lien | None


class Loan(Frozen):
    """A bank's loan on a warehouse receipt or on an order."""

    id: int
    collateral: str
    """``warehouse_receipt`` or ``order``: what it was made on."""
    receipt: int | None
    evidence: int
    """Number of the document that it uses now."""
    borrower: Participant
    bank: Participant
    state: str
    """``open``, ``defaulted`` or ``closed``."""
    limit: Money
    principal: Money
    """Drawn and not repaid."""
    interest_paid: Money
    annual_rate_micros: int
    """Parts per million a year, simple interest."""
    day_count_basis: int
    maturity: date
    resting_on_sale: bool
    """The goods are sold, and it rests on the invoice that sold them."""
    lien_given_up: bool


class Debt(Frozen):
    """What is owed by a loan now, by the ledger's clock. A payment pays interest first."""

    loan: int
    principal: Money
    """Drawn and not repaid."""
    interest: Money
    """Up to today, rounded up."""
    total: Money


def receipts_seen(
    home: Home, viewer: Viewer, *, after: int = 0, most: int = 100
) -> tuple[tuple[WarehouseReceipt, ...], int | None]:
    """The receipts that the viewer may see, by their numbers, behind ``after``; and the number to go on from."""
    statement = _receipts(viewer).where(receipts.c.id > after).order_by(receipts.c.id).limit(most + 1)
    with home.store.read() as connection:
        rows = connection.execute(statement).mappings().all()
    named = Named(home)
    shown = tuple(_receipt(viewer, row, named) for row in rows[:most])
    return shown, shown[-1].id if len(rows) > most else None


def receipt_seen(home: Home, viewer: Viewer, number: int) -> WarehouseReceipt:
    """One of them. Raises NotFound."""
    with home.store.read() as connection:
        row = connection.execute(_receipts(viewer).where(receipts.c.id == number)).mappings().first()
    if row is None:
        raise NotFound(what="warehouse receipt", id=number)
    return _receipt(viewer, row, Named(home))


def loans_seen(
    home: Home, viewer: Viewer, *, after: int = 0, most: int = 100
) -> tuple[tuple[Loan, ...], int | None]:  # fmt: skip
    """The loans that the viewer took or made, by their numbers, behind ``after``; and the number to go on from."""
    statement = _loans(viewer).where(loans.c.id > after).order_by(loans.c.id).limit(most + 1)
    with home.store.read() as connection:
        rows = connection.execute(statement).mappings().all()
    named = Named(home)
    shown = tuple(_loan(row, named) for row in rows[:most])
    return shown, shown[-1].id if len(rows) > most else None


def loan_seen(home: Home, viewer: Viewer, number: int) -> Loan:
    """One of them. Raises NotFound."""
    with home.store.read() as connection:
        row = connection.execute(_loans(viewer).where(loans.c.id == number)).mappings().first()
    if row is None:
        raise NotFound(what="loan", id=number)
    return _loan(row, Named(home))


def debt_seen(workspace: Workspace, viewer: Viewer, number: int) -> Debt:
    """What is owed by a loan that the viewer took or made, read from the contract. Raises NotFound."""
    currency = loan_seen(workspace, viewer, number).limit.currency
    principal, interest = (Money(int(minor), currency) for minor in workspace.contracts.read("Loans", "owed", number))
    return Debt(loan=number, principal=principal, interest=interest, total=principal + interest)


def _receipts(viewer: Viewer) -> Select[*tuple[Any, ...]]:
    """Receipts that the viewer may see, each with its lot and the loan that it secures."""
    own = viewer.party if viewer.party is not None else -1
    asked = receipts.c.id.in_(receipts_shown_to(viewer.enterprise))
    sides = (receipts.c.owner == own, lots.c.keeper == own, loans.c.bank == own, asked)
    of_lot = (lots.c.keeper, lots.c.depositor, lots.c.measured, lots.c.confirmer)
    value = (evidence.c.face_minor, evidence.c.currency)
    return (
        select(receipts, *of_lot, *value, loans.c.bank, loans.c.principal_minor, asked.label("asked"))
        .join(lots, lots.c.lot == receipts.c.lot)
        .join(evidence, evidence.c.id == receipts.c.evidence)
        .outerjoin(loans, loans.c.id == receipts.c.loan)
        .where(true() if viewer.sees_all else or_(*sides))
    )


def _receipt(viewer: Viewer, row: RowMapping, named: Named) -> WarehouseReceipt:
    whole = viewer.sees_all or row["asked"] or viewer.party in (row["keeper"], row["depositor"], row["bank"])
    side = viewer.sees_all or viewer.party in (row["owner"], row["bank"])
    lien = None
    if row["loan"] is not None and (side or viewer.party == row["keeper"]):
        owed = Money(row["principal_minor"], row["currency"]) if side else None
        lien = Lien(loan=row["loan"], bank=named.party(row["bank"]), owed=owed)
    state = "withdrawn" if row["withdrawn"] else "pledged" if row["loan"] is not None else "live"
    return WarehouseReceipt(
        id=row["id"], state=state, owner=named.party(row["owner"]), quantity=row["quantity"],
        value=Money(row["face_minor"], row["currency"]), evidence=row["evidence"],
        lot=Lot(
            id=row["lot"], keeper=named.party(row["keeper"]), depositor=named.party(row["depositor"]),
            measured=row["measured"] if whole else None,
            confirmed_by=named.party(row["confirmer"]) if row["confirmer"] else None,
        ),
        lien=lien,
    )  # fmt: skip


def _loans(viewer: Viewer) -> Select[*tuple[Any, ...]]:
    own = viewer.party if viewer.party is not None else -1
    return select(loans).where(true() if viewer.sees_all else or_(loans.c.borrower == own, loans.c.bank == own))


def _loan(row: RowMapping, named: Named) -> Loan:
    def money(minor: int) -> Money:
        return Money(minor, row["currency"])

    return Loan(
        id=row["id"], collateral=COLLATERAL.get(row["kind"], str(row["kind"])), receipt=row["receipt"] or None,
        evidence=row["evidence"], borrower=named.party(row["borrower"]), bank=named.party(row["bank"]),
        state=row["state"], limit=money(row["limit_minor"]), principal=money(row["principal_minor"]),
        interest_paid=money(row["interest_paid_minor"]), annual_rate_micros=row["annual_rate_micros"],
        day_count_basis=row["day_count_basis"], maturity=day(row["maturity_day"]), resting_on_sale=row["sold"],
        lien_given_up=row["unsecured"],
    )  # fmt: skip
