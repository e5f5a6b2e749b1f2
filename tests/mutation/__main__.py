"""`python -m tests.mutation`: put faults into the contracts, run their tests, and list the faults that no test finds."""

from __future__ import annotations

import json
import sys
from fnmatch import fnmatch
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tests.mutation.hunt import Bench, Outcome, SuiteOrder, Verdict, Verdicts, hunt
from tests.mutation.operators import OPERATORS, Mutant, mutants
from tests.mutation.report import report
from tests.mutation.survivors import FILE, Kind, SurvivorsUnreadable, find, line_of, read
from tests.solidity.build import DoesNotCompile, SuitesFail, build
from tests.solidity.syntax import Project
from tests.solidity.worker import WorkerFailed

DEFAULT_SEED = 20261126


def run(
    count: Annotated[int, typer.Option(help="Faults to try that count; 0 for all there are.")] = 300,
    seed: Annotated[int, typer.Option(help="Chooses the faults; the same seed takes the same ones.")] = DEFAULT_SEED,
    processes: Annotated[int, typer.Option(help="Compilers and test runners at a time.")] = 2,
    minimum: Annotated[float, typer.Option(help="Share that the tests must find.")] = 0.95,
    files: Annotated[str, typer.Option(help="Only files that match, such as '*/libraries/*'.")] = "*",
    operators: Annotated[str, typer.Option(help="Only these operators, separated by commas.")] = ",".join(OPERATORS),
    folder: Annotated[Path, typer.Option(help="Where builds, verdicts and reports are kept.")] = Path("var/mutation"),
    fresh: Annotated[bool, typer.Option(help="Forget the verdicts of earlier runs on the same sources.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Faults, verdicts and survivors; exit 1 below the minimum, and when a survivor has no reason in survivors.toml."""
    console = Console(stderr=True)
    root = Path.cwd()
    chosen = operators.split(",")
    unknown = [name for name in chosen if name not in OPERATORS]
    if unknown:
        console.print(f"There is no operator '{unknown[0]}'; there are: {', '.join(OPERATORS)}", style="red")
        raise typer.Exit(2)
    try:
        known = read()
        with console.status("compiling contracts and tests, running the tests"):
            built = build(root, folder)
    except (SurvivorsUnreadable, DoesNotCompile, SuitesFail, WorkerFailed) as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(2) from None
    project = Project.read(built.trees)
    every = mutants(project)
    possible = [mutant for mutant in every if fnmatch(mutant.file, files) and mutant.operator in chosen]
    path = built.folder / "verdicts.jsonl"
    if fresh:
        path.unlink(missing_ok=True)
    verdicts, order = Verdicts(path), SuiteOrder(built.milliseconds)
    benches = [Bench(root, project, built, order) for _ in range(processes)]

    def is_equivalent(mutant: Mutant) -> bool:
        entry = find(known, mutant, line_of(project, mutant))
        return entry is not None and entry.kind is Kind.EQUIVALENT

    started = monotonic()
    tally = dict.fromkeys(Verdict, 0)
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
    with Progress(*columns, console=console) as bar:
        wanted = min(count or len(possible), len(possible))
        task = bar.add_task("", total=wanted)

        def advance(_: Mutant, outcome: Outcome) -> None:
            tally[outcome.verdict] += 1
            done = sum(number for verdict, number in tally.items() if verdict.counts)
            words = ", ".join(f"{number} {verdict.value}" for verdict, number in tally.items() if number)
            bar.update(task, completed=done, description=words)

        try:
            outcomes = hunt(possible, wanted, seed, verdicts, benches, is_equivalent, advance)
        finally:
            for bench in benches:
                bench.close()
    found = report(project, seed, every, outcomes, known, monotonic() - started)
    (folder / "report.json").write_text(
        json.dumps(found.as_dict(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    (folder / "survivors.md").write_text(found.markdown(), encoding="utf-8")
    if as_json:
        sys.stdout.write(json.dumps(found.as_dict(), ensure_ascii=False) + "\n")
    else:
        console.print(found.table())
    for entry in found.stale:
        console.print(
            f"stale in {FILE.name}: {entry.file} {entry.place}: {entry.original} → {entry.mutated}",
            style="yellow",
            markup=False,
        )
    if found.unexplained:
        console.print(
            f"{len(found.unexplained)} survivors without a reason in {FILE.name}: see {folder / 'survivors.md'}",
            style="red",
        )
    if found.score < minimum:
        console.print(f"{found.score:.1%} found; at least {minimum:.0%} must be", style="red")
    if found.unexplained or found.score < minimum:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(run)
