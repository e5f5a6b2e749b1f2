"""The contracts and their tests compiled to be run often: without the optimizer wherever the compiler manages without it.

Unoptimized code means the same, and comes out of the compiler several times as fast. Some functions need the optimizer,
because they keep more in reach than the machine's stack holds.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.solidity.syntax import Project
from tests.solidity.worker import SCRIPT, Worker

Selection = Mapping[str, list[str]]
"""Source → names of its contracts."""

Levels = Mapping[str, int]
"""Source → what it needs to compile: 0 nothing (so does what is not named), 1 the optimizer, 2 the IR as well."""

_GAS_LIMITS = [2**28, 2**30, 2**32, 2**34]


class DoesNotCompile(Exception):
    """The sources as they are do not compile; the compiler's message."""


class SuitesFail(Exception):
    """The tests fail on the sources as they are; which ones."""


@dataclass(frozen=True, slots=True)
class Build:
    """What one state of the sources compiles to, kept in a folder of its own."""

    folder: Path
    levels: Levels
    digests: Mapping[str, str]
    """By "source:Name", of the creation code."""
    suites: Mapping[str, list[str]]
    """By "source:Name", the tests."""
    milliseconds: Mapping[str, float]
    """By suite, what a run took."""
    gas_limit: int
    """Enough for every test, and little enough for one that never ends."""

    @property
    def artifacts(self) -> Path:
        return self.folder / "base.json"

    @property
    def trees(self) -> Path:
        return self.folder / "trees.json"


def digest_of(project_root: Path) -> str:
    """Over the contracts, their tests, the settings and what runs them."""
    files = [*sorted((project_root / "contracts").rglob("*.sol")), *sorted((project_root / "contracts").glob("*.json"))]
    digest = hashlib.sha256()
    for path in [*files, project_root / "hardhat.config.js", project_root / "package-lock.json", SCRIPT]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def build(project_root: Path, folder: Path) -> Build:
    """The build of the sources as they are, made or taken from the folder. Raises DoesNotCompile, SuitesFail."""
    folder = folder / digest_of(project_root)
    kept = folder / "build.json"
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with Worker(project_root) as worker:
            found = _make(worker, folder)
        kept.write_text(json.dumps(found), encoding="utf-8")
    found = json.loads(kept.read_text(encoding="utf-8"))
    return Build(folder, **found)


def _make(worker: Worker, folder: Path) -> dict[str, Any]:
    errors = worker.ask("ast", path=str(folder / "trees.json"))["errors"]
    if errors:
        raise DoesNotCompile(errors[0])
    project = Project.read(folder / "trees.json")
    digests, levels = settled(worker, project)
    worker.ask("save", keep="base", path=str(folder / "base.json"))
    gas_limit, milliseconds = _calibrated(worker)
    return {
        "levels": levels,
        "digests": digests,
        "suites": worker.ask("suites", base="base")["suites"],
        "milliseconds": milliseconds,
        "gas_limit": gas_limit,
    }


def settled(
    worker: Worker, project: Project, overrides: Mapping[str, str] | None = None
) -> tuple[dict[str, str], dict[str, int]]:
    """Compiles all contracts and tests as the worker's build ``base``, each source on the lowest level that does.

    The digests of their creation code, and the levels that are not 0. Raises DoesNotCompile.
    """
    wanted = {name: ["*"] for name in project.sources if name.startswith("project/")}
    levels: dict[str, int] = {}
    while True:
        answer = compiled(worker, wanted, levels, keep="base", overrides=overrides)
        if not answer["errors"]:
            return answer["contracts"], levels
        deep = {
            source for source in _too_deep(project, answer["errors"][0]) if levels.get(source, 0) == answer["level"]
        }
        if not deep or answer["level"] == 2:
            raise DoesNotCompile(answer["errors"][0])
        levels |= dict.fromkeys(deep, answer["level"] + 1)


def _too_deep(project: Project, error: str) -> set[str]:
    """The sources whose contracts hold code that the compiler finds too deep; the function may be a library's."""
    if "Stack too deep" not in error:
        return set()
    named = {f"project/{path}" for path in re.findall(r"--> project/(\S+?):\d", error)} & set(project.sources)
    units = [unit["id"] for name in named for unit in project.sources[name].tree["nodes"] if "id" in unit]
    return named | {source for unit in units for source in project.affected(unit)}


def compiled(
    worker: Worker,
    wanted: Selection,
    levels: Levels,
    *,
    keep: str,
    overrides: Mapping[str, str] | None = None,
    seconds: float | None = None,
) -> dict[str, Any]:
    """The contracts wanted, each on its level. ``level`` is where the compiler stopped, if it did."""
    contracts: dict[str, str] = {}
    for level in range(3):
        select = {source: names for source, names in wanted.items() if levels.get(source, 0) == level}
        if not select:
            continue
        answer = worker.ask(
            "compile",
            seconds=seconds,
            keep=keep,
            more=bool(contracts),
            select=select,
            optimize=level > 0,
            viaIR=level > 1,
            overrides=overrides or {},
        )
        if answer["errors"]:
            return {"errors": answer["errors"], "level": level}
        contracts |= answer["contracts"]
    return {"errors": [], "contracts": contracts}


def _calibrated(worker: Worker) -> tuple[int, dict[str, float]]:
    """The least gas limit with which all tests pass, and what each suite takes."""
    failed: list[dict[str, Any]] = []
    for gas_limit in _GAS_LIMITS:
        taken = {}
        failed = []
        for suite in worker.ask("suites", base="base")["suites"]:
            answer = worker.ask("run", base="base", suites=[[suite]], stop=False, gasLimit=str(gas_limit))
            taken[suite] = answer["milliseconds"]
            failed += [test for test in answer["tests"] if test["status"] == "Failure"]
        if not failed:
            return gas_limit, taken
    raise SuitesFail("; ".join(f"{test['suite']} {test['name']}: {test['reason']}" for test in failed[:5]))
