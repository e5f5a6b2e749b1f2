"""`python -m tests.coverage`: which lines and branches of the contracts their Solidity tests run."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console

from tests.coverage.instrument import instrument
from tests.coverage.report import Coverage, coverage, ratio, share
from tests.solidity.build import DoesNotCompile, settled
from tests.solidity.syntax import Project
from tests.solidity.worker import Worker, WorkerFailed


def measure(project_root: Path) -> tuple[Coverage, list[str]]:
    """Compile with reports, run every test, add up; also the tests that fail. Raises DoesNotCompile."""
    with Worker(project_root) as worker, TemporaryDirectory() as folder:
        trees = Path(folder) / "trees.json"
        errors = worker.ask("ast", path=str(trees))["errors"]
        if errors:
            raise DoesNotCompile(errors[0])
        project = Project.read(trees)
        instrumented = instrument(project)
        settled(worker, project, instrumented.sources)
        answer = worker.ask("run", base="base", stop=False, coverage=True)
    failed = [
        f"{test['suite']} {test['name']}: {test['reason']}" for test in answer["tests"] if test["status"] == "Failure"
    ]
    return coverage(instrumented.points, (int(hit, 16) for hit in answer["hits"])), failed


def run(
    minimum: Annotated[float, typer.Option(help="Share of lines, and of branches, that must run.")] = 0.99,
    lcov: Annotated[Path, typer.Option(help="File of the report that other tools read.")] = Path(
        "var/coverage/lcov.info"
    ),
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Lines and branches by file; exit 1 below the minimum, or when a test fails."""
    console = Console(stderr=True, width=None if sys.stderr.isatty() else 140)
    try:
        with console.status("compiling contracts and tests, running the tests"):
            found, failed = measure(Path.cwd())
    except (DoesNotCompile, WorkerFailed) as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(2) from None
    lcov.parent.mkdir(parents=True, exist_ok=True)
    lcov.write_text(found.lcov(), encoding="utf-8")
    if as_json:
        sys.stdout.write(json.dumps(_figures(found)) + "\n")
    else:
        console.print(found.table())
    for test in failed:
        console.print(f"fails: {test}", style="red", markup=False)
    missing = [
        f"{share(*figure)} of the {name}"
        for name, figure in (("lines", found.lines), ("branches", found.branches))
        if ratio(*figure) < minimum
    ]
    if missing:
        console.print(f"Only {' and '.join(missing)} run; {minimum:.0%} must", style="red")
    if missing or failed:
        raise typer.Exit(1)


def _figures(found: Coverage) -> dict[str, object]:
    return {
        "lines": ratio(*found.lines),
        "branches": ratio(*found.branches),
        "files": {
            file.path: {"missed_lines": file.missed_lines, "missed_branches": file.missed_branches}
            for file in found.files
        },
    }


if __name__ == "__main__":
    typer.run(run)
