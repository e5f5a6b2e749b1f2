"""Reports: what a bank, a supplier, a core enterprise or a regulator takes away as a file.

Each is made from what the caller may see (`chain.commands.seen`) and from nothing else, as of a moment that it says on
itself. A report is defined once, as typed columns (`chain.reporting.sheet`); three writers make a file of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from tempfile import TemporaryFile
from typing import IO, Any, TypeVar

from sqlalchemy import select

from chain.books.fold import LIVE
from chain.books.past import moment as past_moment
from chain.commands.permissions import Action
from chain.commands.report_columns import (
    DOCUMENTS,
    EXPOSURE,
    FINANCINGS,
    FINDINGS,
    LINES,
    MATURITIES,
    MOMENT,
    PORTFOLIO,
    Due,
    Financing,
)
from chain.commands.seen.current import CurrentTrade
from chain.commands.seen.documents import Document, FindingSeen, documents_seen, findings_seen
from chain.commands.seen.figures import ExposureCell, exposure_seen
from chain.commands.seen.viewer import Viewer
from chain.commands.seen.vouchers import Books, Line, Voucher, day, moment
from chain.commands.workspace import UTC_OFFSET_MINUTES, Home
from chain.documents.model import Frozen
from chain.errors import RuleBroken
from chain.indexing.indexer import last_block
from chain.language import translate
from chain.reporting.sheet import Column, Moment, Sheet
from chain.reporting.sheet_csv import write_csv
from chain.reporting.sheet_parquet import write_parquet
from chain.reporting.sheet_pdf import write_pdf
from chain.store.tables import blocks

Entry = TypeVar("Entry")
Cursor = TypeVar("Cursor")

#: Documents and findings that are read at once.
ENTRIES_AT_ONCE = 2_000
#: Bytes of a file that are read at once.
PART_BYTES = 256 * 1024


class ReportName(StrEnum):
    """Which reports there are."""

    PORTFOLIO = "portfolio"
    EXPOSURE = "exposure"
    MATURITIES = "maturities"
    LINES = "lines"
    FINANCINGS = "financings"
    DOCUMENTS = "documents"
    FINDINGS = "findings"


class Format(StrEnum):
    """What a report can be written as."""

    CSV = "csv"
    """For spreadsheets: headings and words in the reader's language, amounts as minor units and as decimals."""
    PARQUET = "parquet"
    """For machines: typed columns whose names no language changes."""
    PDF = "pdf"
    """For paper: the first rows, totals, and a hash of all data."""

    @property
    def media_type(self) -> str:
        """As the IANA registers it."""
        return MEDIA_TYPES[self]


MEDIA_TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.PARQUET: "application/vnd.apache.parquet",
    Format.PDF: "application/pdf",
}


class NoPastOfReport(RuleBroken):
    message = "the report {name} is of now only"
    next_step = "leave as_of out; the exposure report can be of the past"


class ColumnSeen(Frozen):
    """One column of a report."""

    name: str
    type: str
    """``text``, ``key``, ``code``, ``keys``, ``codes``, ``flag``, ``integer``, ``money``, ``date`` or ``time``."""
    unit: str | None
    heading: str
    """In the reader's language."""


class ReportSeen(Frozen):
    """A report that can be asked for."""

    name: ReportName
    title: str
    about: str
    past: bool
    """Whether it can be of a block or a day of the past."""
    formats: tuple[Format, ...]
    columns: tuple[ColumnSeen, ...]


@dataclass(frozen=True)
class Asked:
    """What a report is made from."""

    home: Home
    current: CurrentTrade
    viewer: Viewer
    language: str
    as_of: str | None


Read = Callable[[Asked], tuple[Moment, Iterable[Any]]]
"""When the report is of, and what each of its rows is made of."""


@dataclass(frozen=True)
class Definition:
    """One report."""

    title: str
    about: str
    columns: tuple[Column, ...]
    totals_by: tuple[str, ...]
    read: Read
    action: Action = Action.READ
    """What its reader must be there to do."""
    past: bool = False


