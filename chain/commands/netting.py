"""Nettings of debts (三角债): what is proposed, who consented to it, and when it counts.

The newest plan of each currency proposes. A consent is to exact figures: who owes whom, over which invoices, what is taken off
each, and what each still owes by the documents. Where one of these is another now, the consent counts no more. Once everybody
in the circle consented to the same figures, the debts are cancelled: the invoices owe so much less, whatever is planned,
issued or passed on after that (`chain.documents.receivable.Receivable.less_netted`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, func, select

from chain.commands.audit import CONSOLE, Acting, record
from chain.commands.changes import tell
from chain.commands.consents import Consent, Figures, all_consent, consents, last_of_each, write
from chain.commands.plan import load_plan, open_input
from chain.commands.trade import Trade, load_trade
from chain.commands.workspace import Home
from chain.errors import NotFound, PearlError, RuleBroken
from chain.planning.model import Netting, PlanningInput, PropagationPlan
from chain.store.tables import plans

#: So often a netting is read before the unit of work that changes it.
TRIES = 5


class NoPartyOfNetting(RuleBroken):
    message = "{enterprise} is not in the circle of the netting {netting}, so there is nothing that it could consent to"
    next_step = "see who is in it with 'pearl nettings'"


class NettingVoid(RuleBroken):
    message = (
        "the figures of the netting {netting} are others by now ({document}), so it and all consents to it are void"
    )
    next_step = "plan again with 'pearl plan', and consent to what is proposed then"


class NettingAgreed(RuleBroken):
    message = "everybody consented to the netting {netting}, and its debts are cancelled"
    next_step = "settle with the others outside; what is cancelled does not revive"


class ConsentNotGiven(RuleBroken):
    message = "{enterprise} has not consented to the netting {netting}, so it takes nothing back"
    next_step = "see who consented with 'pearl nettings'"


class ConsentWithoutReason(PearlError):
    message = "a consent that the operator writes down needs a reason"
    next_step = "say with --reason what it rests on, such as the signed agreement"


class NettingState(StrEnum):
    """How far a netting has come."""

    PROPOSED = "proposed"
    """Somebody in the circle has not consented yet."""
    AGREED = "agreed"
    """Everybody consented; the debts are cancelled."""
    VOID = "void"
    """Its figures are others by now."""


@dataclass(frozen=True, slots=True)
class KnownNetting:
    """A netting with the consents that count: while it is not agreed, those to the figures of now."""

    figures: Figures
    state: NettingState
    consents: dict[str, Consent]
    changed: str | None = None
    """An invoice because of which it is void."""

    @property
    def netting(self) -> Netting:
        return self.figures.netting

    def as_json(self) -> dict[str, Any]:
        """JSON-able; amounts in minor units."""
        netting = self.netting
        return {
            "id": netting.id, "state": self.state.value, "currency": self.figures.currency, "minor": netting.minor,
            "parties": list(netting.parties), "bound_by": list(netting.bound_by),
            "invoices": [
                {"document": i.document, "debtor": i.debtor, "creditor": i.creditor, "minor": i.minor,
                 "owed_minor": self.figures.owed_minor[i.document]}
                for i in netting.invoices
            ],
            "consents": [
                {"enterprise": entry.enterprise, "given_by": entry.given_by, "reason": entry.reason,
                 "given_at": datetime.fromtimestamp(entry.given_at, UTC).isoformat()}
                for entry in self.consents.values()
            ],
        }  # fmt: skip


def nettings(home: Home, trade: Trade | None = None) -> list[KnownNetting]:
    """All that is agreed, proposed or void: of the newest plan of each currency, and whatever somebody consented to.
    ``trade``: what the documents say now, where the caller has it."""
    now = _Now(home, trade or load_trade(home))
    said = last_of_each(consents(home))
    found: dict[str, KnownNetting] = {}
    for by_enterprise in said.values():
        for entry in by_enterprise.values():
            name = entry.figures.netting.id
            if name not in found:
                found[name] = now.known(entry.figures.currency, entry.figures.netting, by_enterprise)
    for currency, netting in _proposed(home):
        if netting.id not in found:
            found[netting.id] = now.known(currency, netting, {})
    return sorted(
        found.values(), key=lambda one: (one.state, one.figures.currency, one.netting.parties, one.netting.id)
    )


def nettings_of(home: Home, made: PropagationPlan, trade: Trade | None = None) -> list[KnownNetting]:
    """What a plan proposes, as it stands now. ``trade``: as of `nettings`."""
    if not made.netting:
        return []
    now, said = _Now(home, trade or load_trade(home)), last_of_each(consents(home))
    return [now.known(made.currency, netting, said.get(netting.id, {})) for netting in made.netting]


def netting_named(known: list[KnownNetting], name: str) -> KnownNetting:
    """The one of that name, of which the first letters do. Raises NotFound, also where several have these letters."""
    found = [one for one in known if name and one.netting.id.startswith(name)]
    if len(found) != 1:
        raise NotFound(what="netting", id=name)
    return found[0]


def consent(
    home: Home, name: str, enterprise: str, given_by: str, reason: str = "", *, by: Acting = CONSOLE
) -> KnownNetting:  # fmt: skip
    """Write down that the enterprise consents to a netting as it stands. Repeating it changes nothing.

    Raises NotFound, NoPartyOfNetting, NettingVoid; then nothing is written.
    """
    with _as_it_stands(home, name) as (connection, known):
        _must_be_in(known, enterprise)
        if known.state is NettingState.VOID:
            raise NettingVoid(netting=known.netting.id, document=known.changed)
        if enterprise in known.consents:
            return known
        entry = Consent(enterprise, True, known.figures, given_by, reason, home.now())
        _write(connection, entry, by)
        said = known.consents | {enterprise: entry}
        state = NettingState.AGREED if all_consent(known.netting, said) else known.state
        tell(connection, enterprise, "NettingConsented", "netting", known.netting.id, *known.netting.parties)
        if state is NettingState.AGREED:
            tell(connection, enterprise, "NettingAgreed", "netting", known.netting.id, *known.netting.parties)
    return replace(known, consents=said, state=state)


def withdraw(
    home: Home, name: str, enterprise: str, given_by: str, reason: str = "", *, by: Acting = CONSOLE
) -> KnownNetting:  # fmt: skip
    """Write down that the enterprise takes its consent back, while somebody else has not consented yet.

    Raises NotFound, NoPartyOfNetting, NettingAgreed, ConsentNotGiven; then nothing is written.
    """
    with _as_it_stands(home, name) as (connection, known):
        _must_be_in(known, enterprise)
        if known.state is NettingState.AGREED:
            raise NettingAgreed(netting=known.netting.id)
        if enterprise not in known.consents:
            raise ConsentNotGiven(enterprise=enterprise, netting=known.netting.id)
        _write(connection, Consent(enterprise, False, known.figures, given_by, reason, home.now()), by)
        tell(connection, enterprise, "NettingWithdrawn", "netting", known.netting.id, *known.netting.parties)
    return replace(known, consents={other: entry for other, entry in known.consents.items() if other != enterprise})


@contextmanager
def _as_it_stands(home: Home, name: str) -> Iterator[tuple[Connection, KnownNetting]]:
    """A unit of work, in which nobody else changes the figures or the record, with the netting as it stands. Raises NotFound.

    Matching all documents takes its time, so it is done before the unit of work begins, for which every writer waits; within
    it is only seen that nothing was committed meanwhile. Where something always is, it is matched within, in the end.
    """
    for _ in range(TRIES):
        version = home.store.version()
        known = netting_named(nettings(home), name)
        with home.store.begin() as connection:
            if home.store.version() == version:
                yield connection, known
                return
    with home.store.begin() as connection:
        yield connection, netting_named(nettings(home), name)


def _write(connection: Connection, entry: Consent, by: Acting) -> None:
    """Add it to the record, and say whose doing it was. It is done for the enterprise, whoever wrote it down."""
    write(connection, entry)
    action = "netting.consent" if entry.consents else "netting.withdraw"
    asked = {"reason": entry.reason, "minor": entry.figures.netting.minor, "owed_minor": entry.figures.owed_minor}
    record(connection, replace(by, enterprise=entry.enterprise), action, entry.figures.netting.id, asked)


def _must_be_in(known: KnownNetting, enterprise: str) -> None:
    if enterprise not in known.netting.parties:
        raise NoPartyOfNetting(enterprise=enterprise, netting=known.netting.id)


def _proposed(home: Home) -> Iterator[tuple[str, Netting]]:
    """What the newest plan of each currency proposes."""
    newest = select(func.max(plans.c.id)).group_by(plans.c.currency)
    with home.store.read() as connection:
        numbers = sorted(connection.execute(newest).scalars())
    for number in numbers:
        made = load_plan(home, number)
        for netting in made.netting:
            yield made.currency, netting


class _Now:
    """What invoices owe now."""

    def __init__(self, home: Home, trade: Trade) -> None:
        self._home, self._trade = home, trade
        self._owed = {one.document: one.open_minor + one.netted_minor for one in trade.matching.receivables}
        self._inputs: dict[str, PlanningInput] = {}

    def known(self, currency: str, netting: Netting, said: dict[str, Consent]) -> KnownNetting:
        if all_consent(netting, said):
            return KnownNetting(next(iter(said.values())).figures, NettingState.AGREED, said)
        owed = {invoice.document: self._owed.get(invoice.document, 0) for invoice in netting.invoices}
        figures = Figures(currency, netting, owed)
        changed = self._changed(currency, netting)
        if changed is not None:
            return KnownNetting(figures, NettingState.VOID, {}, changed)
        counting = {enterprise: entry for enterprise, entry in said.items() if entry.figures == figures}
        return KnownNetting(figures, NettingState.PROPOSED, counting)

    def _changed(self, currency: str, netting: Netting) -> str | None:
        """An invoice of which by now less may be netted than the netting takes off."""
        if currency not in self._inputs:
            self._inputs[currency] = open_input(self._home, currency, self._trade)
        inputs = self._inputs[currency]
        groups = inputs.groups
        left = {(p.document, p.debtor, p.creditor): p.open_minor for p in inputs.payables if p.due >= inputs.today}
        taken: dict[str, int] = {}
        for invoice in netting.invoices:
            related = groups.get(invoice.debtor, invoice.debtor) == groups.get(invoice.creditor, invoice.creditor)
            taken[invoice.document] = taken.get(invoice.document, 0) + invoice.minor
            if related or taken[invoice.document] > left.get((invoice.document, invoice.debtor, invoice.creditor), 0):
                return invoice.document
        return None
