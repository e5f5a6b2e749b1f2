"""A sheet on paper: A4 across, headings on every page, totals, and what it is of, so that a page in a file tells it all.

Latin letters are drawn in the fonts that every reader of PDF has; Chinese in STSong-Light, one of the fonts of Adobe's
Asian pack (ISO 32000, 9.7.5.2), which readers put their own Chinese font in the place of: nothing of it is in the file.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC
from functools import lru_cache
from html import escape
from itertools import islice
from typing import Any, BinaryIO
from unicodedata import normalize

from babel.numbers import format_decimal
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import getFont, registerFont, stringWidth
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, LongTable, PageTemplate, Paragraph, Spacer, TableStyle

from chain.language import translate
from chain.money import UNNAMED, Money, exponent
from chain.reporting.sheet import CURRENCY, FIGURES, Column, Digest, Kind, Sheet, time_text

#: Nobody reads more on paper; the other formats have all.
MOST_ROWS = 500
#: So many lines of a cell are printed at most, so that a row always fits on a page.
MOST_LINES = 6
#: More letters than these lines hold, however narrow they are; and more than one line does.
MOST_LETTERS = 3_000
LONG = 400

MARGIN = 36
SIZE = 7
LEADING = 8.6
PADDING = 4
INK, FAINT, SHADE = HexColor("#1c2430"), HexColor("#c9ced6"), HexColor("#eef1f5")

PLAIN, BOLD, EXTENDED, CHINESE = "Helvetica", "Helvetica-Bold", "Vera", "STSong-Light"
#: Letters of Europe that the first has not got, then all that it has not got either.
_RUNS = re.compile(
    "(?P<Vera>[\u0100-\u017f]+)|(?P<STSong>[^\u0000-\u017f\u2013\u2014\u2018\u2019\u201c\u201d\u2026\u20ac]+)"
)

#: What a heading is broken into where its column is narrow: words, and a few Chinese letters.
_PARTS = re.compile(r"[^\s\u2e80-\uffff]+|[\u2e80-\uffff]{1,4}")
#: So much wider are bold letters.
BOLDER = 1.12
#: Columns whose cells may go on on a next line.
BREAKABLE = frozenset({Kind.TEXT, Kind.KEY, Kind.KEYS, Kind.CODE, Kind.CODES})

registerFont(UnicodeCIDFont(CHINESE))
registerFont(TTFont(EXTENDED, "Vera.ttf"))

BODY = ParagraphStyle("body", fontName=PLAIN, fontSize=SIZE, leading=LEADING, textColor=INK)
HEADING = ParagraphStyle("heading", BODY, fontName=BOLD)
HEADING_RIGHT = ParagraphStyle("heading right", HEADING, alignment=TA_RIGHT)
SAID = ParagraphStyle("said", BODY, fontSize=9, leading=12)
TITLE = ParagraphStyle("title", BODY, fontName=BOLD, fontSize=15, leading=20)
PAPER = landscape(A4)
WIDTH = PAPER[0] - 2 * MARGIN


def write_pdf(sheet: Sheet, language: str, out: BinaryIO) -> None:
    """Print the first `MOST_ROWS` rows, totals over all of them, and a hash of all data. The same data prints the same."""
    digest, totals = Digest(), _Totals(sheet)
    rows = totals.counted(digest.seen(sheet.rows))
    printed = list(islice(rows, MOST_ROWS))
    for _ in rows:
        pass
    foot = translate("SHA-256 of the data: {sha256}", language).format(sha256=digest.text())
    title = translate(sheet.title, language)
    document = BaseDocTemplate(
        out, pagesize=PAPER,
        title=title, author="Pearlchain", subject=_as_of(sheet, language), creator="Pearlchain", lang=language, invariant=1,
    )  # fmt: skip
    frame = Frame(MARGIN, MARGIN + 8, WIDTH, PAPER[1] - 2 * MARGIN - 8, 0, 0, 0, 0)
    document.addPageTemplates(PageTemplate(frames=[frame]))
    story = [*_head(sheet, language, title, totals.rows, len(printed)), *totals.table(language)]
    if printed:
        story.append(_table(sheet, language, printed))
    document.build(story, canvasmaker=_numbered(foot, f"{title} · {_drawable(sheet.reader)}", language))


def _head(sheet: Sheet, language: str, title: str, rows: int, printed: int) -> Iterator[Flowable]:
    yield Paragraph(_marked(title), TITLE)
    yield Paragraph(_marked(f"{_drawable(sheet.reader)} · {_as_of(sheet, language)}"), SAID)
    if not rows:
        yield Paragraph(_marked(translate("nothing to report", language)), SAID)
    elif printed < rows:
        sentence = translate(
            "the first {printed} of {rows} rows are printed, the totals are of all; the CSV and Parquet files of this report "
            "hold every row", language,
        )  # fmt: skip
        yield Paragraph(_marked(sentence.format(printed=_number(printed), rows=_number(rows))), SAID)
    yield Spacer(1, 6)


def _as_of(sheet: Sheet, language: str) -> str:
    if sheet.moment.time is None:
        return translate("before the ledger's first block", language)
    sentence = translate("as of {day}: block {block}, {time} by the ledger's clock", language)
    moment = sheet.moment
    return sentence.format(day=moment.day.isoformat(), block=moment.block, time=time_text(sheet.moment.time))


class _Totals:
    """How many rows, and what their money adds up to, for each set of values of the columns that totals are by."""

    def __init__(self, sheet: Sheet) -> None:
        self.rows = 0
        self._sheet = sheet
        self._by = [sheet.place(name) for name in sheet.totals_by]
        self._summed = [at for at, column in enumerate(sheet.columns) if column.totalled]
        self._sums: dict[tuple[Any, ...], list[int | None]] = defaultdict(lambda: [None] * len(self._summed))
        self._counts: dict[tuple[Any, ...], int] = defaultdict(int)

    def counted(self, rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
        """The rows, added up as they pass."""
        for row in rows:
            self.rows += 1
            of = tuple(row[at] for at in self._by)
            self._counts[of] += 1
            sums = self._sums[of]
            for place, at in enumerate(self._summed):
                if row[at] is not None:
                    sums[place] = (sums[place] or 0) + row[at]
            yield row

    def table(self, language: str) -> Iterator[Flowable]:
        """One line for each; an amount that no row has is left empty."""
        if not self._by or not self.rows:
            return
        columns = [self._sheet.columns[at] for at in (*self._by, *self._summed)]
        heads = [_heading(column, language) for column in columns]
        heads.insert(len(self._by), Paragraph(_marked(translate("Rows", language)), HEADING_RIGHT))
        lines: list[list[Any]] = [heads]
        for of, count in sorted(self._counts.items(), key=lambda one: tuple(str(value) for value in one[0])):
            currency = next((v for c, v in zip(columns, of, strict=False) if c.name == CURRENCY), None)
            named = [_cell(_said(c, value, None, language), 90) for c, value in zip(columns, of, strict=False)]
            sums = [_money(minor, currency) for minor in self._sums[of]]
            lines.append([*named, _number(count), *sums])
        widths = [*(90 for _ in self._by), 50, *(110 for _ in self._summed)]
        right = range(len(self._by), len(widths))
        yield LongTable(lines, widths, style=_style(right), repeatRows=1, hAlign="LEFT")
        yield Spacer(1, 10)


def _table(sheet: Sheet, language: str, rows: list[tuple[Any, ...]]) -> Flowable:
    """Some rows under their headings."""
    places = [at for at, column in enumerate(sheet.columns) if column.printed]
    columns = [sheet.columns[at] for at in places]
    money = any(column.kind is Kind.MONEY for column in columns)
    currency_at = sheet.place(CURRENCY) if money else None
    said = [
        [
            _said(column, row[at], None if currency_at is None else row[currency_at], language)
            for at, column in zip(places, columns, strict=True)
        ]
        for row in rows
    ]
    widths = _widths(columns, said, language)
    lines: list[list[Any]] = [[_heading(column, language) for column in columns]]
    lines += [[_cell(text, width) for text, width in zip(line, widths, strict=True)] for line in said]
    right = [at for at, column in enumerate(columns) if column.kind in FIGURES]
    return LongTable(lines, widths, style=_style(right), repeatRows=1)


def _style(right: Any) -> TableStyle:
    return TableStyle(
        [
            ("FONT", (0, 0), (-1, -1), PLAIN, SIZE, LEADING), ("TEXTCOLOR", (0, 0), (-1, -1), INK),
            ("VALIGN", (0, 0), (-1, 0), "BOTTOM"), ("VALIGN", (0, 1), (-1, -1), "TOP"),
            ("BACKGROUND", (0, 0), (-1, 0), SHADE), ("LINEBELOW", (0, 0), (-1, -1), 0.4, FAINT),
            ("LEFTPADDING", (0, 0), (-1, -1), PADDING), ("RIGHTPADDING", (0, 0), (-1, -1), PADDING),
            ("TOPPADDING", (0, 0), (-1, -1), 2), ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
            *(("ALIGN", (at, 0), (at, -1), "RIGHT") for at in right),
        ]
    )  # fmt: skip


def _heading(column: Column, language: str) -> Flowable:
    return Paragraph(_marked(column.heading_in(language)), HEADING_RIGHT if column.kind in FIGURES else HEADING)


def _widths(columns: list[Column], said: list[list[str]], language: str) -> list[float]:
    """Of a page's width, figures and days get what they need, so that none is broken; texts share the rest, short ones first."""
    needed = []
    for at, column in enumerate(columns):
        words = [_length(part) * BOLDER for part in _PARTS.findall(column.heading_in(language))]
        heading = max(*words, sum(words) / 2)
        needed.append(2 * PADDING + max(heading, *(_length(line[at]) for line in said)))
    widths = list(needed)
    left = WIDTH - sum(needed[at] for at, column in enumerate(columns) if column.kind not in BREAKABLE)
    breakable = sorted((at for at, column in enumerate(columns) if column.kind in BREAKABLE), key=lambda at: needed[at])
    for place, at in enumerate(breakable):
        widths[at] = min(needed[at], left / (len(breakable) - place))
        left -= widths[at]
    return [width + left / len(columns) for width in widths]


