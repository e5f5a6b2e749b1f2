"""`python -m tests.load`: put load on the service, and see that it makes no error and loses nothing."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from tests.load.running import Outcome, run

#: Under load 99 of 100 reads may take so many times as long as half of them do alone.
P99_LIMIT = 10
TOLD = 20


def main(
    users: Annotated[int, typer.Option(help="Users at once, nine of ten of whom only read.")] = 200,
    seconds: Annotated[int, typer.Option(help="How long they go on.")] = 60,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Exit 1 after any error, where anything was lost, and where reads become too slow."""
    console = Console(stderr=True)
    with console.status(f"{users} users for {seconds} s"):
        outcome = run(users, seconds)
    slow = outcome.reads["read"].ratio > P99_LIMIT
    if as_json:
        print(json.dumps(asdict(outcome) | {"ok": outcome.ok and not slow}))
    else:
        _print(Console(), outcome)
    raise typer.Exit(0 if outcome.ok and not slow else 1)


def _print(console: Console, outcome: Outcome) -> None:
    view = Table(title=f"{outcome.users} users, {outcome.seconds:g} s", title_justify="left", box=SIMPLE_HEAD)
    view.add_column("read")
    for heading in ("requests", "alone, median ms", "under load, median ms", "99 of 100 within ms", "times"):
        view.add_column(heading, justify="right")
    for kind, one in outcome.reads.items():
        view.add_row(
            kind, f"{one.count:,}", f"{one.alone:.2f}", f"{one.median:.2f}", f"{one.p99:.2f}", f"{one.ratio:.1f}"
        )
    console.print(view)
    console.print(f"{outcome.requests:,} requests, {outcome.written:,} vouchers written and found again")
    for what, found in (
        ("failures", outcome.failures), ("lost", outcome.lost), ("differences found by verification", outcome.differences),
    ):  # fmt: skip
        console.print(f"{what}: {len(found)}", style="red" if found else "green")
        for one in found[:TOLD]:
            console.print(f"  {one}", markup=False)


if __name__ == "__main__":
    typer.run(main)
