"""Whoever is refused by a contract is told what to do next: each error that the contracts raise has its advice."""

import re
from pathlib import Path

import pytest
from eth_abi.abi import encode
from eth_utils.abi import function_signature_to_4byte_selector
from web3 import Web3

from chain.issuance.advice import ADVICE
from chain.issuance.compilation import build
from chain.issuance.contracts import Contracts

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


@pytest.mark.parametrize(
    ("signature", "values", "told"),
    [
        (
            "MaturityBeyondLine(uint40,uint16,uint16)", (7 << 8 | 1, 20_819, 20_818),
            "line 7.1, maturityDay 2027-01-01, expiryDay 2026-12-31",
        ),
        (
            "TenorTooLong(uint16,uint256,uint32)", (20_819, 2**200, 3),
            f"maturityDay 2027-01-01, latestDay {2**200}, rule 3",
        ),
        ("DeadlinePassed(uint40)", (1_798_794_000,), "deadline 2027-01-01T09:00:00Z"),
        (
            "DeadlineBeyondMaturity(uint40,uint256)", (2**40 - 1, 1_798_794_000),
            f"deadline {2**40 - 1}, latest 2027-01-01T09:00:00Z",
        ),
    ],
)  # fmt: skip
def test_the_values_of_an_error_are_told_as_people_read_them(signature, values, told):
    contracts = Contracts(Web3(), build(CONTRACTS.parent), {"CreditLedger": f"0x{1:040x}"})
    types = signature.partition("(")[2][:-1].split(",")
    refused = contracts.decode_error(function_signature_to_4byte_selector(signature) + encode(types, values))
    assert (refused.rule, refused.values["arguments"]) == (signature.partition("(")[0], told)
