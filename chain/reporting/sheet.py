"""A sheet: what is reported as typed columns and rows, whichever file it becomes. Pure; it reads nothing.

Three writers make files of it: CSV for people and spreadsheets (`chain.reporting.sheet_csv`), Parquet for machines
(`chain.reporting.sheet_parquet`), PDF for paper (`chain.reporting.sheet_pdf`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from chain.language import translate


class Kind(StrEnum):
    """What a column holds. Any cell may be empty (None)."""

    TEXT = "text"
    """What somebody wrote, a name or an id."""
    KEY = "key"
    """A document's key; on paper its number stands for it."""
    CODE = "code"
    """A word of this product, such as a piece's state; people read it in their language."""
    KEYS = "keys"
    """Keys of several documents."""
    CODES = "codes"
    """Several words of this product, such as rules."""
    FLAG = "flag"
    """Yes or no."""
    INTEGER = "integer"
    MONEY = "money"
    """Integer minor units of the row's ``currency``."""
    DATE = "date"
    TIME = "time"
    """A moment, in UTC."""


#: Kinds that stand to the right in their column.
FIGURES = frozenset({Kind.INTEGER, Kind.MONEY})
#: The column that says what a row's money is of.
CURRENCY = "currency"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of every format; only its heading is told in the reader's language."""

    name: str
    """Its name for machines, which no language changes."""
    kind: Kind
    heading: str
    value: Callable[[Any], Any]
    """The cell of what a row is made of: text, bool, int, date, aware datetime, tuple of texts, or None."""
    unit: str | None = None
    printed: bool = False
    """Whether paper, which is narrow, has it."""
    totalled: bool = False
    """Whether its sum says something (money)."""
    words: Mapping[str, str] = field(default_factory=dict)
    """How people say a code, where it is not the code itself with spaces."""

    def heading_in(self, language: str) -> str:
        """The heading as a reader sees it."""
        heading = translate(self.heading, language)
        return heading[:1].upper() + heading[1:]

    def word(self, code: str, language: str) -> str:
        """A code as people say it."""
        return translate(self.words.get(code) or code.replace("_", " "), language)


@dataclass(frozen=True, slots=True)
class Moment:
    """When a sheet is of, by the ledger's clock."""

    block: int
    """The last block that counts; −1 before the first."""
    time: datetime | None
    """That block's time."""
    day: date
    """The day that maturities are counted from."""


@dataclass(frozen=True)
class Sheet:
    """One report. ``rows`` can be gone through once, and are tuples in the order of ``columns``."""

    name: str
    title: str
    reader: str
    """Name of the enterprise that may see exactly this."""
    moment: Moment
    columns: tuple[Column, ...]
    totals_by: tuple[str, ...]
    """Columns whose values each total is of; none where nothing is counted."""
    rows: Iterable[tuple[Any, ...]]

    def place(self, name: str) -> int:
        """Where the column of that name stands."""
        return next(at for at, column in enumerate(self.columns) if column.name == name)

    def file_stem(self, language: str) -> str:
        """Name of a file with it, without its suffix: ``Portfolio-2026-03-31-block-120``."""
        if self.moment.time is None:
            return translate(self.title, language)
        block = translate("block {block}", language).format(block=self.moment.block).replace(" ", "-")
        return f"{translate(self.title, language)}-{self.moment.day.isoformat()}-{block}"


def time_text(time: datetime) -> str:
    """RFC 3339, in UTC."""
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


class Digest:
    """A hash of the data alone, the same for every format and any version of their writers.

    SHA-256 over one line for each row, each ended by a newline: the cells as a JSON array without spaces, in UTF-8, days
    and times as ISO 8601 writes them (times in UTC, with ``Z``).
    """

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def seen(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
        """The rows, taken into account as they pass."""
        encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_plain).encode
        for row in rows:
            self._hash.update(encode(row).encode() + b"\n")
            yield row

    def text(self) -> str:
        """In hexadecimal, of the rows that have passed."""
        return self._hash.hexdigest()


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return time_text(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)
