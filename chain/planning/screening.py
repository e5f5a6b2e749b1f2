"""The rules that bind one line or one document before anything is decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from string import Formatter
from typing import Any

import numpy as np
import polars as pl

from chain.planning.model import Line, Refusal
from chain.planning.table import PlanningTable

#: Bytes of a text up to which texts are sorted by counting.
LONGEST_COUNTED = 128


@dataclass(frozen=True, slots=True)
class Refused:
    """All that one rule leaves out, in the words of one template. ``values`` has a column for each of the template's
    fields; a million refusals become objects only where somebody reads them."""

    rule: str
    template: str
    subjects: pl.Series
    values: pl.DataFrame

    def refusals(self) -> list[Refusal]:
        """As objects; days are written out."""
        fields = [name for _, name, _, _ in Formatter().parse(self.template) if name]
        rows = self.values.select(fields).iter_rows(named=True)
        return [
            Refusal(subject, self.rule, self.template, {name: _plain(value) for name, value in row.items()})
            for subject, row in zip(self.subjects.to_list(), rows, strict=True)
        ]


def _plain(value: Any) -> str | int:
    return value.isoformat() if isinstance(value, date) else value


def line_name(line: Line) -> str:
    """How refusals and the minimum cut name a line."""
    return f"{line.bank} → {line.issuer}"


def lines_used_up(lines: Sequence[Line]) -> Refused:
    """Lines of which nothing is left."""
    names = pl.Series("line", [line_name(line) for line in lines], dtype=pl.String)
    return Refused("LineExhausted", "the line {line} is used up", names, names.to_frame())


def screen_lines(table: PlanningTable) -> tuple[list[Line], list[Refused]]:
    """Lines that can issue, sorted."""
    usable: list[Line] = []
    empty: list[Line] = []
    expired: list[Line] = []
    earliest = table.today + timedelta(days=table.rules.min_tenor_days)
    for line in sorted(table.lines, key=lambda line: (line.bank, line.issuer, line.expiry, _rest(line))):
        if line.currency != table.currency:
            continue  # another currency's plan takes it
        (empty if line.available_minor <= 0 else expired if line.expiry < earliest else usable).append(line)
    names = pl.Series("line", [line_name(line) for line in expired], dtype=pl.String)
    values = names.to_frame().with_columns(
        expiry=pl.Series([line.expiry for line in expired], dtype=pl.Date), earliest=pl.lit(earliest)
    )
    template = "the line {line} expires on {expiry}, before the shortest tenor ends on {earliest}"
    return usable, [lines_used_up(empty), Refused("LineExpired", template, names, values)]


def _rest(line: Line) -> tuple[Any, ...]:
    prices = [(p.annual_rate_basis_points, p.to_tier or 0, p.to_days or 0) for p in line.prices]
    return line.annual_rate_basis_points, line.available_minor, line.financing_minor, prices


def screen_payables(table: PlanningTable) -> tuple[pl.DataFrame, list[Refused]]:
    """Payables that may carry credit, less what is netted; and the rest by the rule that stops it, sorted by document.
    Without ``currency`` and ``proofs``; ``row`` is the row of the table's payables."""
    rows = table.payables.with_row_index("row")
    frame = rows.filter(pl.col("currency") == table.currency).drop("currency", "proofs")
    twice = pl.repeat(False, frame.height, eager=True)
    hashes = np.sort(frame.get_column("document").hash().to_numpy())
    if (hashes[1:] == hashes[:-1]).any():  # else no document is there twice
        frame = frame[text_order(frame.get_column("document"))]
        twice = frame.get_column("document") == frame.get_column("document").shift(1)
    if twice.any():
        order = ["document", "debtor", "creditor", "open_minor", "delivery", "due", "joined"]
        proofs = table.payables.get_column("proofs")[frame.get_column("row")]
        frame = frame.with_columns(joined=proofs.list.join("\n")).sort(order).drop("joined")
    if table.netted:
        netted = pl.DataFrame(
            {"document": list(table.netted), "netted": list(table.netted.values())},
            schema={"document": pl.String, "netted": pl.Int64},
        )
        frame = (
            frame.join(netted, on="document", how="left", maintain_order="left")
            .with_columns(open_minor=(pl.col("open_minor") - pl.col("netted").fill_null(0)).clip(lower_bound=0))
            .drop("netted")
        )
    columns = frame.columns
    frame = frame.with_columns(ticket_minor=pl.lit(table.rules.min_ticket_minor, dtype=pl.Int64))
    house = {name: group for name, group in table.groups.items() if name != group}
    groups = [pl.col(side).replace(house) if house else pl.col(side) for side in ("debtor", "creditor")]
    rules: list[tuple[str, str, pl.Expr]] = [
        ("DocumentTwice", "{document} is listed twice", pl.lit(twice)),
        ("EvidenceExhausted", "nothing of {document} is open", pl.col("open_minor") <= 0),
        (
            "Prepayment",
            "{document} is for goods delivered only on {delivery}; credit never prepays",
            pl.col("delivery") > table.today,
        ),
        (
            "RelatedParties",
            "{document} is between related parties, {debtor} and {creditor}",
            groups[0] == groups[1],
        ),
        (
            "BelowMinimumTicket",
            "{document} has {open_minor} open, below the minimum ticket of {ticket_minor}",
            pl.col("open_minor") < pl.col("ticket_minor"),
        ),
        (
            "KeyElsewhere",
            "{debtor}, which owes {document}, keeps its key itself, and nobody here signs that it pays by credit",
            pl.col("debtor").is_in(sorted(table.keys_elsewhere)) if table.keys_elsewhere else pl.lit(False),
        ),
    ]
    stopped = pl.coalesce(
        *(pl.when(broken).then(pl.lit(number, dtype=pl.Int8)) for number, (_, _, broken) in enumerate(rules))
    )
    frame = frame.with_columns(stopped=stopped)
    refused = []
    if frame.get_column("stopped").null_count() < frame.height:
        for number, (rule, template, _) in enumerate(rules):
            rows = frame.filter(pl.col("stopped") == number)
            if rows.height:
                rows = rows[text_order(rows.get_column("document"))]
                refused.append(Refused(rule, template, rows.get_column("document"), rows))
        frame = frame.filter(pl.col("stopped").is_null())
    return frame.select(columns), refused


