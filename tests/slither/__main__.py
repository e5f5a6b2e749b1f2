"""`python -m tests.slither`: what Slither finds in the contracts, at the weight that must be looked into.

A finding is silenced beside the code that it is about, and by nothing else::

    // The token is one that the operator approved, and it reverts on failure.
    // slither-disable-next-line reentrancy-no-eth

The three kinds that are left out for all contracts stand in `NOISE`.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from tests.solidity.worker import Worker, WorkerFailed

Finding = dict[str, Any]

TOOLS = Path(".setup/analysis/bin")
"""Slither has an environment of its own: it needs other versions of packages that the product uses."""
WEIGHTS = ("High", "Medium")
_DISABLE = re.compile(r"//\s*slither-disable-(next-line|start|end)\b\s*(.*)")


class NotAnalysed(Exception):
    """Slither or the compiler did not get to the end; what it said."""


def _left_out_on_purpose(finding: Finding) -> bool:
    """The value is left out of a tuple: `(owner,, roles) = …` says that it is not wanted."""
    return bool(re.search(r"ignores return value by \([^=]*\bNone\b[^=]*\) = ", finding["description"]))


def _zeroed_structure(finding: Finding) -> bool:
    """A structure in memory is zero from its declaration on: the language says so, and fields are set one by one."""
    kinds = [element.get("source_mapping", {}) for element in finding["elements"] if element["type"] == "variable"]
    return bool(kinds) and all(" memory " in _source(place) for place in kinds)


def _exact_number(finding: Finding) -> bool:
    """The detector means balances and times that others can shift; here an amount, a count or a state of a word is compared."""
    nodes = [element for element in finding["elements"] if element["type"] == "node"]
    shifty = re.compile(r"balance|timestamp|_now\(|_today\(|block\.")
    return bool(nodes) and not any(
        re.search(r"[!=]=", part) and shifty.search(part) for node in nodes for part in _parts(node["name"])
    )


def _parts(expression: str) -> list[str]:
    return re.split(r"&&|\|\|", expression)


def _source(place: dict[str, Any]) -> str:
    lines = Path(place["filename_relative"]).read_text(encoding="utf-8").splitlines()
    return "\n".join(lines[line - 1] for line in place["lines"])


NOISE: dict[str, Callable[[Finding], bool]] = {
    "unused-return": _left_out_on_purpose,
    "uninitialized-local": _zeroed_structure,
    "incorrect-equality": _exact_number,
}
"""By detector, what of it is no finding in any contract; each function's first line says why."""


def analysed(project_root: Path) -> list[Finding]:
    """All that Slither finds and the code does not silence. Raises NotAnalysed."""
    with TemporaryDirectory() as folder:
        info = Path(folder) / "build-info" / "contracts.json"
        info.parent.mkdir()
        with Worker(project_root) as worker:
            errors = worker.ask("info", path=str(info))["errors"]
        if errors:
            raise NotAnalysed(errors[0])
        output = Path(folder) / "findings.json"
        command = [str(TOOLS / "slither"), ".", "--compile-force-framework", "hardhat", "--hardhat-ignore-compile"]
        command += [
            "--npx-disable",
            "--hardhat-artifacts-directory",
            folder,
            "--filter-paths",
            "node_modules",
            "--json",
            str(output),
        ]
        # With nothing else to be found on the path, it takes the build as it is instead of asking Hardhat.
        environment = {**os.environ, "PATH": str(TOOLS.resolve())}
        ended = subprocess.run(command, cwd=project_root, env=environment, capture_output=True, text=True, check=False)
        if not output.exists():
            raise NotAnalysed(ended.stderr[-2000:])
        found = json.loads(output.read_text(encoding="utf-8"))
    if not found["success"]:
        raise NotAnalysed(str(found["error"]))
    return list(found["results"].get("detectors", []))


def reasonless(project_root: Path) -> list[str]:
    """Places where the code silences Slither without a sentence above that says why, or silences all detectors."""
    found = []
    for path in sorted((project_root / "contracts").rglob("*.sol")):
        lines = path.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines, start=1):
            said = _DISABLE.search(line)
            if said is None or said[1] == "end":
                continue
            above = lines[number - 2].strip() if number > 1 else ""
            if not re.match(r"///? \S.*[.:]$", above) or not said[2].strip():
                found.append(f"{path.relative_to(project_root)}:{number}")
    return found


def run(
    every: Annotated[bool, typer.Option("--all", help="List findings of little weight too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Findings; exit 1 for any of high or medium weight, and for a silencing comment without its reason."""
    console = Console(stderr=True, width=None if sys.stderr.isatty() else 160)
    root = Path.cwd()
    try:
        with console.status("compiling, analysing"):
            findings = analysed(root)
    except (NotAnalysed, WorkerFailed) as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(2) from None
    kept = [finding for finding in findings if not NOISE.get(finding["check"], lambda _: False)(finding)]
    heavy = [finding for finding in kept if finding["impact"] in WEIGHTS]
    shown = kept if every else heavy
    if as_json:
        keys = ("impact", "confidence", "check", "description")
        sys.stdout.write(json.dumps([{key: finding[key] for key in keys} for finding in shown]) + "\n")
    else:
        table = Table(
            title=f"{len(heavy)} findings of high or medium weight; {len(findings) - len(kept)} that mean nothing here",
            show_lines=True,
        )
        for heading in ("weight", "detector", "finding"):
            table.add_column(heading)
        for finding in shown:
            table.add_row(finding["impact"], finding["check"], finding["description"].strip().replace("[", "\\["))
        console.print(table)
    bare = reasonless(root)
    for place in bare:
        console.print(f"{place}: silenced without a sentence above that says why", style="red", markup=False)
    if heavy or bare:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(run)
