"""The deployment's plan, carried out on an EVM: contracts are where it says, and the deployer ends with least power."""

import re
from pathlib import Path

import pytest
from eth_abi.abi import decode as abi_decode
from eth_abi.abi import encode as abi_encode
from eth_utils.abi import collapse_if_tuple, function_abi_to_4byte_selector
from pyrevm import EVM, BlockEnv

from chain.issuance.compilation import build
from chain.issuance.deployment import (
    ADMINISTRATOR_DELAY_SECONDS,
    BILL_RULES,
    POWERS,
    RULES_OWNER,
    Rules,
    deployment_plan,
    order_table,
)
from chain.issuance.interfaces import interface, modules

ROOT = Path(__file__).parents[2]
#: What a module has of contracts that it inherits, and the ledger answers itself.
INHERITED = {"eip712Domain", "isTrustedForwarder", "trustedForwarder"}
DEPLOYER, REGISTRAR, OWNER, APPROVER, ADMINISTRATOR, STRANGER = (f"0x{number:040x}" for number in range(0xA1, 0xA7))
NOW = 1_800_000_000


#: What is no signed order, with the reason above it; everything else that changes something is one.
NOT_ORDERED = (
    # OpenZeppelin's AccessManager is the administrator's and knows no relayer: its roles send what they announce themselves.
    (
        "cancel consumeScheduledOp execute grantRole labelRole multicall renounceRole revokeRole schedule setGrantDelay "
        "setRoleAdmin setRoleGuardian setTargetAdminDelay setTargetClosed setTargetFunctionRole updateAuthority",
        "Authority",
    ),
    # Only the token approver's and the authority's, and only the ledger's and the loans'.
    ("approveToken setAuthority pay", "Settlement"),
    # Several calls at once are several orders: `SignedOrders.executeBatch`. Behind a relayer a signer could not read them.
    ("multicall", "CreditLedger"),
    # What carries orders out is none.
    ("attempt execute executeBatch", "SignedOrders"),
    # A bank's own money, which is a plain ERC-20 that any wallet knows: making it and moving it is outside of the ledger.
    ("mint burn approve transfer transferFrom", "DepositToken"),
)


def functions(abi) -> list[dict]:
    return [entry for entry in abi if entry["type"] == "function"]


def signature(entry) -> str:
    return f"{entry['name']}({','.join(collapse_if_tuple(one) for one in entry['inputs'])})"


def call_data(contract, function: str, *arguments) -> bytes:
    entry = next(entry for entry in functions(contract.abi) if entry["name"] == function)
    return function_abi_to_4byte_selector(entry) + abi_encode(
        [collapse_if_tuple(one) for one in entry["inputs"]], arguments
    )


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
        entry = next(entry for entry in functions(self.artifacts[contract].abi) if entry["name"] == function)
        data = call_data(self.artifacts[contract], function, *arguments)
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


REGISTER = ("Participants", "register", STRANGER, STRANGER, 2, 0, 65_535, 0)
ENACT = ("Rulebook", "enact", 1, (90, 120, 100, 8, 1, 30, 48, False), 60_000)
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
    """Ledger and loans ask for the rest of it themselves, while they are created."""
    at = {name: address.lower() for name, address in separate.plan.addresses.items()}
    for name in ("TradeRegistry", "Settlement", "Participants", "Rulebook"):
        assert separate.call(STRANGER, name, "ledger") == (at["CreditLedger"],)
    for name in ("TradeRegistry", "Settlement", "Warehouse"):
        assert separate.call(STRANGER, name, "loans") == (at["Loans"],)
    for name in ("Participants", "Rulebook", "TradeRegistry", "Warehouse", "Loans", "CreditLedger"):
        assert separate.call(STRANGER, name, "isTrustedForwarder", at["SignedOrders"]) == (True,)
        assert separate.call(STRANGER, name, "isTrustedForwarder", DEPLOYER) == (False,)


