"""Receivables as columns: what planning, reports and exports of a million documents read."""

from __future__ import annotations

from collections.abc import Sequence, Set

import polars as pl

from chain.documents.receivable import Receivable

_KEYS = pl.List(pl.String)

#: One row a receivable, amounts in minor units of ``currency``; ``place`` is the invoice's among all documents, ``trade``
#: the number of its trade. `Receivable` says what each column means.
SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "place": pl.UInt32, "trade": pl.UInt32, "document": pl.String, "number": pl.String, "seller": pl.String,
    "buyer": pl.String, "currency": pl.String, "payable_minor": pl.Int64, "credited_minor": pl.Int64,
    "paid_minor": pl.Int64, "billed_minor": pl.Int64, "netted_minor": pl.Int64, "open_minor": pl.Int64,
    "evidence_minor": pl.Int64, "blocked_by": pl.String, "rules": _KEYS, "state": pl.String, "stages": _KEYS,
    "issue_date": pl.Date, "delivery_date": pl.Date, "due_date": pl.Date, "proofs": _KEYS, "orders": _KEYS,
    "credit_notes": _KEYS, "payments": _KEYS, "confidence": pl.UInt16,
}  # fmt: skip

#: `Receivable.accepted` of a row.
ACCEPTED = (pl.col("evidence_minor") > 0) | (
    (pl.col("rules").list.len() == 0) & (pl.sum_horizontal("paid_minor", "billed_minor", "netted_minor") > 0)
)

Row = tuple[int, int, Receivable]
"""Place, trade, receivable."""


def frame_with_circles(receivables: Sequence[Receivable], circular: Set[str]) -> pl.DataFrame:
    """Receivables without their trades, and ``circular``: whether the invoice is one of these keys."""
    rows = [(place, 0, receivable) for place, receivable in enumerate(receivables)]
    return (
        frame_of(rows)
        .drop("trade")
        .with_columns(
            circular=pl.Series([receivable.document in circular for receivable in receivables], dtype=pl.Boolean)
        )
    )


def frame_of(rows: Sequence[Row]) -> pl.DataFrame:
    """The rows as a frame of `SCHEMA`, in their order."""
    plain: dict[str, list[object]] = {name: [] for name, kind in SCHEMA.items() if kind != _KEYS}
    listed: dict[str, tuple[list[int], list[str]]] = {name: ([], []) for name, kind in SCHEMA.items() if kind == _KEYS}
    appends = [column.append for column in plain.values()]
    for number, (place, trade, r) in enumerate(rows):
        values = (
            place, trade, r.document, r.number, r.seller, r.buyer, r.currency, r.payable_minor, r.credited_minor,
            r.paid_minor, r.billed_minor, r.netted_minor, r.open_minor, r.evidence_minor, r.blocked_by, r.state.value,
            r.issue_date, r.delivery_date, r.due_date, r.confidence,
        )  # fmt: skip
        for append, value in zip(appends, values, strict=True):
            append(value)
        keys = (r.rules, r.stages, r.proofs, r.orders, r.credit_notes, r.payments)
        for (numbers, texts), own in zip(listed.values(), keys, strict=True):
            if own:
                numbers += [number] * len(own)
                texts += own
    frame = pl.DataFrame(plain, schema={name: SCHEMA[name] for name in plain}).with_row_index("row")
    for name, (numbers, texts) in listed.items():
        lists = pl.DataFrame({"row": numbers, name: texts}, schema={"row": pl.UInt32, name: pl.String})
        lists = lists.group_by("row", maintain_order=True).agg(name)
        frame = frame.join(lists, on="row", how="left", maintain_order="left")
    return frame.select(pl.col(name) if name in plain else pl.col(name).fill_null([]) for name in SCHEMA)
