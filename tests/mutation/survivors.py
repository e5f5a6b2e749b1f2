"""The file of known survivors: each with the reason why no test finds it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tests.mutation.operators import Mutant
from tests.solidity.syntax import Project

FILE = Path(__file__).with_name("survivors.toml")


class Kind(StrEnum):
    """What a known survivor is."""

    EQUIVALENT = "equivalent"
    """It behaves as the original does, in all that a caller can bring about; it is not counted."""
    ACCEPTED = "accepted"
    """It behaves otherwise, and nobody minds; it is counted as survived."""


class SurvivorsUnreadable(Exception):
    """The file of known survivors says something else than it should."""


@dataclass(frozen=True, slots=True)
class Known:
    """One entry. It names the fault by its words, not by its line, so that it outlives changes elsewhere in the file."""

    file: str
    place: str
    operator: str
    source: str
    """The line that it changes, without the spaces around it."""
    original: str
    mutated: str
    kind: Kind
    reason: str

    def means(self, mutant: Mutant, line: str) -> bool:
        return (self.file, self.place, self.operator, self.source, self.original, self.mutated) == (
            mutant.file,
            mutant.place,
            mutant.operator,
            line,
            mutant.original,
            mutant.mutated,
        )


def read(path: Path = FILE) -> list[Known]:
    """The entries of the file; none without a file. Raises SurvivorsUnreadable."""
    if not path.exists():
        return []
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("survivor", [])
        known = [Known(**{**entry, "kind": Kind(entry["kind"])}) for entry in entries]
    except (tomllib.TOMLDecodeError, TypeError, KeyError, ValueError) as error:
        raise SurvivorsUnreadable(f"{path}: {error}") from error
    for entry in known:
        if not entry.reason.strip():
            raise SurvivorsUnreadable(f"{path}: the survivor of {entry.place} has no reason")
    return known


def line_of(project: Project, mutant: Mutant) -> str:
    """The line that a mutant changes, without the spaces around it."""
    return project.sources[f"project/{mutant.file}"].lines[mutant.line - 1].strip()


def find(known: Iterable[Known], mutant: Mutant, line: str) -> Known | None:
    return next((entry for entry in known if entry.means(mutant, line)), None)


def entry(mutant: Mutant, line: str) -> str:
    """The entry to copy into the file, with its reason left to write."""
    fields = {
        "file": mutant.file,
        "place": mutant.place,
        "operator": mutant.operator,
        "source": line,
        "original": mutant.original,
        "mutated": mutant.mutated,
        "kind": Kind.ACCEPTED.value,
        "reason": "",
    }
    return "[[survivor]]\n" + "".join(f"{name} = {_quoted(value)}\n" for name, value in fields.items())


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'