@dataclass(frozen=True)
class Written:
    """A report as a file, which is gone once it is closed. Whoever asked for it closes it."""

    file: IO[bytes]
    size: int
    sha256: str
    """Of the file's bytes."""
    stem: str
    """Its name without suffix, in English."""
    stem_of_reader: str
    """The same in the reader's language."""

    def parts(self) -> Iterator[bytes]:
        """All of the file, which is closed after that."""
        with self.file:
            while part := self.file.read(PART_BYTES):
                yield part


def reports_listed(language: str) -> list[ReportSeen]:
    """Every report with its columns."""
    return [
        ReportSeen(
            name=name, title=translate(one.title, language), about=translate(one.about, language), past=one.past,
            formats=tuple(Format),
            columns=tuple(
                ColumnSeen(
                    name=column.name, type=column.kind.value, unit=column.unit and translate(column.unit, language),
                    heading=column.heading_in(language),
                )
                for column in (*one.columns, *MOMENT)
            ),
        )
        for name, one in DEFINITIONS.items()
    ]  # fmt: skip


def report(
    home: Home, current: CurrentTrade, viewer: Viewer, name: ReportName, language: str, as_of: str | None = None
) -> Sheet:
    """A report of the viewer's, now, or, where it has a past, as of a block or a day. Its rows are read as they are gone
    through.

    Raises DutyMissing, NoPastOfReport, MomentUnknown.
    """
    definition = DEFINITIONS[name]
    viewer.must(definition.action)
    if as_of is not None and not definition.past:
        raise NoPastOfReport(name=definition.title)
    at, entries = definition.read(Asked(home, current, viewer, language, as_of))
    stamp = tuple(column.value(at) for column in MOMENT)
    rows = ((*(column.value(entry) for column in definition.columns), *stamp) for entry in entries)
    columns = (*definition.columns, *MOMENT)
    return Sheet(name.value, definition.title, viewer.name, at, columns, definition.totals_by, rows)


def write(sheet: Sheet, form: Format, language: str) -> Written:
    """Write a report into a file of its own. However long it is, it stands on disk and not in memory."""
    file = TemporaryFile()  # noqa: SIM115 (who asked for it closes it)
    try:
        match form:
            case Format.CSV:
                write_csv(sheet, language, file)
            case Format.PARQUET:
                write_parquet(sheet, file)
            case Format.PDF:
                write_pdf(sheet, language, file)
        size = file.tell()
        file.seek(0)
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return Written(file, size, sha256, sheet.file_stem("en"), sheet.file_stem(language))


# --- what each is made of ------------------------------------------------------------------------------------------


def _portfolio(asked: Asked) -> tuple[Moment, Iterator[Voucher]]:
    books = Books(asked.home, asked.current)
    clock, seen = books.all_seen(asked.viewer)
    return _moment(*clock), (books.voucher(asked.viewer, piece, own) for piece, own in seen)


def _maturities(asked: Asked) -> tuple[Moment, list[Due]]:
    """Live pieces of which the viewer is told what is in them, by day, issuer and currency."""
    at, seen = _portfolio(asked)
    found: dict[tuple[date, str, str], Due] = {}
    for voucher in seen:
        if voucher.amount is None or not voucher.amount.minor or voucher.state not in LIVE:
            continue
        key = (voucher.maturity, voucher.issuer.id or voucher.issuer.name, voucher.amount.currency)
        if key not in found:
            found[key] = Due(
                voucher.maturity, (voucher.maturity - at.day).days, voucher.issuer, voucher.amount.currency
            )
        found[key].add(voucher, asked.viewer.enterprise)
    return at, [found[key] for key in sorted(found)]


def _financings(asked: Asked) -> tuple[Moment, Iterator[Financing]]:
    at, seen = _portfolio(asked)
    return at, (Financing(voucher, asked.viewer.enterprise) for voucher in seen if voucher.financed)


