"""What the reports of a run add up to, by file; also as LCOV."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby

from rich.table import Table

from tests.coverage.instrument import Point


@dataclass
class FileCoverage:
    """One file's lines and branches."""

    path: str
    lines: dict[int, bool] = field(default_factory=dict)
    """Lines on which a statement stands, and whether all of them ran."""
    branches: list[tuple[int, str, bool]] = field(default_factory=list)
    """Line, which way of which decision, whether it was taken."""

    @property
    def missed_lines(self) -> list[int]:
        return sorted(line for line, ran in self.lines.items() if not ran)

    @property
    def missed_branches(self) -> list[tuple[int, str]]:
        return [(line, name) for line, name, taken in self.branches if not taken]


@dataclass(frozen=True)
class Coverage:
    """All files."""

    files: list[FileCoverage]

    @property
    def lines(self) -> tuple[int, int]:
        """Ran, of how many."""
        return sum(sum(file.lines.values()) for file in self.files), sum(len(file.lines) for file in self.files)

    @property
    def branches(self) -> tuple[int, int]:
        """Taken, of how many."""
        taken = sum(taken for file in self.files for _, _, taken in file.branches)
        return taken, sum(len(file.branches) for file in self.files)

    def table(self) -> Table:
        table = Table(title="Coverage of contracts/ by its Solidity tests")
        for heading in ("file", "lines", "branches", "not run"):
            table.add_column(heading, justify="left" if heading in ("file", "not run") else "right")
        for file in self.files:
            ways = [f"{line} {name}" for line, name in file.missed_branches]
            missed = ", ".join([_ranges(file.missed_lines), *ways] if file.missed_lines else ways)
            taken = sum(taken for _, _, taken in file.branches)
            table.add_row(
                file.path, share(sum(file.lines.values()), len(file.lines)), share(taken, len(file.branches)), missed
            )
        table.add_section()
        table.add_row("all", share(*self.lines), share(*self.branches), "")
        return table

    def lcov(self) -> str:
        """As other tools read it: a hit is 1, because how often is not known."""
        out = ["TN:"]
        for file in self.files:
            out += [f"SF:{file.path}", *(f"DA:{line},{int(ran)}" for line, ran in sorted(file.lines.items()))]
            out += [f"LF:{len(file.lines)}", f"LH:{sum(file.lines.values())}"]
            # Two ways make one block.
            out += [
                f"BRDA:{line},{way // 2},{way % 2},{int(taken)}" for way, (line, _, taken) in enumerate(file.branches)
            ]
            out += [f"BRF:{len(file.branches)}", f"BRH:{sum(taken for *_, taken in file.branches)}", "end_of_record"]
        return "\n".join(out) + "\n"


def share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "–"


def ratio(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def coverage(points: list[Point], hits: Iterable[int]) -> Coverage:
    """Points that reported and points that did not; the number of the first is 1."""
    reported = set(hits)
    files: dict[str, FileCoverage] = {}
    for number, point in enumerate(points, start=1):
        file = files.setdefault(point.file, FileCoverage(point.file))
        ran = number in reported
        if point.branch is not None:
            file.branches.append((point.lines[0], point.branch, ran))
            continue
        for line in range(point.lines[0], point.lines[1] + 1):
            file.lines[line] = file.lines.get(line, True) and ran
    return Coverage(sorted(files.values(), key=lambda file: file.path))


def _ranges(lines: list[int]) -> str:
    """Such as ``3, 7-9``."""
    runs = [[line for _, line in group] for _, group in groupby(enumerate(lines), lambda pair: pair[1] - pair[0])]
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)
