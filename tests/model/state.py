"""The model's dictionaries: table → key → row, changed by one action as a whole or not at all.

An action is not refused by the first rule that it breaks: all that it breaks are collected. So the model says nothing
about the order in which the contracts ask, and the name that a contract gives must be among them.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from tests.model.words import TABLES, Row

Key = tuple[int, ...]
DAY = 86_400
HOUR = 3_600
WORD16 = 0xFFFF

EMPTY: dict[str, Row] = {name: table.layout.empty() for name, table in TABLES.items()}

OFFERED, HELD, LOCKED, REDEEMED, REJECTED, EXPIRED, VOIDED, WRITTEN_OFF = 1, 2, 3, 5, 6, 7, 8, 9
LIVE_STATES = (OFFERED, HELD, LOCKED)
FINANCED, MARKED, PAYMENT, COURT_SERVED = 1, 2, 4, 8
DOCUMENT_CANCELLED = 2
DISPUTE, RETURNED, COURT, BY_PAYER, BY_OWNER = 1, 2, 4, 8, 16
OVERDUE, WHOLE_MARKED, RECOURSE, ATTESTED_ONLY, HAS_LOSS = 1, 2, 4, 8, 16
CORE, SUPPLIER, BANK, KEEPER, GUARANTOR, REGULATOR, OPERATOR, ATTESTOR = (1 << place for place in range(8))
STOPPED = 1 << 15


class Refused(Exception):
    """Nothing more can be said of an action: what it names does not exist."""


@dataclass(frozen=True)
class Signed:
    """What somebody signed: ``key`` is who it is said to be of, ``signer`` whose private key made it."""

    key: int
    signer: int
    type_name: str
    fields: tuple[Any, ...]

    def is_over(self, type_name: str, fields: tuple[Any, ...]) -> bool:
        return self.key == self.signer and self.type_name == type_name and self.fields == fields


def named(piece: int, row: Row, maturity: int) -> int:
    """A piece as an order names it: with its parent, its evidence and its day of maturity."""
    return piece | row["parent"] << 80 | row["evidence"] << 96 | maturity << 136


def obligation_of(piece: int) -> int:
    return piece >> 16


def issuer_of(piece: int) -> int:
    return piece >> 48


def start_of(day: int, offset: int) -> int:
    """The unix second at which a local day begins; offsets are quarter hours."""
    return day * DAY - offset * 900


class State:
    """Rows, and one action's changes to them."""

    def __init__(self, now: int, registrar: int) -> None:
        self.now = now
        self.registrar = registrar
        self.tables: dict[str, dict[Key, Row]] = {name: {} for name in TABLES}
        self.broken: set[str] = set()
        self.touched: set[tuple[str, Key]] = set()
        self._before: list[tuple[str, Key, Row | None]] = []

    # --- rows

    def row(self, table: str, *key: int) -> Row:
        """To be read only; a row of zeros where there is none."""
        return self.tables[table].get(key) or EMPTY[table]

    def put(self, table: str, *key: int, **fields: int) -> None:
        """Change fields of a row, or begin one."""
        rows = self.tables[table]
        former = rows.get(key)
        self._before.append((table, key, former))
        self.touched.add((table, key))
        rows[key] = {**(former or EMPTY[table]), **fields}

    def clear(self, table: str, *key: int) -> None:
        self.put(table, *key, **EMPTY[table])

    def add(self, table: str, *key: int, **amounts: int) -> None:
        """Raise fields of a row by amounts, or lower them by negative ones."""
        row = self.row(table, *key)
        self.put(table, *key, **{name: row[name] + amount for name, amount in amounts.items()})

    # --- an action

    def perform(self, sender: int, function: str, arguments: tuple[Any, ...]) -> tuple[set[str], Any]:
        """What the action breaks, and what it returns. Nothing has changed if it breaks anything."""
        self.broken, self.touched, self._before = set(), set(), []
        answer = None
        with suppress(Refused):
            answer = getattr(self, function)(sender, *arguments)
        if self.broken:
            for table, key, former in reversed(self._before):
                if former is None:
                    del self.tables[table][key]
                else:
                    self.tables[table][key] = former
        return self.broken, answer

    def need(self, holds: bool, rule: str) -> bool:
        if not holds:
            self.broken.add(rule)
        return holds

    def must(self, holds: bool, rule: str) -> None:
        if not holds:
            self.broken.add(rule)
            raise Refused

    # --- days

    def today(self, offset: int = 0) -> int:
        return (self.now + offset * 900) // DAY