def text_order(texts: pl.Series) -> np.ndarray:
    """Row numbers in the order of the texts' bytes, equal texts in the order in which they stand.

    Two bytes at a time, the last first, by counting: a million keys of one length in half the time that comparing takes.
    """
    length = texts.str.len_bytes().to_numpy().astype(np.int64)
    width = int(length.max(initial=0))
    if width > LONGEST_COUNTED:
        rows = texts.to_frame("text").with_row_index("row")
        return rows.sort("text", "row").get_column("row").to_numpy().astype(np.int64)
    columns = [length.astype(np.uint64)]  # tells a text from one that goes on with zeros
    padded = texts.str.pad_end(width + 8, "\0").cast(pl.Binary)
    for place in reversed(range(0, width, 8)):
        word = padded.bin.slice(place, 8).bin.reinterpret(dtype=pl.UInt64, endianness="big")
        columns.append(word.to_numpy())
    order = np.arange(texts.len())
    for column in columns:
        for shift in range(0, 64, 16):
            digits = (column >> np.uint64(shift)).astype(np.uint16)
            if digits.size and digits.min() != digits.max():
                order = order[np.argsort(digits[order], kind="stable")]
    return order


def too_late(table: PlanningTable, payables: pl.DataFrame, last_expiry: Mapping[str, date]) -> list[Refused]:
    """Why no line of its debtor can issue against each payable: it falls due too late, for the rules or for the lines.

    ``last_expiry``: issuer → the day on which its last line expires.
    """
    days = table.rules.longest_tenor(table.today)
    longest = table.today + timedelta(days=days)
    expiry = payables.get_column("debtor").replace_strict(last_expiry, default=None, return_dtype=pl.Date)
    frame = payables.with_columns(latest=pl.lit(longest), days=pl.lit(days), expiry=expiry)
    above = pl.col("due") > longest
    words = (
        ("TermTooLong", "{document} falls due on {due}, after {latest}: a voucher lives {days} days at most", above),
        ("LineExpiresFirst", "{document} falls due on {due}, after its issuer's last line expires on {expiry}", ~above),
    )
    found = [(rule, template, frame.filter(those)) for rule, template, those in words]
    return [Refused(rule, template, rows.get_column("document"), rows) for rule, template, rows in found if rows.height]
