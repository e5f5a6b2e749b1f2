"""Every chosen fault is compiled and tested; several processes, each with its own compiler and runner."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from queue import SimpleQueue
from threading import Lock
from time import monotonic

from tests.mutation.operators import Mutant
from tests.mutation.sample import quotas, rank, strata
from tests.solidity.build import Build, compiled
from tests.solidity.syntax import Project
from tests.solidity.worker import Worker, WorkerFailed, WorkerTimedOut

COMPILE_SECONDS = 600.0
"""A compiler that takes longer has lost itself in the fault; without a verdict on it the fault is left out."""


class Verdict(StrEnum):
    """What became of a fault."""

    KILLED = "killed"
    """A test fails."""
    TIMED_OUT = "timed out"
    """The tests do not end, or end the process; it counts as killed."""
    SURVIVED = "survived"
    """All tests pass."""
    EQUIVALENT = "equivalent"
    """The optimizer makes the same code of it as of the original; another takes its place."""
    UNCOMPILABLE = "uncompilable"
    """The compiler refuses it; another takes its place."""

    @property
    def counts(self) -> bool:
        return self in (Verdict.KILLED, Verdict.TIMED_OUT, Verdict.SURVIVED)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The verdict on one mutant, and who found it."""

    key: str
    verdict: Verdict
    suite: str = ""
    test: str = ""
    reason: str = ""
    seconds: float = 0.0


