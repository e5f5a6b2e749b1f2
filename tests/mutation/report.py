"""What a hunt found, for people and for machines."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from tests.mutation.hunt import Outcome, Verdict
from tests.mutation.operators import OPERATORS, Mutant
from tests.mutation.survivors import Kind, Known, entry, find, line_of
from tests.solidity.syntax import Project


@dataclass(frozen=True, slots=True)
class Survivor:
    """A fault that no test finds."""

    mutant: Mutant
    source: str
    known: Known | None


@dataclass(frozen=True)
class Report:
    """All outcomes of one hunt."""

    seed: int
    found: int
    """How many faults the operators find in all."""
    outcomes: list[tuple[Mutant, Outcome]]
    survivors: list[Survivor]
    """All but those that are known to be equivalent."""
    equivalent: list[Survivor]
    """Survivors that are known to be equivalent; not counted."""
    stale: list[Known]
    """Entries of the file whose fault a test does find, or which name no fault of this source."""
    seconds: float

    @property
    def killed(self) -> int:
        return sum(outcome.verdict in (Verdict.KILLED, Verdict.TIMED_OUT) for _, outcome in self.outcomes)

    @property
    def counted(self) -> int:
        return self.killed + len(self.survivors)

    @property
    def score(self) -> float:
        return self.killed / self.counted if self.counted else 1.0

    @property
    def unexplained(self) -> list[Survivor]:
        return [survivor for survivor in self.survivors if survivor.known is None]

    def as_dict(self) -> dict[str, Any]:
        verdicts = Counter(outcome.verdict.value for _, outcome in self.outcomes)
        return {
            "seed": self.seed,
            "faults_found": self.found,
            "counted": self.counted,
            "killed": self.killed,
            "score": round(self.score, 4),
            "seconds": round(self.seconds, 1),
            "verdicts": dict(sorted(verdicts.items())),
            "known_equivalent": len(self.equivalent),
            "by_operator": self._by(lambda mutant: mutant.operator),
            "by_file": self._by(lambda mutant: mutant.file),
            "survivors": [
                {
                    **survivor.mutant.as_dict(),
                    "source": survivor.source,
                    "reason": survivor.known and survivor.known.reason,
                }
                for survivor in self.survivors
            ],
            "timed_out": [
                mutant.as_dict() for mutant, outcome in self.outcomes if outcome.verdict is Verdict.TIMED_OUT
            ],
            "stale": [f"{known.file} {known.place}: {known.original} → {known.mutated}" for known in self.stale],
        }

    def _by(self, key: Any) -> dict[str, dict[str, int]]:
        killed: Counter[str] = Counter()
        counted: Counter[str] = Counter()
        known = {survivor.mutant.key for survivor in self.equivalent}
        for mutant, outcome in self.outcomes:
            if outcome.verdict.counts and mutant.key not in known:
                counted[key(mutant)] += 1
                killed[key(mutant)] += outcome.verdict is not Verdict.SURVIVED
        return {name: {"killed": killed[name], "counted": counted[name]} for name in sorted(counted)}

    def table(self) -> Table:
        table = Table(
            title=f"{self.killed} of {self.counted} faults found ({self.score:.1%}) in {self.seconds:,.0f} s, seed {self.seed}"
        )
        table.add_column("operator")
        for heading in ("tried", "found", "not found"):
            table.add_column(heading, justify="right")
        by_operator = self._by(lambda mutant: mutant.operator)
        for name in OPERATORS:
            if name in by_operator:
                row = by_operator[name]
                table.add_row(name, str(row["counted"]), str(row["killed"]), str(row["counted"] - row["killed"]))
        return table

    def markdown(self) -> str:
        lines = [
            f"# Mutation testing: {self.killed} of {self.counted} found ({self.score:.1%}), seed {self.seed}",
            "",
            f"{self.found:,} faults can be made; {len(self.equivalent)} survivors of the sample are known to be equivalent.",
            "",
            "| file | line | in | operator | original | mutated | why |",
            "|---|---|---|---|---|---|---|",
        ]
        for survivor in self.survivors:
            mutant = survivor.mutant
            cells = [mutant.file, str(mutant.line), mutant.place, mutant.operator, f"`{_cell(mutant.original)}`"]
            cells += [f"`{_cell(mutant.mutated)}`", survivor.known.reason if survivor.known else "**not listed**"]
            lines.append("| " + " | ".join(cells) + " |")
        if self.unexplained:
            lines += [
                "",
                "Entries for `tests/mutation/survivors.toml`, to be copied once their reasons are written:",
                "",
                "```toml",
            ]
            lines += [entry(survivor.mutant, survivor.source) for survivor in self.unexplained]
            lines += ["```"]
        return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    short = " ".join(text.split())
    return (short if len(short) <= 90 else short[:87] + "…").replace("|", "\\|")


def report(
    project: Project,
    seed: int,
    mutants: list[Mutant],
    outcomes: list[tuple[Mutant, Outcome]],
    known: list[Known],
    seconds: float,
) -> Report:
    """Outcomes set against the file of known survivors."""
    survivors = []
    killed: list[Known] = []
    for mutant, outcome in outcomes:
        line = line_of(project, mutant)
        entry_ = find(known, mutant, line)
        if outcome.verdict is Verdict.SURVIVED:
            survivors.append(Survivor(mutant, line, entry_))
        elif entry_ is not None:
            killed.append(entry_)
    gone = [entry_ for entry_ in known if not any(entry_.means(mutant, line_of(project, mutant)) for mutant in mutants)]
    equivalent = [survivor for survivor in survivors if survivor.known and survivor.known.kind is Kind.EQUIVALENT]
    counted = [survivor for survivor in survivors if survivor not in equivalent]
    return Report(seed, len(mutants), outcomes, counted, equivalent, killed + gone, seconds)
