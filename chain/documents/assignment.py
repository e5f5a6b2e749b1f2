"""Assignments of receivables (应收账款转让), in JSON of our own (docs/documents.md): a registration, or a notice to the debtor.

There is no common electronic form, so this is the ledger's. Its fields are those that China's register of security interests
over movables asks for (动产融资统一登记公示系统, of the central bank's credit reference centre; 《动产和权利担保统一登记办法》,
order 7 of 2021): number and time of the registration, its last day, assignor, assignee, contract, value, and a description
of what was assigned, which here is each invoice by its number with what was financed on it. A registration that is cancelled
(注销登记), and a notice that the receivables came back, release them.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field, ValidationError

from chain.documents.draft import Draft, Parsed
from chain.documents.model import DocumentReference, DocumentType, Frozen, Means, Party, Publicity, Source
from chain.documents.rules import AmountMissing, AmountNegative, CurrencyMissing, EndBeforeStart
from chain.errors import CurrencyUnknown
from chain.money import exponent

SCHEMA = "pearlchain/assignment/1"

Text = Annotated[str, Field(min_length=1, max_length=200)]


class Receivable(Frozen):
    """One invoice of the assignor to the debtor. ``financed`` is a decimal in the assignment's currency."""

    invoice: Text
    issued: date | None = None
    financed: Decimal | None = Field(default=None, max_digits=30)


class Assignment(Frozen):
    """The file. ``number`` and ``at`` are those of the registration, or of the notice and its arrival at the debtor."""

    schema_: Literal["pearlchain/assignment/1"] = Field(alias="schema")
    means: Means
    number: Text
    at: AwareDatetime
    until: date | None = None
    """Last day of a registration."""
    releases: bool = False
    assignor: Party
    debtor: Party
    assignee: Party
    currency: str | None = Field(default=None, pattern=r"^[A-Z]{3}$")
    receivables: tuple[Receivable, ...] = Field(min_length=1, max_length=1_000)
    contract: str = ""
    description: str = ""


def parse(content: dict[str, Any], source: Source) -> Parsed:
    """Read one assignment from its JSON object."""
    draft = Draft()
    try:
        assignment = Assignment.model_validate(content)
    except ValidationError as error:
        draft.schema(error)
        return Parsed(None, tuple(draft.findings))
    for role in ("assignor", "debtor", "assignee"):
        draft.party(getattr(assignment, role), role, f"/{role}")
    day = assignment.at.date()
    draft.days(at=day, until=assignment.until)
    if assignment.until is not None and assignment.until < day:
        draft.block(EndBeforeStart(first="at", second="until"), "/until")
    if assignment.currency is not None:
        try:
            exponent(assignment.currency)
        except CurrencyUnknown as error:
            draft.refuse(error, "/currency")
    elif not assignment.releases:
        draft.refuse(CurrencyMissing(), "/currency")
    financed = [_financed(assignment, place, draft) for place in range(len(assignment.receivables))]
    return draft.finish(
        source, type=DocumentType.ASSIGNMENT, number=assignment.number, issue_date=day, due_date=assignment.until,
        seller=assignment.assignor, buyer=assignment.debtor, keeper=assignment.assignee, currency=assignment.currency,
        payable_minor=None if assignment.releases else sum(minor or 0 for minor in financed),
        invoices=tuple(
            DocumentReference(receivable.invoice, receivable.issued, amount_minor=minor)
            for receivable, minor in zip(assignment.receivables, financed, strict=True)
        ),
        publicity=Publicity(assignment.means, int(assignment.at.timestamp())), reversal=assignment.releases,
    )  # fmt: skip


def _financed(assignment: Assignment, place: int, draft: Draft) -> int | None:
    """Minor units; who releases receivables need not say what was financed on them."""
    at = f"/receivables/{place}/financed"
    written = assignment.receivables[place].financed
    if assignment.releases:
        return None
    if written is None:
        draft.refuse(AmountMissing(field="financed"), at)
        return None
    minor = draft.money(f"{written:f}", assignment.currency, "financed", at)
    if minor is not None and minor <= 0:
        draft.refuse(AmountNegative(field="financed", amount=str(written)), at)
    return minor