class Verdicts:
    """A file of outcomes, one line each as soon as it is known, so that a stopped run goes on where it was."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self.known: dict[str, Outcome] = {}
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                try:
                    entry = json.loads(line)
                except json.JSONDecodeError:
                    continue  # the last line of a run that was ended in the middle of it
                self.known[entry["key"]] = Outcome(**{**entry, "verdict": Verdict(entry["verdict"])})

    def add(self, outcome: Outcome) -> None:
        with self._lock:
            self.known[outcome.key] = outcome
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(outcome)) + "\n")


class Bench:
    """One process with the build of the original, on which mutants are tried one after the other."""

    def __init__(self, project_root: Path, project: Project, build: Build, order: SuiteOrder) -> None:
        self._root, self._project, self._build, self._order = project_root, project, build, order
        self._worker: Worker | None = None
        self._optimized: dict[str, dict[str, str]] = {}

    def close(self) -> None:
        if self._worker is not None:
            self._worker.close()
            self._worker = None

    def try_(self, mutant: Mutant) -> Outcome:
        """Compile and test one mutant."""
        started = monotonic()
        outcome = self._tried(mutant)
        return Outcome(**{**asdict(outcome), "verdict": outcome.verdict, "seconds": round(monotonic() - started, 3)})

    def _open(self) -> Worker:
        if self._worker is None:
            self._worker = Worker(self._root)
            self._worker.ask("load", keep="base", path=str(self._build.artifacts))
        return self._worker

    def _tried(self, mutant: Mutant) -> Outcome:
        name = f"project/{mutant.file}"
        overrides = {name: mutant.applied(self._project.sources[name].content)}
        wanted = self._project.affected(mutant.unit)
        if not wanted:
            # Nothing that can be created holds it, so no test can tell; the compiler still says whether it is Solidity.
            wanted = {name: ["*"]}
        worker = self._open()
        try:
            answer = compiled(
                worker, wanted, self._build.levels, keep="mutant", overrides=overrides, seconds=COMPILE_SECONDS
            )
        except (WorkerTimedOut, WorkerFailed) as error:
            self._worker = None
            return Outcome(mutant.key, Verdict.UNCOMPILABLE, reason=str(error))
        if answer["errors"]:
            return Outcome(mutant.key, Verdict.UNCOMPILABLE, reason=answer["errors"][0].split("\n")[0])
        if all(self._build.digests.get(contract) == digest for contract, digest in answer["contracts"].items()):
            return Outcome(mutant.key, Verdict.EQUIVALENT)
        outcome = self._tested(worker, mutant)
        if outcome.verdict is Verdict.SURVIVED and self._same_when_optimized(wanted, overrides):
            return Outcome(mutant.key, Verdict.EQUIVALENT)
        return outcome

    def _tested(self, worker: Worker, mutant: Mutant) -> Outcome:
        for suite in self._order.of(mutant):
            patience = 60 + 20 * self._build.milliseconds[suite] / 1000
            try:
                answer = worker.ask(
                    "run",
                    seconds=patience,
                    base="base",
                    over="mutant",
                    suites=[[suite]],
                    gasLimit=str(self._build.gas_limit),
                )
            except (WorkerTimedOut, WorkerFailed) as error:
                self._worker = None
                return Outcome(mutant.key, Verdict.TIMED_OUT, suite=suite, reason=str(error))
            failed = next((test for test in answer["tests"] if test["status"] == "Failure"), None)
            if failed:
                self._order.killed(mutant, suite)
                reason = (failed.get("reason") or "")[:200]
                return Outcome(mutant.key, Verdict.KILLED, suite=suite, test=failed["name"], reason=reason)
        return Outcome(mutant.key, Verdict.SURVIVED)

    def _same_when_optimized(self, wanted: dict[str, list[str]], overrides: Mapping[str, str]) -> bool:
        sources = self._project.sources
        wanted = {source: names for source, names in wanted.items() if not sources[source].is_test} or wanted
        select = json.dumps(wanted, sort_keys=True)
        worker = self._open()
        if select not in self._optimized:
            self._optimized[select] = worker.ask("compile", select=wanted)["contracts"]
        answer = worker.ask("compile", select=wanted, overrides=overrides)
        return answer.get("contracts") == self._optimized[select]


class SuiteOrder:
    """Which suite runs first: what found faults in the same function, then in the same file, then what is fast.

    The order changes how long a verdict takes, never the verdict.
    """

    def __init__(self, milliseconds: Mapping[str, float]) -> None:
        self._milliseconds = milliseconds
        self._finds: Counter[tuple[str, str]] = Counter()

    def killed(self, mutant: Mutant, suite: str) -> None:
        self._finds[mutant.file, suite] += 1
        self._finds[f"{mutant.file}:{mutant.place}", suite] += 1

    def of(self, mutant: Mutant) -> list[str]:
        def weight(suite: str) -> tuple[float, float]:
            finds = 100 * self._finds[f"{mutant.file}:{mutant.place}", suite] + self._finds[mutant.file, suite]
            return -finds / (20 + self._milliseconds[suite]), self._milliseconds[suite]

        return sorted(self._milliseconds, key=weight)


Progress = Callable[[Mutant, Outcome], None]


def hunt(
    mutants: list[Mutant],
    count: int,
    seed: int,
    verdicts: Verdicts,
    benches: list[Bench],
    dropped: Callable[[Mutant], bool],
    progress: Progress,
) -> list[tuple[Mutant, Outcome]]:
    """``count`` mutants with a verdict that counts, of every stratum its part, and those that were dropped on the way.

    ``dropped`` says which survivors are known to be no fault. The mutants taken depend on the seed alone: not on the number of
    processes, nor on which of them was faster.
    """
    free: SimpleQueue[Bench] = SimpleQueue()
    for bench in benches:
        free.put(bench)
    found: dict[str, tuple[Mutant, Outcome]] = {}

    def tried(mutant: Mutant) -> bool:
        outcome = verdicts.known.get(mutant.key)
        if outcome is None:
            bench = free.get()
            try:
                outcome = bench.try_(mutant)
            finally:
                free.put(bench)
            verdicts.add(outcome)
        found[mutant.key] = mutant, outcome
        progress(mutant, outcome)
        return outcome.verdict.counts and not (outcome.verdict is Verdict.SURVIVED and dropped(mutant))

    layers = strata(mutants, seed)
    waiting = {stratum: iter(entries) for stratum, entries in layers.items()}
    missing = quotas({stratum: len(entries) for stratum, entries in layers.items()}, count)
    with ThreadPoolExecutor(len(benches)) as pool:
        while any(missing.values()):
            batch = [
                (stratum, mutant) for stratum, number in missing.items() for mutant in _take(waiting[stratum], number)
            ]
            for (stratum, _), counts in zip(batch, pool.map(tried, [mutant for _, mutant in batch]), strict=True):
                missing[stratum] -= counts
            empty = {stratum for stratum in missing if missing[stratum] and not _has_more(waiting, stratum)}
            # What a stratum lacks in the end is taken from all others together, again in the order of the seed.
            lacking = sum(missing[stratum] for stratum in empty)
            missing |= dict.fromkeys(empty, 0)
            rest = sorted(
                (mutant for stratum in waiting for mutant in _peek(waiting, stratum)), key=lambda m: rank(m, seed)
            )
            for mutant in rest[:lacking]:
                missing[mutant.file, mutant.operator] += 1
    return sorted(found.values(), key=lambda pair: (pair[0].file, pair[0].start, pair[0].end, pair[0].operator))


def _take(entries: Iterator[Mutant], number: int) -> list[Mutant]:
    return [mutant for _, mutant in zip(range(number), entries, strict=False)]


def _peek(waiting: dict[tuple[str, str], Iterator[Mutant]], stratum: tuple[str, str]) -> list[Mutant]:
    left = list(waiting[stratum])
    waiting[stratum] = iter(left)
    return left


def _has_more(waiting: dict[tuple[str, str], Iterator[Mutant]], stratum: tuple[str, str]) -> bool:
    return bool(_peek(waiting, stratum))
