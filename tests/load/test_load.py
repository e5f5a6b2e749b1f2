"""A few users for a few seconds: the load test itself works. `make load` puts the whole load on."""

from __future__ import annotations

import pytest

from tests.load.running import READS, run


@pytest.mark.deep
def test_a_small_load_makes_no_error_and_loses_nothing() -> None:
    outcome = run(users=12, seconds=8)
    assert outcome.ok, (outcome.failures[:3], outcome.lost[:3], outcome.differences[:3])
    assert outcome.written > 0
    assert {kind: latency.count > 0 for kind, latency in outcome.reads.items()} == dict.fromkeys(("read", *READS), True)
