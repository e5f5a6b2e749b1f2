"""`python -m tests.fuzzing`: make up files that nobody sends, and see whether every reader stays what it is.

`python -m tests.fuzzing --replay FILE` reads one input again, without the fuzzer; its name begins with its family's.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from tests.fuzzing.families import FAMILIES
from tests.fuzzing.findings import replay, told

#: What libFuzzer calls an input that stopped it.
STOPPED = ("timeout-", "oom-", "crash-", "leak-")
WALL_SECONDS = 30
MOST_MEGABYTES = 2_048
_PULSE = re.compile(r"#(\d+)\s+\S+\s+cov: (\d+)")

Advance = Callable[[int, int, int], None]
"""Called with inputs tried, branches seen, findings."""


def fuzz(name: str, seconds: int, seed: int, folder: Path, advance: Advance) -> list[Path]:
    """Fuzz one family. Returns what was found, an input each."""
    corpus, findings = folder / "corpus" / name, folder / "findings"
    corpus.mkdir(parents=True, exist_ok=True)
    findings.mkdir(parents=True, exist_ok=True)
    for content in FAMILIES[name].seeds():
        (corpus / hashlib.sha1(content, usedforsecurity=False).hexdigest()).write_bytes(content)
    before, ends, tried = set(findings.iterdir()), monotonic() + seconds, 0

    def found() -> list[Path]:
        return sorted(path for path in set(findings.iterdir()) - before if path.suffix != ".txt")

    while (left := int(ends - monotonic())) > 0:
        options = [
            f"-max_total_time={left}", f"-timeout={WALL_SECONDS}", f"-rss_limit_mb={MOST_MEGABYTES}", "-max_len=65536",
            "-len_control=0", f"-seed={seed}", f"-artifact_prefix={findings}/{name}-", str(corpus),
        ]  # fmt: skip
        command = [sys.executable, "-m", "tests.fuzzing.harness", name, str(findings), *options]
        process = subprocess.Popen(
            command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, errors="replace"
        )
        last, said = 0, ""
        try:
            assert process.stderr is not None
            for line in process.stderr:
                said = (said + line)[-4_000:]
                if pulse := _PULSE.search(line):
                    last = int(pulse[1])
                    advance(tried + last, int(pulse[2]), len(found()))
        finally:
            process.kill()
            process.wait()
        tried, seed = tried + last, seed + 1
        if "Done " not in said and not any(
            path.name.startswith(f"{name}-{stop}") for path in found() for stop in STOPPED
        ):
            raise RuntimeError(said)
    return found()


def run(
    formats: Annotated[
        list[str] | None, typer.Argument(help=f"Which of {', '.join(FAMILIES)}; all without any.")
    ] = None,
    seconds: Annotated[int, typer.Option(help="So long each of them.")] = 60,
    seed: Annotated[int, typer.Option(help="Another seed tries other files.")] = 1,
    folder: Annotated[Path, typer.Option(help="Where inputs and findings are kept.")] = Path("var/fuzzing"),
    replay_: Annotated[Path | None, typer.Option("--replay", help="One input, once more.")] = None,
) -> None:
    """Files tried, and what does not hold; exit 1 when anything does not."""
    console = Console(stderr=True, width=None if sys.stderr.isatty() else 140)
    if replay_ is not None:
        replay(replay_)
        console.print("every invariant holds", style="green")
        return
    chosen = formats or list(FAMILIES)
    if unknown := [name for name in chosen if name not in FAMILIES]:
        console.print(f"There is no '{unknown[0]}'; there are: {', '.join(FAMILIES)}", style="red")
        raise typer.Exit(2)
    if find_spec("atheris") is None:
        console.print("The fuzzer is not installed; `make fuzz` installs it.", style="red")
        raise typer.Exit(2)
    findings: list[Path] = []
    columns = (TextColumn("{task.fields[name]}"), BarColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=seconds * len(chosen), name="")
        for number, name in enumerate(chosen):
            started = monotonic()

            def advance(
                tried: int, branches: int, found: int, number: int = number, started: float = started, name: str = name
            ) -> None:
                done = number * seconds + min(monotonic() - started, seconds)
                said = f"{tried:,} files, {branches:,} branches, {found} findings"
                bar.update(task, completed=done, description=said, name=name)

            found = fuzz(name, seconds, seed, folder, advance)
            console.print(f"{name}: {bar.tasks[0].description or 'nothing tried'}", highlight=False)
            findings += found
    for path in findings:
        console.print(
            f"{told(path)}\n  python -m tests.fuzzing --replay {path}", style="red", markup=False, highlight=False
        )
    if findings:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(run)