def _length(text: str) -> float:
    return sum(map(_width, text[:LONG]))


def _cell(text: str, width: float) -> str | Flowable:
    """Text that does not fit on one line is broken, and cut where it is very long."""
    room = width - 2 * PADDING
    if _RUNS.search(text) is None and "\n" not in text and stringWidth(text, PLAIN, SIZE) <= room + 0.1:
        return text
    return Paragraph(_marked(_cut(text, room * MOST_LINES)), BODY)


def _said(column: Column, value: Any, currency: str | None, language: str) -> str:
    """A cell as people read it."""
    if value is None:
        return ""
    match column.kind:
        case Kind.MONEY:
            return _money(value, currency)
        case Kind.CODE:
            return column.word(value, language)
        case Kind.CODES:
            return ", ".join(column.word(code, language) for code in value)
        case Kind.FLAG:
            return translate("yes", language) if value else ""
        case Kind.KEY:
            return _drawable(_number_of(value))
        case Kind.KEYS:
            return _drawable(", ".join(map(_number_of, value)))
        case Kind.INTEGER:
            return _number(value)
        case Kind.DATE:
            return str(value.isoformat())
        case Kind.TIME:
            return f"{value.astimezone(UTC):%Y-%m-%d %H:%MZ}"
        case _:
            return _drawable(str(value))


