"""A measured row, the table that people read and the file that later runs compare with."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from os import cpu_count
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.table import Table

#: The list of rows, one a measured thing; rows of benchmarks that did not run stay as they were.
LATEST = Path("var/bench/latest.json")
#: One line a run, with the machine it ran on; only ever appended to.
HISTORY = Path("var/bench/history.jsonl")


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. ``name`` is ``<benchmark>.<what>``; the benchmark's module has that name."""

    name: str
    value: float
    unit: str
    reference: str | None = None
    """What it is compared with, in words; None where there is nothing to compare."""
    reference_value: float | None = None
    """The reference's figure for the same work, in the same unit, from the same run."""
    limit: float | None = None
    """The ratio (or, without a reference, the value) that must not be exceeded."""

    @property
    def ratio(self) -> float | None:
        """value ÷ reference value; None without a reference."""
        return None if not self.reference_value else round(self.value / self.reference_value, 4)

    @property
    def within_limit(self) -> bool:
        """Whether the limit, if there is one, is kept."""
        if self.limit is None:
            return True
        measured = self.ratio if self.ratio is not None else self.value
        return measured <= self.limit

    def as_dict(self) -> dict[str, object]:
        """The row as it stands in `latest.json`."""
        return {**asdict(self), "ratio": self.ratio}


def read_rows(path: Path) -> list[dict[str, object]]:
    """The rows of an earlier run; none when there was none."""
    return json.loads(path.read_text("utf-8")) if path.exists() else []


def merge(earlier: Iterable[dict[str, object]], benchmark: str, rows: Iterable[Row]) -> list[dict[str, object]]:
    """Earlier rows with all those of ``benchmark`` replaced by the new ones, sorted by name.

    A row that the benchmark no longer measures disappears, so that no figure outlives its code.
    """
    kept = [row for row in earlier if str(row["name"]).split(".", 1)[0] != benchmark]
    return sorted([*kept, *(row.as_dict() for row in rows)], key=lambda row: str(row["name"]))


def write_rows(path: Path, rows: list[dict[str, object]]) -> None:
    """Replace the file in one step: a reader sees the old rows or the new ones."""
    path.parent.mkdir(parents=True, exist_ok=True)
    written = path.with_suffix(".partial")
    written.write_text(json.dumps(rows, indent=2, ensure_ascii=False) + "\n", "utf-8")
    written.replace(path)


def append_history(path: Path, benchmark: str, rows: Iterable[Row], seconds: float) -> None:
    """One JSON line: when, on what machine, how long, and the rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    line = {
        "benchmark": benchmark,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"system": platform.platform(), "processors": cpu_count(), "python": platform.python_version()},
        "seconds": round(seconds, 1),
        "rows": [row.as_dict() for row in rows],
    }
    with path.open("a", encoding="utf-8") as history:
        history.write(json.dumps(line, ensure_ascii=False) + "\n")


def table(rows: Iterable[Row]) -> Table:
    """The rows for people; a ratio above its limit is red."""
    view = Table(title="Benchmarks", title_justify="left", box=SIMPLE_HEAD)
    view.add_column("what", no_wrap=True)
    for heading in ("value", "reference", "ratio", "limit"):
        view.add_column(heading, justify="right", no_wrap=True)
    view.add_column("unit")
    view.add_column("against")
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.3f}"
        colour = "red" if not row.within_limit else "green" if row.limit is not None else "default"
        view.add_row(
            row.name,
            _figure(row.value),
            "" if row.reference_value is None else _figure(row.reference_value),
            f"[{colour}]{ratio}[/]",
            "" if row.limit is None else f"{row.limit:g}",
            row.unit,
            row.reference or "",
        )
    return view


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,.3g}"
