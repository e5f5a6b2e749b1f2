"""``python -m tests.model``: many histories, one after the other, and what they covered."""

from __future__ import annotations

import argparse
import json
import sys
import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from chain.issuance.compilation import build
from tests.model.chain import ROOT, Difference
from tests.model.driver import Figures, Run
from tests.model.shrinking import shrunk

TOLD = 30
"""Steps of a shortened history that are told, the last ones."""

HISTORY = 2_500
"""Steps of one history; a longer run is several, each of a seed and a deployment of its own."""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.model", description=__doc__)
    parser.add_argument("--steps", type=int, default=10_000, help="steps of all histories together")
    parser.add_argument("--seed", type=int, default=1, help="of the first history; the next ones count on")
    parser.add_argument("--history", type=int, default=HISTORY, help="steps of one history")
    parser.add_argument("--no-shrink", action="store_true", help="tell the difference as it was found")
    parser.add_argument("--json", action="store_true", help="figures as JSON on standard output")
    options = parser.parse_args(arguments)
    console = Console(stderr=True)
    artifacts = build(ROOT)
    figures, begun, seed = Figures(), time.monotonic(), options.seed
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("steps", total=options.steps)
        while figures.steps < options.steps:
            run = Run(seed, artifacts)
            wanted = min(options.history, options.steps - figures.steps)
            try:
                for step in range(wanted):
                    run.draw_step()
                    if step % 50 == 49:
                        progress.update(task, completed=figures.steps + run.figures.steps, description=f"seed {seed}")
                run.compare_all()
            except Difference as difference:
                progress.stop()
                _tell(
                    console,
                    run,
                    difference,
                    None if options.no_shrink else shrunk(seed, run.history_actions, artifacts),
                )
                return 1
            figures.add(run.figures)
            seed += 1
    _sum_up(console, figures, options, seed, time.monotonic() - begun)
    return 0


def _tell(console: Console, run: Run, difference: Difference, shorter: tuple[list[object], str] | None) -> None:
    step = run.figures.steps + 1
    console.print(f"[bold]model and contracts differ[/bold]: seed {run.seed}, step {step}", highlight=False)
    console.print(str(difference), markup=False, highlight=False)
    console.print(f"replay: python -m tests.model --seed {run.seed} --steps {step} --history {step}", markup=False)
    if shorter:
        actions, text = shorter
        console.print(f"\nthe same in {len(actions)} steps: {text}", markup=False, highlight=False)
        for action in actions[-TOLD:]:
            console.print(f"  {action}", markup=False, highlight=False)


def _sum_up(console: Console, figures: Figures, options: argparse.Namespace, next_seed: int, seconds: float) -> None:
    refused = sum(figures.refused.values())
    found = {
        "steps": figures.steps, "seconds": round(seconds, 1), "steps_a_second": round(figures.steps / seconds),
        "seeds": [options.seed, next_seed - 1], "done": figures.steps - refused, "refused": refused,
        "refused_for_one_rule": figures.one_rule, "words_compared": figures.words, "full_checks": figures.full_checks,
        "functions": dict(figures.done.most_common()), "refusals": dict(figures.refused.most_common()),
    }  # fmt: skip
    if options.json:
        json.dump(found, sys.stdout, indent=1)
        print()
        return
    console.print(
        f"{figures.steps:,} steps in {seconds:.0f} s ({figures.steps / seconds:.0f} a second), seeds {options.seed} to "
        f"{next_seed - 1}: {figures.steps - refused:,} done by {len(figures.done)} functions, {refused:,} refused for "
        f"{len(figures.refused)} reasons, {figures.words:,} words equal"
    )


if __name__ == "__main__":
    sys.exit(main())
