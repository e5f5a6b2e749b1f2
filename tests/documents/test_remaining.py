"""What is left of many: in order, without what is used up, and without looking at it again."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from chain.documents.trade.remaining import Remaining


@dataclass
class Counted:
    left: int
    looked_at: int = 0

    @property
    def remains(self) -> bool:
        self.looked_at += 1
        return self.left > 0


@given(
    st.lists(st.integers(0, 3), max_size=12), st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=12)
)
def test_those_with_something_left_come_in_their_order_from_any_one_on(left, steps):
    several = [Counted(one) for one in left]
    remaining = Remaining(several)
    for at, used in steps:
        assert list(remaining.since(at)) == [one for one in several[at:] if one.left > 0]
        assert remaining.remains == any(one.left for one in several)
        if used < len(several):
            several[used].left = 0


def test_what_is_used_up_in_the_middle_is_looked_at_once_however_often_the_rest_is_asked_for():
    several = [Counted(1), *(Counted(0) for _ in range(1_000)), Counted(1)]
    remaining = Remaining(several)
    for _ in range(100):
        assert [one.left for one in remaining] == [1, 1]
    assert sum(one.looked_at for one in several[1:-1]) == 1_000
