"""Tables: the rows of a CSV file or of a sheet of an XLSX workbook, each with its line. Cells are text; nothing in them
is ever evaluated.

Specifications: RFC 4180 with any delimiter and encoding (csv of the standard library, strict); ECMA-376 part 1,
SpreadsheetML (python-calamine). A formula in a workbook counts as the value that was stored with it.
"""

from __future__ import annotations

import csv
import io
import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from lxml import etree
from python_calamine import CalamineError, CalamineWorkbook

from chain.documents import safe_xml
from chain.documents.mapping import TableMapping
from chain.documents.rules import (
    ColumnAmbiguous,
    ColumnMissing,
    EncodingBroken,
    SheetMissing,
    SheetNotNamed,
    TableMalformed,
)
from chain.money import PLAIN_DECIMAL

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
WORKBOOK, RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"

#: A sheet may claim to reach from A1 to XFD1048576 with two cells; the reader would make room for all between.
MOST_CELLS = 8_000_000

#: As many as a sheet of a workbook has, at most; a file of line ends alone would have millions.
MOST_ROWS = 1_048_576

NEWLINE = b"\n"

CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")

#: A spreadsheet would take a cell that begins so for a formula.
FORMULA_MARKS = ("=", "+", "-", "@")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its line in the file (from 1), its cells, and which of them (by position) are formulas of a workbook."""

    line: int
    cells: tuple[str, ...]
    formulas: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Table:
    """The columns by name, and the rows below them. ``rows`` is read as it is asked for, and may raise TableMalformed."""

    columns: Mapping[str, int]
    width: int
    rows: Iterator[Row]

    @classmethod
    def of(cls, rows: Iterable[Row], header_line: int, needed: Iterable[str]) -> Table:
        """The columns are those of ``header_line``. Raises ColumnMissing or ColumnAmbiguous when one of the columns that
        are needed is not there, or twice."""
        lines = iter(rows)
        header = next((row for row in lines if row.line >= header_line), Row(header_line, ()))
        names = [name.strip() for name in header.cells]
        times = Counter(names)
        for column in dict.fromkeys(needed):
            if (count := times[column]) != 1:
                found = ", ".join(f"'{name[:40]}'" for name in names[:12])
                missing = (
                    ColumnAmbiguous(column=column, count=count) if count else ColumnMissing(column=column, found=found)
                )
                missing.place = f"line {header.line}"
                raise missing
        return cls({name: place for place, name in enumerate(names)}, len(names), lines)


def is_formula(text: str) -> bool:
    """Whether a spreadsheet would evaluate the text; a number with its sign is none."""
    return text.startswith(FORMULA_MARKS) and text != "-" and not PLAIN_DECIMAL.fullmatch(text.replace(",", ""))


# ------------------------------------------------------------------------------------------------------------------ CSV


def csv_rows(content: bytes, mapping: TableMapping) -> Iterator[Row]:
    """The rows of a CSV file that are not blank. Raises EncodingBroken, TableMalformed with the line."""
    try:
        text = content.decode(mapping.encoding).removeprefix("\ufeff")  # how spreadsheets mark their UTF-8
    except UnicodeDecodeError as error:
        broken = EncodingBroken(
            encoding=mapping.encoding, reason="at byte {byte} stands no character of that encoding", byte=error.start
        )
        broken.place = f"line {content.count(NEWLINE, 0, error.start) + 1}"
        raise broken from error
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mapping.delimiter, strict=True)
    line = 1
    try:
        for number, cells in enumerate(reader):
            if number == MOST_ROWS:
                raise TableMalformed(reason="it has more than {most} rows", most=MOST_ROWS)
            if any(cells):
                yield Row(line, tuple(cells))
            line = reader.line_num + 1
    except csv.Error as error:
        too_long = "limit" in str(error)
        malformed = TableMalformed(
            reason="a cell is too long" if too_long else "a quote is not closed where its cell ends"
        )
        malformed.place = f"line {line}"
        raise malformed from error


# ----------------------------------------------------------------------------------------------------------------- XLSX


def sheet_rows(content: bytes, files: Mapping[str, bytes], mapping: TableMapping) -> Iterator[Row]:
    """The rows of the mapping's sheet, or of the only one, that are not blank. ``files``: the XML parts of the workbook,
    already bounded in size. Raises SheetMissing, SheetNotNamed, TableMalformed."""
    for name, part in files.items():
        if name.startswith("xl/worksheets/"):
            _hold_size(name, part)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = workbook.sheet_names
        sheets = ", ".join(f"'{name[:40]}'" for name in names[:12])
        if mapping.sheet is None and len(names) > 1:
            raise SheetNotNamed(sheets=sheets)
        wanted = mapping.sheet or next(iter(names), "")
        if wanted not in names:
            raise SheetMissing(sheet=wanted, sheets=sheets)
        formulas = _formulas(files, wanted)
        for line, cells in enumerate(workbook.get_sheet_by_name(wanted).to_python(skip_empty_area=False), start=1):
            row = tuple(map(_text, cells))
            if any(row):
                yield Row(line, row, formulas.get(line, frozenset()))
    except (CalamineError, OSError, ValueError) as error:
        raise TableMalformed(reason=str(error)[:120]) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # of Rust, and no Exception: a day before the world began
            raise
        raise TableMalformed(reason=str(error)[:120]) from error


def _text(cell: object) -> str:
    """A cell as text. Numbers are stored in binary, and shown with at most 15 digits; so are they read."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return f"{cell:.15g}" if abs(cell) < 1e15 else f"{cell:.0f}"
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == datetime.min.time() else cell.isoformat()
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _hold_size(name: str, part: bytes) -> None:
    """Rows times columns that the cells reach, before anything makes room for them."""
    rows = columns = 1
    for element in safe_xml.parse(part).iter(f"{SHEET}c", f"{SHEET}dimension"):
        for column, row in CELL.findall(element.get("r") or element.get("ref") or ""):
            rows, columns = max(rows, int(row)), max(columns, _position(column) + 1)
    if rows * columns > MOST_CELLS:
        raise TableMalformed(reason="{name} reaches over {cells} cells", name=name[:80], cells=rows * columns)


def _formulas(files: Mapping[str, bytes], sheet: str) -> dict[int, frozenset[int]]:
    """By line, the positions of cells with a formula."""
    found: dict[int, set[int]] = {}
    part = _part(files, sheet)
    if part is None:
        return {}
    for cell in safe_xml.parse(part).iter(f"{SHEET}c"):
        if cell.find(f"{SHEET}f") is not None and (place := CELL.fullmatch(cell.get("r", ""))):
            found.setdefault(int(place[2]), set()).add(_position(place[1]))
    return {line: frozenset(positions) for line, positions in found.items()}


def _part(files: Mapping[str, bytes], sheet: str) -> bytes | None:
    """The part that a sheet's name means."""
    if WORKBOOK not in files or RELATIONS not in files:
        return None
    targets = {one.get("Id"): one.get("Target", "") for one in safe_xml.parse(files[RELATIONS]).iter(etree.Element)}
    for one in safe_xml.parse(files[WORKBOOK]).iter(f"{SHEET}sheet"):
        if one.get("name") == sheet:
            return files.get(posixpath.normpath(posixpath.join("/xl", targets.get(one.get(RELATION), ""))).lstrip("/"))
    return None


def _position(letters: str) -> int:
    """``A`` is 0, ``AA`` is 26."""
    position = 0
    for letter in letters:
        position = position * 26 + ord(letter) - 64
    return position - 1