def _exposure(asked: Asked) -> tuple[Moment, list[ExposureCell]]:
    while True:
        at = _clock(asked.home, asked.as_of)
        # By its block, so that the figures are of the moment that is said, whatever comes in meanwhile.
        wanted = asked.as_of or (None if at.time is None else str(at.block))
        cells = exposure_seen(asked.home, asked.current, asked.viewer, wanted)
        if asked.as_of is None or _clock(asked.home, asked.as_of) == at:
            return at, cells


def _lines(asked: Asked) -> tuple[Moment, list[Line]]:
    clock, lines = Books(asked.home, asked.current).seen_lines(asked.viewer)
    return _moment(*clock), lines


def _documents(asked: Asked) -> tuple[Moment, Iterator[Document]]:
    return _clock(asked.home), _paged(
        lambda after: documents_seen(asked.home, asked.current, asked.viewer, after=after or 0, most=ENTRIES_AT_ONCE)
    )


def _findings(asked: Asked) -> tuple[Moment, Iterator[FindingSeen]]:
    return _clock(asked.home), _paged(
        lambda after: findings_seen(
            asked.home, asked.current, asked.viewer, asked.language, after=after, most=ENTRIES_AT_ONCE
        )
    )


def _paged(page: Callable[[Cursor | None], tuple[list[Entry], Cursor | None]]) -> Iterator[Entry]:
    found, after = page(None)
    yield from found
    while after is not None:
        found, after = page(after)
        yield from found


def _clock(home: Home, as_of: str | None = None) -> Moment:
    """Now by the ledger's clock, or what a block or a day means. Raises MomentUnknown."""
    with home.store.read() as connection:
        if as_of is None:
            return _moment(*last_block(connection))
        then = past_moment(connection, as_of, UTC_OFFSET_MINUTES)
        # Of blocks without events no time is kept; the one before had the same books.
        at = select(blocks.c.timestamp).where(blocks.c.number <= then.block).order_by(blocks.c.number.desc()).limit(1)
        timestamp = connection.execute(at).scalar()
    return Moment(then.block, None if timestamp is None else moment(timestamp), day(then.today))


def _moment(block: int, timestamp: int) -> Moment:
    """The end of the last block; of the first day where there is none yet."""
    today = day((timestamp + UTC_OFFSET_MINUTES * 60) // 86_400)
    return Moment(block, moment(timestamp) if block >= 0 else None, today)


DEFINITIONS: dict[ReportName, Definition] = {
    ReportName.PORTFOLIO: Definition(
        title="Portfolio", about="every voucher that you may see, one row a piece",
        columns=PORTFOLIO, totals_by=("currency", "state"), read=_portfolio,
    ),
    ReportName.EXPOSURE: Definition(
        title="Exposure", about="what a bank is exposed to: per issuer, kind, tier and days to maturity",
        columns=EXPOSURE, totals_by=("currency", "kind"), read=_exposure, action=Action.READ_EXPOSURE, past=True,
    ),
    ReportName.MATURITIES: Definition(
        title="Maturities", about="what falls due when: by day, issuer and currency",
        columns=MATURITIES, totals_by=("currency",), read=_maturities,
    ),
    ReportName.LINES: Definition(
        title="Credit lines", about="limits, what is used and available, and what is financed",
        columns=LINES, totals_by=("currency",), read=_lines,
    ),
    ReportName.FINANCINGS: Definition(
        title="Financings", about="pieces that banks bought; what was paid only for the two sides of the sale",
        columns=FINANCINGS, totals_by=("currency", "side"), read=_financings,
    ),
    ReportName.DOCUMENTS: Definition(
        title="Trade documents", about="the documents that name you, and what invoices may back and back already",
        columns=DOCUMENTS, totals_by=("currency", "type"), read=_documents,
    ),
    ReportName.FINDINGS: Definition(
        title="Findings", about="what was found about your documents and about the files that you sent",
        columns=FINDINGS, totals_by=("severity",), read=_findings,
    ),
}  # fmt: skip
