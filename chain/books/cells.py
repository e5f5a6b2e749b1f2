"""Exposure as it is kept: a sum for every bank, issuer, currency, kind, tier and day of maturity, changed as events are folded.

A block's change is the difference between what the rows that it changed say after it and what they said before
(`chain.books.exposure` has the rules). A piece counts alone; in an obligation that somebody guarantees, the guarantors' shares
depend on all pieces, so these count together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from struct import Struct, pack
from typing import Any, NamedTuple

from msgspec import json
from sqlalchemy import Connection, delete, select, tuple_

from chain.books.fold import LIVE
from chain.books.unit_of_work import Key, Row, Rows, UnitOfWork, delete_rows
from chain.store.bulk import insert_rows, write_rows
from chain.store.tables import exposure_changes, exposures

WHOLE = 10_000
"""Basis points."""

COMMITTED, CONTINGENT, FUNDED = "committed", "contingent", "funded"

Book = tuple[int, int, str, str, int]
"""Bank (or guarantor), issuer, currency, kind, tier: what one row of ``exposures`` is about."""
Amounts = dict[tuple[Book, int], int]
"""(book, maturity day) → minor units; day 0 for what is committed."""

_WAITING = ("offered", "locked")
_PAIR = Struct("<qq")
_MOST_ROWS = 2_000
_changes = json.Decoder(list[tuple[int, int, str, str, int, int, int]])


class Cells:
    """What the open unit of work changes of exposure."""

    def __init__(self, books: UnitOfWork) -> None:
        self._books = books
        self._changes: list[tuple[int, str]] = []
        self._sums: Amounts = defaultdict(int)
        self._terms: dict[int, _Terms] = {}
        """Of lines that were looked at. Only who backs them changes."""

    def close_block(self) -> None:
        """Count what the open block changed; its rows still say what they were before it."""
        counted: Amounts = defaultdict(int)
        if self._books.backers.before:
            self._terms.clear()
        _count_pieces(self._books, counted, self._terms)
        _count_lines(self._books, counted)
        changes = []
        for cell, minor in counted.items():
            if minor:
                self._sums[cell] += minor
                changes.append((*cell[0], cell[1], minor))
        if changes:
            self._changes.append((self._books.block, json.encode(changes).decode()))

    def write(self) -> None:
        """Bring the changes, and the sums that they lead to, into the database."""
        insert_rows(self._books.connection, exposure_changes, self._changes)
        change_sums(self._books.connection, self._sums)
        self._changes, self._sums = [], defaultdict(int)


def undo_after(connection: Connection, block: int) -> None:
    """Take back the changes of all later blocks."""
    change_sums(connection, {cell: -minor for cell, minor in changes_after(connection, block).items()})
    connection.execute(delete(exposure_changes).where(exposure_changes.c.block_number > block))


def changes_after(connection: Connection, block: int, bank: int | None = None) -> Amounts:
    """What all later blocks changed together, of one bank or of every one."""
    found: Amounts = defaultdict(int)
    for text in connection.scalars(select(exposure_changes.c.changes).where(exposure_changes.c.block_number > block)):
        for party, issuer, currency, kind, tier, day, minor in _changes.decode(text):
            if bank in (None, party):
                found[(party, issuer, currency, kind, tier), day] += minor
    return found


def change_sums(connection: Connection, changes: Mapping[tuple[Book, int], int]) -> None:
    """Add to the sums that are kept; a row in which nothing is left is deleted."""
    by_book: dict[Book, dict[int, int]] = defaultdict(dict)
    for (book, day), minor in changes.items():
        if minor:
            by_book[book][day] = minor
    books = list(by_book)
    kept: list[tuple[Any, ...]] = []
    gone: list[Key] = []
    for start in range(0, len(books), _MOST_ROWS):
        part = books[start : start + _MOST_ROWS]
        stored = _stored(connection, part)
        for book in part:
            sums = stored.get(book, {})
            for day, minor in by_book[book].items():
                sums[day] = sums.get(day, 0) + minor
            pairs = [number for day, minor in sorted(sums.items()) if minor for number in (day, minor)]
            if pairs:
                kept.append((*book, pack(f"<{len(pairs)}q", *pairs)))
            else:
                gone.append(book)
    write_rows(connection, exposures, kept)
    delete_rows(connection, exposures, gone)


def _stored(connection: Connection, books: list[Book]) -> dict[Book, dict[int, int]]:
    place = tuple_(*exposures.primary_key.columns)
    rows = connection.execute(select(exposures).where(place.in_(books)))
    return {tuple(book): dict(_PAIR.iter_unpack(packed)) for *book, packed in rows}


# --- what rows say of exposure ---------------------------------------------------------------------------------------


class _Terms(NamedTuple):
    """What all pieces under a line have in common."""

    issuer: int
    currency: str
    lead: int
    backers: list[tuple[int, int]]
    """(bank, basis points) of those who back a part of the line."""


class Share(NamedTuple):
    """What one piece adds to one book."""

    piece: Key
    book: Book
    maturity_day: int
    minor: int


def shares_now(books: UnitOfWork, obligation: int) -> Iterator[Share]:
    """What each piece of an obligation adds to whose exposure, now."""
    if books.guarantees.of(obligation):
        yield from _guaranteed_shares(books, obligation, _now)
    else:
        owed = books.obligations[obligation]
        terms = _terms(books, owed["line"])
        for key in books.pieces.of(obligation):
            row = books.pieces[key]
            for book, part in _shared(*_standing(books, books.banks, row), row["tier"], terms):
                yield Share(key, book, owed["maturity_day"], part)


def _count_pieces(books: UnitOfWork, counted: Amounts, known: dict[int, _Terms]) -> None:
    changed, now, banks = books.pieces.before, books.pieces.find, books.banks
    concerned = {key[0] for key in changed} | {key[0] for key in books.guarantees.before}
    books.guarantees.read_groups(concerned)
    guaranteed = {obligation for obligation in concerned if books.guarantees.any_of(obligation)}
    for key, before in changed.items():
        if key[0] in guaranteed:
            continue
        row = now(key)
        was, is_now = _standing(books, banks, before), _standing(books, banks, row)
        if was == is_now:  # most acts of consent change nothing of this
            continue
        owed = books.obligations[key[0]]
        terms = known.get(owed["line"])
        if terms is None:
            terms = known[owed["line"]] = _terms(books, owed["line"])
        tier, day = (before or books.pieces[key])["tier"], owed["maturity_day"]
        if was[0]:
            for book, part in _shared(*was, tier, terms):
                counted[book, day] -= part
        if is_now[0]:
            for book, part in _shared(*is_now, tier, terms):
                counted[book, day] += part
    for obligation in guaranteed:
        for look, sign in ((_before, -1), (_now, 1)):
            for _, book, day, minor in _guaranteed_shares(books, obligation, look):
                counted[book, day] += sign * minor


def _standing(books: UnitOfWork, banks: set[int], row: Row | None) -> tuple[int, int | None]:
    """How much of a piece that nobody guarantees is live, and the bank that funds it; None: no bank."""
    if row is None or not row["amount_minor"] or row["state"] not in LIVE:
        return 0, None
    holder = row["owner"] if row["state"] not in _WAITING else _holder(books, row)[0]
    return row["amount_minor"], holder if holder in banks else None


def _shared(minor: int, funder: int | None, tier: int, terms: _Terms) -> list[tuple[Book, int]]:
    """An amount of a piece that is funded by who holds it, or contingent for those who back the line."""
    if funder is not None:
        return [((funder, terms.issuer, terms.currency, FUNDED, tier), minor)]
    if not terms.backers:
        return [((terms.lead, terms.issuer, terms.currency, CONTINGENT, tier), minor)]
    return [
        ((bank, terms.issuer, terms.currency, CONTINGENT, tier), part)
        for bank, part in _split(minor, terms.lead, terms.backers)
    ]


def _guaranteed_shares(
    books: UnitOfWork, obligation: int, look: Callable[[Rows, Key], Row | None]
) -> Iterator[Share]:  # fmt: skip
    """Those of all pieces of an obligation, of which guarantors carry their shares, as far as they have not paid them."""
    owed = books.obligations[obligation]
    terms = _terms(books, owed["line"])
    found = [row for key in books.guarantees.of(obligation) if (row := look(books.guarantees, key)) is not None]
    guarantors = {row["guarantor"] for row in found}
    live: list[tuple[Row, int, bool]] = []
    for key in books.pieces.of(obligation):
        row = look(books.pieces, key)
        if row is not None and row["amount_minor"] and row["state"] in LIVE:
            holder, of_payment = _holder(books, row)
            # The claim of a guarantor that paid is its own: no other guarantor covers it.
            live.append((row, holder, of_payment and holder in guarantors))
    whole = sum(row["amount_minor"] for row, _, is_claim in live if not is_claim)
    face = owed["face_minor"]
    carried = [
        (row["guarantor"], min(whole * row["basis_points"] // WHOLE, face * row["basis_points"] // WHOLE - row["paid_minor"]))
        for row in found
    ]  # fmt: skip
    for row, holder, is_claim in live:
        is_bank = holder in books.banks
        key, rest = (row["obligation"], row["index"]), row["amount_minor"]
        for guarantor, part in () if is_claim else carried:
            if not (is_bank and guarantor == holder):
                share = row["amount_minor"] * part // whole
                rest -= share
                book = (guarantor, terms.issuer, terms.currency, CONTINGENT, row["tier"])
                yield Share(key, book, owed["maturity_day"], share)
        for book, part in _shared(rest, holder if is_bank or is_claim else None, row["tier"], terms):
            yield Share(key, book, owed["maturity_day"], part)


def _count_lines(books: UnitOfWork, counted: Amounts) -> None:
    for line, before in books.lines.before.items():
        for row, look, sign in ((before, _before, -1), (books.lines.find(line), _now, 1)):
            if row is not None:
                unused = max(0, row["limit_minor"] - row["used_minor"])
                backers = (look(books.backers, key) for key in books.backers.of(line))
                others = [(one["bank"], one["basis_points"]) for one in backers if one is not None]
                for bank, minor in _split(unused, row["bank"], others):
                    counted[(bank, row["issuer"], row["currency"], COMMITTED, 0), 0] += sign * minor


def _split(minor: int, lead: int, others: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """(party, its part), the others' rounded down, and first the lead's, which is the rest."""
    if not others:
        return [(lead, minor)]
    parts = [(party, minor * basis_points // WHOLE) for party, basis_points in others]
    return [(lead, minor - sum(part for _, part in parts)), *parts]


def _terms(books: UnitOfWork, line: int) -> _Terms:
    row = books.lines[line]
    backers = (books.backers[key] for key in books.backers.of(line))
    return _Terms(
        row["issuer"], row["currency"], row["bank"], [(one["bank"], one["basis_points"]) for one in backers]
    )  # fmt: skip


def _holder(books: UnitOfWork, row: Row) -> tuple[int, bool]:
    """Who has a piece, or still has it until its new owner consents or pays (0: an issuer's open offer); and whether that
    came about by a payment."""
    if row["state"] not in _WAITING:
        return row["owner"], row["payment"]
    if not row["parent"]:
        return 0, False
    giver = books.pieces[row["obligation"], row["parent"]]
    return giver["owner"], giver["payment"]


def _now(rows: Rows, key: Key) -> Row | None:
    return rows.find(key)


def _before(rows: Rows, key: Key) -> Row | None:
    return rows.before[key] if key in rows.before else rows.find(key)