def _drawable(text: str) -> str:
    """Letters that no font here has lose their mark, as ź does."""
    drawn = getFont(EXTENDED).face.charToGlyph
    return "".join(
        letter if not "\u0100" <= letter <= "\u017f" or ord(letter) in drawn else normalize("NFD", letter)[0]
        for letter in normalize("NFC", text[:MOST_LETTERS])
    )


def _number_of(key: str) -> str:
    """A document's number out of its key."""
    return key.rpartition("|")[2]


def _number(value: int) -> str:
    return str(format_decimal(value, format="#,##0", locale="en"))


def _money(minor: int | None, currency: str | None) -> str:
    if minor is None or currency is None:
        return ""
    digits = 0 if UNNAMED.fullmatch(currency) else exponent(currency)
    return str(format_decimal(Money(minor, currency).decimal, format=f"#,##0.{'0' * digits}", locale="en"))


def _cut(text: str, room: float) -> str:
    """As much of the text as ``room`` points of a line hold."""
    taken = 0.0
    for at, letter in enumerate(text):
        taken += _width(letter)
        if taken > room:
            return text[:at] + "…"
    return text


@lru_cache(maxsize=10_000)
def _width(letter: str) -> float:
    return float(stringWidth(letter, _font(letter), SIZE))


def _font(letter: str) -> str:
    found = _RUNS.match(letter)
    if found is None:
        return PLAIN
    return EXTENDED if found["Vera"] else CHINESE


def _marked(text: str) -> str:
    """The text in the markup of paragraphs, every letter in a font that has it."""
    parts, at = [], 0
    for run in _RUNS.finditer(text):
        parts.append(escape(text[at : run.start()], quote=False))
        parts.append(f'<font name="{_font(run[0][0])}">{escape(run[0], quote=False)}</font>')
        at = run.end()
    parts.append(escape(text[at:], quote=False))
    return "".join(parts)


def _numbered(foot: str, head: str, language: str) -> type[Canvas]:
    """A canvas that keeps its pages until it knows how many there are, and then writes that on each."""

    class Numbered(Canvas):  # type: ignore[misc]
        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, **named)
            self._pages: list[dict[str, Any]] = []

        def showPage(self) -> None:  # noqa: N802 (the library's name)
            self._pages.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            pages = self._pages
            for number, page in enumerate(pages, start=1):
                self.__dict__.update(page)
                self._write_margins(number, len(pages))
                super().showPage()
            super().save()

        def _write_margins(self, number: int, count: int) -> None:
            sentence = translate("page {page} of {pages}", language).format(page=number, pages=count)
            right = ParagraphStyle("foot right", BODY, alignment=TA_RIGHT)
            lines = [(foot, BODY, MARGIN - 12), (sentence, right, MARGIN - 12)]
            if number > 1:
                lines.append((head, right, PAPER[1] - MARGIN + 4))
            for text, style, height in lines:
                paragraph = Paragraph(_marked(text), style)
                paragraph.wrap(WIDTH, LEADING)
                paragraph.drawOn(self, MARGIN, height)

    return Numbered
