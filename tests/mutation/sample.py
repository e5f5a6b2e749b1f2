"""Which faults are tried: some of every file and operator, the same ones for the same seed."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from math import sqrt

from tests.mutation.operators import Mutant

Stratum = tuple[str, str]
"""File and operator."""


def strata(mutants: Iterable[Mutant], seed: int) -> dict[Stratum, list[Mutant]]:
    """The mutants by file and operator, each list in the order that the seed gives it."""
    found: dict[Stratum, list[Mutant]] = defaultdict(list)
    for mutant in mutants:
        found[mutant.file, mutant.operator].append(mutant)
    return {
        stratum: sorted(entries, key=lambda mutant: rank(mutant, seed)) for stratum, entries in sorted(found.items())
    }


def rank(mutant: Mutant, seed: int) -> str:
    return hashlib.sha256(f"{seed}|{mutant.key}".encode()).hexdigest()


def quotas(sizes: dict[Stratum, int], count: int) -> dict[Stratum, int]:
    """How many of each stratum make up ``count``: each at least one, large ones by the root of their size.

    By the root, because a file's hundred constants say less than a hundred lines of different kinds.
    """
    wanted = min(count, sum(sizes.values()))
    found = dict.fromkeys(sizes, 0)
    # One after the other to the stratum that is furthest behind: a divisor method, which never takes one back as `count` grows.
    for _ in range(wanted):
        open_ = [stratum for stratum in sizes if found[stratum] < sizes[stratum]]
        chosen = max(
            open_, key=lambda stratum: (found[stratum] == 0, sqrt(sizes[stratum]) / (found[stratum] + 1), stratum)
        )
        found[chosen] += 1
    return found
