"""A document while it is being read: what is wrong with it is collected, so that its sender hears everything at once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from pydantic import ValidationError

from chain.content import reason_of
from chain.documents.identity import (
    best_identifier,
    enterprise_id,
    is_valid,
    normalised_identifier,
    normalised_number,
)
from chain.documents.model import (
    LONGEST_ID,
    LONGEST_NUMBER,
    LONGEST_QUANTITY,
    MOST_IDENTIFIERS,
    DocumentReference,
    Finding,
    Party,
    Severity,
    Source,
    TradeDocument,
)
from chain.documents.node import Node
from chain.documents.rules import (
    AmountTooLarge,
    DateMalformed,
    NumberTooLong,
    PartyIdInvalid,
    PartyIdMissing,
    PartyMissing,
    QuantityMalformed,
    SchemaViolated,
    finding_of,
)
from chain.errors import AmountNotRepresentable, CurrencyUnknown, MoneyError, PearlError
from chain.identifiers import FIRST_DAY, LAST_DAY
from chain.money import PLAIN_DECIMAL, Money

#: xsd:date with or without dashes; a time or a time zone may follow.
CALENDAR_DAY = re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})(?![0-9])")

#: Where something stands: written, or the node itself, which is written only when there is something to say of it.
Place = str | Node | None

Item = TypeVar("Item")

#: Contract words and database columns hold 64 bits with a sign; no real document comes near.
LARGEST_MINOR = 2**63 - 1


def is_day_of_ledger(day: date) -> bool:
    """Whether the ledger can count it; no real document comes near its ends."""
    return FIRST_DAY <= day <= LAST_DAY


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a parser gives: the document, or None when a finding refuses it."""

    document: TradeDocument | None
    findings: tuple[Finding, ...]


