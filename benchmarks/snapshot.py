"""The gas snapshot: what each movement cost when somebody last looked, in the repository beside the contracts.

`python -m benchmarks.snapshot` writes it anew, for a change of the contracts that is meant to change what they cost; a
test holds it against what is measured.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path

from benchmarks import gas
from benchmarks.rows import Row

FILE = Path(__file__).parents[1] / "contracts" / "gas-snapshot.json"
#: Times stand in call data, whose zero bytes are cheaper, and no run has quite the same.
TOLERANCE = 0.005
#: Pieces and documents that are there when it is measured; with more of them nothing costs more (`gas.growth`).
MANY = 3_000


def kept() -> dict[str, int]:
    """Row → gas, as in the repository."""
    found: dict[str, int] = json.loads(FILE.read_text("utf-8"))
    return found


def differences(rows: Iterable[Row], snapshot: Mapping[str, int]) -> list[str]:
    """What was measured and is not what the snapshot says."""
    measured = {row.name: round(row.value) for row in rows}
    return [
        f"{name}: {snapshot.get(name, 'nothing')} in the snapshot, {measured.get(name, 'nothing')} measured"
        for name in sorted(snapshot.keys() | measured.keys())
        if name not in snapshot
        or name not in measured
        or abs(measured[name] - snapshot[name]) > TOLERANCE * snapshot[name]
    ]


def write(rows: Iterable[Row]) -> None:
    """Keep what was measured."""
    figures = {row.name: round(row.value) for row in rows}
    FILE.write_text(json.dumps(figures, indent=2, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    measured = gas.measure(MANY)
    if sys.argv[1:]:
        # All of the rows to a file, for the test.
        Path(sys.argv[1]).write_text(json.dumps([asdict(row) for row in measured]), "utf-8")
    else:
        write(measured)
