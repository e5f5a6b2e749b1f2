"""Which claims count as proven, and what is made of them to see that they are about something."""

import pytest

from tests.symbolic.__main__ import Claim, reached


@pytest.mark.parametrize(
    ("name", "holds", "bounded", "fine"),
    [
        ("check_a", True, False, True),
        ("check_a", False, False, False),
        ("check_a", None, False, False),
        ("check_a", True, True, False),
        ("refute_a", False, False, True),
        ("refute_a", False, True, True),
        ("refute_a", True, False, False),
        ("refute_a", None, False, False),
    ],
)
def test_a_claim_is_fine_when_it_ends_as_it_must(name, holds, bounded, fine):
    assert Claim("AProof", name, holds, 1, bounded, 0.1).as_it_must is fine


def test_in_the_copy_no_call_may_succeed():
    text = """contract AProof is Stage {
    function check_b(uint256 x) external {
        try ledger.transfer(one(x), two(x, x)) {
            assert(x > 0);
        } catch {}
    }

    function refute_c() external {}
}"""
    copy = reached(text)
    assert "contract ReachedAProof is Stage" in copy
    assert "try ledger.transfer(one(x), two(x, x)) { assert(false);" in copy
    assert "function refute_reached_b(" in copy
    assert "function claimed_c(" in copy
    assert "check_" not in copy
