"""A sheet as CSV (RFC 4180), for people's spreadsheets: UTF-8 with a byte order mark, without which Excel reads no Chinese.

Headings and words are in the reader's language. Each amount stands twice, as integer minor units, which nothing rounds,
and as a plain decimal, which a spreadsheet adds up. No text is read by a spreadsheet as anything but text.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, BinaryIO

from chain.language import translate
from chain.money import Money
from chain.reporting.sheet import CURRENCY, Column, Kind, Sheet, time_text

#: What a spreadsheet takes for a formula, also in the wide letters of Chinese keyboards.
_FORMULA = r"\s*[=+\-@＝＋－＠\t\r\n]"
#: What it takes for a number or a day and writes differently: leading zeros, more digits than it keeps, an id such as 7.10.
_NUMBER = r"(?:0[0-9]+|[0-9]{16,}|[0-9]+(?:[.,/:-][0-9]+){1,2}|[0-9]+(?:\.[0-9]+)?[eE][0-9]+)$"
_MISREAD = re.compile(rf"'*(?:{_FORMULA}|{_NUMBER})")
BYTE_ORDER_MARK = "\ufeff"
#: Between the texts of one cell.
BETWEEN = "; "


def write_csv(sheet: Sheet, language: str, out: BinaryIO) -> None:
    """Write row by row; nothing is kept."""
    text = io.TextIOWrapper(out, encoding="utf-8", newline="")
    text.write(BYTE_ORDER_MARK)
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([heading for column in sheet.columns for heading in _headings(column, language)])
    at = sheet.place(CURRENCY) if any(column.kind is Kind.MONEY for column in sheet.columns) else None
    for row in sheet.rows:
        currency = None if at is None else row[at]
        writer.writerow([
            cell
            for column, value in zip(sheet.columns, row, strict=True)
            for cell in _cells(column, value, currency, language)
        ])  # fmt: skip
    text.flush()
    text.detach()


def guarded(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would take it for a formula, a number or a day.

    Who reads it back takes one apostrophe off what this would put one before (`unguarded`).
    """
    return f"'{text}" if _MISREAD.match(text) else text


def unguarded(cell: str) -> str:
    """The text that was guarded."""
    return cell[1:] if cell.startswith("'") and _MISREAD.match(cell) else cell


def _headings(column: Column, language: str) -> Iterator[str]:
    heading = column.heading_in(language)
    if column.kind is Kind.MONEY:
        yield translate("{heading} (minor units)", language).format(heading=heading)
    yield heading


def _cells(column: Column, value: Any, currency: str | None, language: str) -> Iterator[str]:
    kind = column.kind
    if value is None:
        yield ""
        if kind is Kind.MONEY:
            yield ""
    elif kind is Kind.MONEY:
        assert currency is not None
        yield str(value)
        yield f"{Money(value, currency).decimal:f}"
    elif kind in (Kind.TEXT, Kind.KEY):
        yield guarded(value)
    elif kind is Kind.KEYS:
        yield guarded(BETWEEN.join(value))
    elif kind is Kind.CODES:
        yield BETWEEN.join(column.word(code, language) for code in value)
    elif kind is Kind.CODE:
        yield column.word(value, language)
    elif kind is Kind.FLAG:
        yield translate("yes" if value else "no", language)
    else:
        yield _plain(value)


def _plain(value: int | date | datetime) -> str:
    if isinstance(value, datetime):
        return time_text(value)
    return value.isoformat() if isinstance(value, date) else str(value)
