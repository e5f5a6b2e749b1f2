"""Whoever is refused by a contract is told what to do next: each error that the contracts raise has its advice."""

import re
from pathlib import Path

from chain.issuance.advice import ADVICE

CONTRACTS = Path(__file__).parents[2] / "contracts"
DECLARED = {
    name
    for path in CONTRACTS.rglob("*.sol")
    if "test" not in path.relative_to(CONTRACTS).parts
    for name in re.findall(r"^\s*error (\w+)\(", path.read_text(), re.MULTILINE)
}
#: Errors of OpenZeppelin's that a party meets.
INHERITED = {"ERC20InsufficientBalance", "ERC20InsufficientAllowance", "AccessManagedUnauthorized"}


def test_every_error_has_its_advice():
    assert DECLARED - ADVICE.keys() == set()


def test_no_advice_is_left_of_an_error_that_there_is_no_more():
    assert ADVICE.keys() - DECLARED - INHERITED == set()