@dataclass(slots=True)
class Draft:
    """Collects findings, and turns text into values; a value that cannot be is None and a finding."""

    findings: list[Finding] = field(default_factory=list)

    def refuse(self, error: PearlError, place: Place = None) -> None:
        """The document is not taken."""
        self._add(error, Severity.REFUSED, place)

    def block(self, error: PearlError, place: Place = None) -> None:
        """The document is taken, but backs no credit."""
        self._add(error, Severity.BLOCKED, place)

    def flag(self, error: PearlError, place: Place = None) -> None:
        """A person should look."""
        self._add(error, Severity.FLAGGED, place)

    @property
    def refused(self) -> bool:
        return any(finding.severity is Severity.REFUSED for finding in self.findings)

    def money(self, text: str | None, currency: str | None, name: str, place: Place = None) -> int | None:
        """A total in minor units; None when absent. What is malformed or finer than the minor unit refuses."""
        if text is None or currency is None:
            return None
        try:
            minor = Money.parse(text, currency).minor
        except CurrencyUnknown:
            return None  # said once, where the currency itself was read
        except MoneyError as error:
            self.refuse(error, place)
            return None
        if abs(minor) > LARGEST_MINOR:
            self.refuse(AmountTooLarge(field=name), place)
            return None
        return minor

    def line_money(self, text: str | None, currency: str | None, name: str, place: Place = None) -> int | None:
        """A line's amount; senders write them finer than the minor unit, so they are rounded and that is flagged."""
        if text is None or currency is None:
            return None
        try:
            Money.parse(text, currency)
        except AmountNotRepresentable as error:
            self.flag(error, place)
            text = str(Money.rounded(Decimal(text.strip()), currency).decimal)
        except MoneyError:
            pass
        return self.money(text, currency, name, place)

    def quantity(self, text: str | None, place: Place = None) -> Decimal | None:
        """A plain decimal; anything else is None and flagged."""
        if text is None:
            return None
        if not PLAIN_DECIMAL.fullmatch(text) or len(text) > LONGEST_QUANTITY:
            self.flag(QuantityMalformed(text=text[:40]), place)
            return None
        return Decimal(text)

    def day(self, text: str | None, name: str, place: Place = None) -> date | None:
        """xsd:date, its time zone left out (a calendar day is meant); what is no day of the ledger is None and blocks."""
        if text is None:
            return None
        found = CALENDAR_DAY.match(text)
        try:
            if found and is_day_of_ledger(day := date(*map(int, found.groups()))):
                return day
        except ValueError:
            pass  # the 31st of February
        self.block(DateMalformed(field=name, text=text[:40]), place)
        return None

    def days(self, **days: date | None) -> None:
        """Hold days that were read as such against those of the ledger: any other refuses the document."""
        for name, day in days.items():
            if day is not None and not is_day_of_ledger(day):
                self.refuse(DateMalformed(field=name, text=day.isoformat()), f"/{name}")

    def amounts(self, **amounts: int | None) -> None:
        """Hold amounts that were read as such: what 64 bits cannot hold refuses the document."""
        for name, minor in amounts.items():
            if minor is not None and abs(minor) > LARGEST_MINOR:
                self.refuse(AmountTooLarge(field=name), f"/{name}")

    def references(self, **references: Iterable[DocumentReference]) -> None:
        """Hold references that were read as such, and their days and amounts likewise."""
        for name, listed in references.items():
            for position, reference in enumerate(listed):
                self.days(**{f"{name}/{position}/issue_date": reference.issue_date})
                self.amounts(**{f"{name}/{position}/amount_minor": reference.amount_minor})

    def party(self, party: Party | None, role: str, place: Place = None) -> None:
        """Hold a party against the rules of identity: absent refuses; a name alone, or no valid id, blocks."""
        if party is None or not (party.name or party.identifiers):
            self.refuse(PartyMissing(role=role), place)
        elif all(identifier.scheme.upper() == "NAME" for identifier in party.identifiers):
            self.block(PartyIdMissing(role=role, name=party.name[:80]), place)
        elif not any(is_valid(normalised_identifier(identifier)) for identifier in party.identifiers):
            self.block(PartyIdInvalid(role=role, name=party.name[:80], id=best_identifier(party).value), place)

    def finish(self, source: Source, **facts: Any) -> Parsed:
        """The document, unless something refuses it."""
        for name in ("net_minor", "tax_minor", "payable_minor", "prepaid_minor", "rounding_minor"):
            if abs(facts.get(name) or 0) > LARGEST_MINOR and not self.refused:  # a sum of what was read one by one
                self.refuse(AmountTooLarge(field=name))
        if self.refused:
            return Parsed(None, tuple(self.findings))
        # Letters that are several in compatibility form make a text longer.
        longest = max(len(facts["number"]), len(normalised_number(facts["number"])))
        if longest > LONGEST_NUMBER:
            self.refuse(NumberTooLong(characters=longest, longest=LONGEST_NUMBER))
        for role in ("seller", "buyer", "keeper"):
            party = facts.get(role)
            if party is not None and len(party.identifiers) > MOST_IDENTIFIERS:
                self.refuse(SchemaViolated(field=role, reason="it has more ids than any that is known"))
            elif party is not None and len(enterprise_id(party)) > LONGEST_ID:
                self.refuse(SchemaViolated(field=role, reason="its id is longer than any that is known"))
        if self.refused:
            return Parsed(None, tuple(self.findings))
        blocked = dict.fromkeys(f.rule for f in self.findings if f.severity is Severity.BLOCKED)
        return Parsed(TradeDocument(source=source, broken_rules=tuple(blocked), **facts), tuple(self.findings))

    def schema(self, error: ValidationError) -> None:
        """Every complaint of a schema, each with its JSON pointer."""
        details = error.errors(include_url=False, include_input=False)
        for detail in details[:20]:
            if any(other["loc"][: len(detail["loc"])] == detail["loc"] != other["loc"] for other in details):
                continue  # 'the list is empty', said of a list whose items were refused
            pointer = "/" + "/".join(map(str, detail["loc"]))
            reason, values = reason_of(detail)
            self.refuse(SchemaViolated(field=pointer, reason=reason, **values), pointer)

    def _add(self, error: PearlError, severity: Severity, place: Place) -> None:
        finding = finding_of(error, severity, None if place is None else str(place))
        if finding not in self.findings and len(self.findings) < 200:  # a hostile file must not fill the memory
            self.findings.append(finding)


def distinct(items: Iterable[Item]) -> tuple[Item, ...]:
    """In order, without repeats."""
    return tuple(dict.fromkeys(items))
