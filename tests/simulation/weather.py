"""Which faults come how often: drawn anew for every seed, so that some seeds have few kinds of them and others many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from random import Random

FAULTS = {
    "request dropped": 0.02, "answer dropped": 0.02, "request delayed": 0.05, "transaction duplicated": 0.05,
    "stale answer": 0.03, "transaction evicted": 0.02, "reorganisation": 0.01, "transaction lost with its block": 0.3,
    "node killed": 0.003, "database fails at begin": 0.01, "database fails at a statement": 0.004, "commit fails": 0.01,
    "commit fails after it took effect": 0.01, "service killed": 0.006, "indexer killed": 0.01,
}  # fmt: skip
"""Kind of fault → how likely it is each time it may come, in bad weather."""


class Weather:
    """Says whether a fault comes now, and counts those that came."""

    def __init__(self, random: Random, without: Collection[str] = ()) -> None:
        self._random = random
        self.came: Counter[str] = Counter()
        self.calm = False
        strength = {kind: random.choice([0, 0.3, 1, 1, 3]) for kind in FAULTS}
        self.likely = {kind: 0 if kind in without else share * strength[kind] for kind, share in FAULTS.items()}

    def strikes(self, kind: str) -> bool:
        """Whether it comes now; never once the weather is calm."""
        if self.calm or self._random.random() >= self.likely[kind]:
            return False
        self.came[kind] += 1
        return True
