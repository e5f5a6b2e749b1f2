"""`python -m benchmarks [NAME…]`: run, print a table, keep the rows; exit 1 when a limit is exceeded."""

from __future__ import annotations

from pathlib import Path
from sys import stdout
from time import monotonic
from typing import Annotated

import typer
from rich.console import Console

from benchmarks.registry import BENCHMARKS, measure
from benchmarks.rows import HISTORY, LATEST, Row, append_history, merge, read_rows, table, write_rows


def run(
    names: Annotated[list[str] | None, typer.Argument(help="Benchmarks to run; all of them without a name.")] = None,
    output: Annotated[Path, typer.Option(help="File of rows to renew.")] = LATEST,
    history: Annotated[Path, typer.Option(help="File that gets one line a run.")] = HISTORY,
) -> None:
    """Measure, print and keep."""
    console = Console() if stdout.isatty() else Console(width=120)
    unknown = [name for name in names or [] if name not in BENCHMARKS]
    if unknown:
        console.print(f"There is no benchmark '{unknown[0]}'; there are: {', '.join(BENCHMARKS)}", style="red")
        raise typer.Exit(2)
    measured: list[Row] = []
    for name in names or BENCHMARKS:
        started = monotonic()
        with console.status(f"measuring {name}"):
            rows = measure(name)
        append_history(history, name, rows, monotonic() - started)
        write_rows(output, merge(read_rows(output), name, rows))
        measured += rows
    console.print(table(measured))
    exceeded = [row.name for row in measured if not row.within_limit]
    if exceeded:
        console.print(f"Above the limit: {', '.join(exceeded)}", style="bold red")
        raise typer.Exit(1)
    console.print(f"Kept in {output}")


if __name__ == "__main__":
    typer.run(run)
