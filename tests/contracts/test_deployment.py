"""The deployment's plan, carried out on an EVM: contracts are where it says, and the deployer ends with least power."""

from pathlib import Path

import pytest
from eth_abi.abi import decode as abi_decode
from eth_abi.abi import encode as abi_encode
from eth_utils.abi import collapse_if_tuple, function_abi_to_4byte_selector
from pyrevm import EVM, BlockEnv

from chain.issuance.compilation import build
from chain.issuance.deployment import ADMINISTRATOR_DELAY_SECONDS, Rules, deployment_plan

ROOT = Path(__file__).parents[2]
DEPLOYER, REGISTRAR, OWNER, APPROVER, ADMINISTRATOR, STRANGER = (f"0x{number:040x}" for number in range(0xA1, 0xA7))
NOW = 1_800_000_000


class Chain:
    """An EVM with the plan carried out on it."""

    def __init__(self, **holders) -> None:
        self.artifacts = build(ROOT)
        self.evm = EVM(gas_limit=10**12)
        self.evm.set_block_env(BlockEnv(number=1, timestamp=NOW))
        self.plan = deployment_plan(self.artifacts, DEPLOYER, 0, **holders)
        for step in self.plan.steps:
            if step.target is None:
                assert self.evm.deploy(DEPLOYER, step.data).lower() == step.expected_address.lower()
            else:
                self.evm.message_call(DEPLOYER, step.target, step.data)

    def call(self, sender: str, contract: str, function: str, *arguments):
        entry = next(e for e in self.artifacts[contract].abi if e["type"] == "function" and e["name"] == function)
        data = function_abi_to_4byte_selector(entry) + abi_encode(
            [collapse_if_tuple(one) for one in entry["inputs"]], arguments
        )
        answer = self.evm.message_call(sender, self.plan.addresses[contract], data)
        return abi_decode([collapse_if_tuple(one) for one in entry["outputs"]], bytes(answer))

    def refuses(self, sender: str, contract: str, function: str, *arguments) -> bool:
        checkpoint = self.evm.snapshot()
        try:
            self.call(sender, contract, function, *arguments)
        except RuntimeError:
            return True
        finally:
            self.evm.revert(checkpoint)
        return False


REGISTER = ("Participants", "register", STRANGER, STRANGER, 2, 0, 65_535)
ENACT = ("Rulebook", "enact", 1, (90, 100, 8, 1), 60_000)
APPROVE = ("Settlement", "approveToken", STRANGER, 1)


@pytest.fixture(scope="module")
def separate() -> Chain:
    return Chain(registrar=REGISTRAR, rules_owner=OWNER, token_approver=APPROVER, administrator=ADMINISTRATOR)


def test_every_contract_is_where_the_plan_says(separate):
    for name, address in separate.plan.addresses.items():
        contract = separate.artifacts[name]
        code = bytes(separate.evm.get_code(address))  # which this EVM hands out with zeros behind it
        assert contract.is_deployed_as(code[: len(contract.deployed_bytecode)])


def test_the_contracts_are_wired_to_one_another(separate):
    ledger = separate.plan.addresses["CreditLedger"].lower()
    assert separate.call(STRANGER, "TradeRegistry", "ledger") == (ledger,)
    assert separate.call(STRANGER, "Settlement", "ledger") == (ledger,)


@pytest.mark.parametrize(
    ("holder", "call"),
    [(REGISTRAR, REGISTER), (OWNER, ENACT), (APPROVER, APPROVE)],
    ids=["registrar", "rules", "tokens"],
)
def test_each_role_can_do_its_own_and_nobody_else_can(separate, holder, call):
    for sender in (DEPLOYER, REGISTRAR, OWNER, APPROVER, ADMINISTRATOR, STRANGER):
        assert separate.refuses(sender, *call) == (sender != holder)


def test_the_deployer_keeps_no_power(separate):
    assert separate.call(STRANGER, "Authority", "hasRole", 0, DEPLOYER) == (False, 0)
    assert separate.refuses(DEPLOYER, "Authority", "grantRole", 1, DEPLOYER, 0)


def test_the_administrator_acts_after_an_announced_delay_only(separate):
    assert separate.call(STRANGER, "Authority", "hasRole", 0, ADMINISTRATOR) == (True, ADMINISTRATOR_DELAY_SECONDS)
    assert separate.refuses(ADMINISTRATOR, "Authority", "grantRole", 1, ADMINISTRATOR, 0)


def test_a_deployer_that_stays_administrator_gets_the_delay_too():
    alone = Chain()
    assert alone.refuses(DEPLOYER, "Authority", "grantRole", 1, STRANGER, 0)
    assert not alone.refuses(DEPLOYER, *REGISTER)
    assert not alone.refuses(DEPLOYER, *ENACT)
    assert not alone.refuses(DEPLOYER, *APPROVE)


def test_the_first_rules_are_those_of_the_plan():
    chain = Chain(voucher=Rules(max_tenor_days=90), bill=Rules(max_pieces=9))
    day = NOW // 86_400
    assert chain.call(STRANGER, "Rulebook", "ruleset", 1, day) == ((90, 500, 16, 0), 1)
    assert chain.call(STRANGER, "Rulebook", "ruleset", 2, day) == ((180, 9, 16, 0), 1)


def test_addresses_follow_the_first_nonce():
    artifacts = build(ROOT)
    plan, later = deployment_plan(artifacts, DEPLOYER, 0), deployment_plan(artifacts, DEPLOYER, 1)
    assert plan.steps[1].expected_address == later.steps[0].expected_address
    assert [step.nonce for step in later.steps] == list(range(1, len(later.steps) + 1))