def test_every_function_of_a_module_is_the_ledgers_and_only_that_modules(separate):
    own = {entry["name"] for entry in separate.artifacts["ILedgerModule"].abi if entry["type"] == "function"}
    entry_functions = {signature(entry) for entry in functions(separate.artifacts["CreditLedger"].abi)}
    for name in modules(separate.artifacts):
        (selectors,) = separate.call(STRANGER, name, "selectors")
        declared = {
            function_abi_to_4byte_selector(entry): entry["name"]
            for entry in functions(separate.artifacts[f"I{name}"].abi)
        }
        assert {bytes(one) for one in selectors} == set(declared), f"{name} hands out what it declares"
        assert len(selectors) == len(declared), f"{name} names nothing twice"
        assert not {signature(entry) for entry in functions(separate.artifacts[f"I{name}"].abi)} & entry_functions
        for selector in declared:
            at = separate.call(STRANGER, "CreditLedger", "moduleOf", selector)
            assert at == (separate.plan.addresses[name].lower(),)
        public = {entry["name"] for entry in functions(separate.artifacts[name].abi)} - own
        assert public - set(declared.values()) <= INHERITED, f"{name} has no function that nobody can reach"


def test_every_restricted_function_has_its_role_and_no_other_has_one():
    restricted = {
        (path.stem, name)
        for path in (ROOT / "contracts").glob("*.sol")
        for name in re.findall(r"function (\w+)\([^)]*\)\s*external\s+restricted", path.read_text())
    }
    assert restricted == {(contract, name) for _, _, contract, names in POWERS for name in names}


def test_a_power_may_wait_until_everybody_has_seen_it():
    chain = Chain(rules_owner=OWNER, delays_seconds={RULES_OWNER: 86_400})
    assert chain.refuses(OWNER, *ENACT)
    (data,) = (call_data(chain.artifacts["Rulebook"], *ENACT[1:]),)
    chain.call(OWNER, "Authority", "schedule", chain.plan.addresses["Rulebook"], data, 0)
    assert chain.refuses(OWNER, *ENACT)
    chain.evm.set_block_env(BlockEnv(number=2, timestamp=NOW + 86_401))
    assert not chain.refuses(OWNER, *ENACT)


def test_every_action_of_a_party_can_be_a_signed_order(separate):
    table = order_table(separate.artifacts, separate.plan.addresses)
    for (target, selector), form in table.forms.items():
        type_hash, shape = separate.call(STRANGER, "SignedOrders", "form", target, selector)
        assert type_hash == form.type_hash
        assert shape == form.shape(table.structs)
    assert unordered(separate, table) == {(contract, name) for names, contract in NOT_ORDERED for name in names.split()}


def unordered(chain, table) -> set[tuple[str, str]]:
    """(contract, function) of all that change something, of every contract of a deployment, which no order can be made of."""
    orderable = {(target.lower(), selector) for target, selector in table.forms}
    addresses = chain.plan.addresses | {"DepositToken": STRANGER}
    parts = modules(chain.artifacts)
    return {
        (name, entry["name"])
        for name, address in addresses.items()
        if name not in parts
        for entry in functions(interface(chain.artifacts, name))
        if entry["stateMutability"] not in ("view", "pure")
        and (address.lower(), function_abi_to_4byte_selector(entry)) not in orderable
    }


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
    chain = Chain(voucher=Rules(max_tenor_days=90))
    day = NOW // 86_400
    assert chain.call(STRANGER, "Rulebook", "ruleset", 1, day) == (Rules(max_tenor_days=90).values(), 1)
    assert chain.call(STRANGER, "Rulebook", "ruleset", 2, day) == (BILL_RULES.values(), 1)


def test_addresses_follow_the_first_nonce():
    artifacts = build(ROOT)
    plan, later = deployment_plan(artifacts, DEPLOYER, 0), deployment_plan(artifacts, DEPLOYER, 1)
    assert plan.steps[1].expected_address == later.steps[0].expected_address
    assert [step.nonce for step in later.steps] == list(range(1, len(later.steps) + 1))
