"""The record of consents to nettings: who gave one, when, and to which figures. `chain.commands.netting` has the rules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, insert, select

from chain.commands.workspace import Home
from chain.planning.model import Netting
from chain.planning.netting import consented
from chain.store.tables import netting_consents


@dataclass(frozen=True, slots=True)
class Figures:
    """What is consented to: the netting, and what each of its invoices still owed by the documents, before any netting."""

    currency: str
    netting: Netting
    owed_minor: dict[str, int]
    """Invoice → minor units."""


@dataclass(frozen=True, slots=True)
class Consent:
    """One entry of the record."""

    enterprise: str
    consents: bool
    """False: it takes its consent back."""
    figures: Figures
    given_by: str
    """Who had it written down: the enterprise itself, or the operator."""
    reason: str
    """What it rests on, where the operator wrote it down."""
    given_at: int
    """The ledger's clock, unix seconds."""


_FIGURES = TypeAdapter(Figures)


def consents(home: Home) -> list[Consent]:
    """The whole record, in its order."""
    with home.store.read() as connection:
        rows = connection.execute(select(netting_consents).order_by(netting_consents.c.id)).all()
    return [
        Consent(
            row.enterprise, row.consents, _FIGURES.validate_python(row.body), row.given_by, row.reason, row.given_at
        )
        for row in rows
    ]  # fmt: skip


def write(connection: Connection, entry: Consent) -> None:
    """Add an entry."""
    body: dict[str, Any] = _FIGURES.dump_python(entry.figures, mode="json")
    connection.execute(
        insert(netting_consents).values(
            netting=entry.figures.netting.id, enterprise=entry.enterprise, consents=entry.consents,
            given_by=entry.given_by, reason=entry.reason, given_at=entry.given_at, body=body,
        )
    )  # fmt: skip


def last_of_each(record: Iterable[Consent]) -> dict[str, dict[str, Consent]]:
    """Netting → enterprise → what it said last, where that is a consent."""
    found: dict[str, dict[str, Consent]] = {}
    for entry in record:
        said = found.setdefault(entry.figures.netting.id, {})
        said[entry.enterprise] = entry
    return {
        name: {enterprise: entry for enterprise, entry in said.items() if entry.consents}
        for name, said in found.items()
    }


def all_consent(netting: Netting, said: dict[str, Consent]) -> bool:
    """Whether everybody in the circle consents, and to the same figures."""
    if said.keys() != set(netting.parties):
        return False
    first, *others = said.values()
    return all(other.figures == first.figures for other in others)


def netted_minor(home: Home) -> dict[str, int]:
    """Invoice → what is cancelled of it by nettings to which everybody consented."""
    agreed = []
    for said in last_of_each(consents(home)).values():
        netting = next((entry.figures.netting for entry in said.values()), None)
        if netting is not None and all_consent(netting, said):
            agreed.append(netting)
    return consented(agreed)
