"""Service, indexer and node are killed hard in turn; what each home holds in the end is as if nothing had happened.

More of the same: ``make test-deep``.
"""

from tests.simulation.kills import TARGETS, killed


def test_whoever_is_killed_nothing_is_lost_and_nothing_doubled(tmp_path):
    count = killed(tmp_path, seed=1, kills=6)
    assert all(count[name] == 2 for name in TARGETS)
