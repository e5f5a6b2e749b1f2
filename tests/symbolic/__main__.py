"""`python -m tests.symbolic`: prove what `*.p.sol` claim, by running the deployed bytecode on values that may be anything.

- `check_…` must hold on every way through the code.
- `refute_…` must fail: it claims too much, and a prover that let it pass would prove nothing.
- Of each `check_…` that asserts something after a call which succeeded, a copy is made in which that call must not succeed.
  It must fail, too: a proof about calls that never succeed would say nothing.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from tests.solidity.worker import Worker, WorkerFailed

TOOLS = Path(".setup/analysis/bin")
"""The prover has an environment of its own: it needs other versions of packages that the product uses."""
PROVEN, REFUTED = 0, 1
"""How the prover ends a function: no way fails, or values make one fail. Anything else it could not decide."""


class NotProven(Exception):
    """The prover or the compiler did not get to the end; what it said."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One function and what became of it."""

    contract: str
    name: str
    holds: bool | None
    """None where the prover could not decide."""
    paths: int
    bounded: bool
    """Whether some loop goes on longer than the prover followed it."""
    seconds: float

    @property
    def must_hold(self) -> bool:
        return self.name.startswith("check_")

    @property
    def as_it_must(self) -> bool:
        return self.holds is self.must_hold and not (self.must_hold and self.bounded)


def reached(text: str) -> str:
    """A copy of a proof in which no call may succeed; contracts and functions get names of their own."""
    text = re.sub(r"(\btry [^;{]*?\{)", r"\1 assert(false);", text)
    text = re.sub(r"\bcontract (\w+Proof)\b", r"contract Reached\1", text)
    text = re.sub(r"\bfunction refute_", "function claimed_", text)
    return re.sub(r"\bfunction check_", "function refute_reached_", text)


def prove(project_root: Path, pattern: str, seconds: int) -> list[Claim]:
    """All claims whose names match. Raises NotProven."""
    proofs = sorted((project_root / "tests" / "symbolic").glob("*.p.sol"))
    roots = [f"project/{path.relative_to(project_root).as_posix()}" for path in proofs]
    copies = {
        root.replace(".p.sol", ".reached.p.sol"): reached(path.read_text(encoding="utf-8"))
        for root, path in zip(roots, proofs, strict=True)
        if "try " in path.read_text(encoding="utf-8")
    }
    with TemporaryDirectory() as folder:
        with Worker(project_root) as worker:
            answer = worker.ask("forge", folder=str(Path(folder) / "out"), roots=[*roots, *copies], overrides=copies)
        if answer["errors"]:
            raise NotProven(answer["errors"][0])
        claims = [*_run(Path(folder), f"^check_.*({pattern})", seconds)]
        claims += _run(Path(folder), f"^refute_.*({pattern})", seconds, "--early-exit")
    return sorted(claims, key=lambda claim: (claim.contract, claim.name))


def _run(folder: Path, pattern: str, seconds: int, *options: str) -> Iterator[Claim]:
    output = folder / "result.json"
    output.unlink(missing_ok=True)
    # The prover asks forge to compile; what forge would leave is there already.
    forge = folder / "bin" / "forge"
    forge.parent.mkdir(exist_ok=True)
    forge.write_text("#!/bin/sh\nexit 0\n", encoding="utf-8")
    forge.chmod(0o755)
    command = [
        str(TOOLS.resolve() / "halmos"),
        "--root",
        str(folder),
        "--match-contract",
        "Proof",
        "--match-test",
        pattern,
    ]
    command += [
        "--no-status",
        "--solver-timeout-assertion",
        str(1000 * seconds),
        "--json-output",
        str(output),
        *options,
    ]
    environment = {**os.environ, "PATH": f"{forge.parent}:{TOOLS.resolve()}:{os.environ['PATH']}"}
    ended = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    if not output.exists():
        if "No tests" in ended.stdout + ended.stderr:
            return
        raise NotProven((ended.stdout + ended.stderr)[-2000:])
    results: dict[str, list[dict[str, Any]]] = json.loads(output.read_text(encoding="utf-8"))["test_results"]
    for contract, functions in results.items():
        for function in functions:
            holds = {PROVEN: True, REFUTED: False}.get(function["exitcode"])
            yield Claim(
                contract.split(":")[-1],
                function["name"].split("(")[0],
                holds,
                (function["num_paths"] or [0])[0],
                bool(function["num_bounded_loops"]),
                (function["time"] or [0.0])[0],
            )


def run(
    match: Annotated[str, typer.Option(help="Only claims whose names match this expression.")] = "",
    seconds: Annotated[int, typer.Option(help="The solver's patience with one way through the code.")] = 120,
    as_json: Annotated[bool, typer.Option("--json", help="Print the claims as JSON.")] = False,
) -> None:
    """Claims, and whether they hold; exit 1 when one does not, or holds where it must not, or is not decided."""
    console = Console(stderr=True, width=None if sys.stderr.isatty() else 140)
    started = monotonic()
    try:
        with console.status("compiling and proving"):
            claims = prove(Path.cwd(), match, seconds)
    except (NotProven, WorkerFailed) as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(2) from None
    if as_json:
        fields = ("contract", "name", "holds", "paths", "bounded", "seconds")
        sys.stdout.write(json.dumps([{name: getattr(claim, name) for name in fields} for claim in claims]) + "\n")
    proofs = [claim for claim in claims if claim.must_hold]
    proven = sum(claim.as_it_must for claim in proofs)
    table = Table(title=f"{proven} of {len(proofs)} claims proven in {monotonic() - started:,.0f} s")
    for heading in ("claim", "ways", "seconds", "", "calls succeed"):
        table.add_column(heading)
    for claim in proofs:
        copy = next(
            (other for other in claims if other.name == f"refute_reached_{claim.name.removeprefix('check_')}"), None
        )
        said = (
            "proven"
            if claim.as_it_must
            else "loop not followed to its end"
            if claim.holds
            else "FALSE"
            if claim.holds is False
            else "open"
        )
        shown = "" if copy is None else "yes" if copy.as_it_must else "NOT SHOWN"
        name = f"{claim.contract.removesuffix('Proof')}: {claim.name.removeprefix('check_').replace('_', ' ')}"
        table.add_row(name, str(claim.paths), f"{claim.seconds:.1f}", said, shown)
    if not as_json:
        console.print(table)
    wrong = [claim for claim in claims if not claim.as_it_must]
    for claim in wrong:
        meant = "must hold" if claim.must_hold else "must be refuted"
        console.print(f"{claim.contract}.{claim.name} {meant}", style="red", markup=False)
    if wrong or not proofs:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(run)
