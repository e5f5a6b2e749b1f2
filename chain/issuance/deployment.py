"""How the contracts come on chain: an ordered list of transactions, known before the first one is sent.

Nothing is sent here. Addresses follow from the deployer's address and its nonces, so contracts that need one another
are given addresses that do not exist yet. The last step sets the roles up in one transaction, after which the deployer
keeps no more than the roles it was given by name:

registrar       registers, suspends, reinstates, renews and regroups parties, approves a recovery that a party's account
                bank proposed; cannot touch the keys of one that exists by itself
rules' owner    enacts rules from today on, and holidays; cannot change an obligation that exists
token approver  says which tokens are money; cannot move any
administrator   gives and takes these roles, after a public delay; has no function in the ledger, and makes no capacity

Issuers, banks, holders and buyers are no roles of this kind: what they may do rests on their own keys.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eth_abi.abi import encode as abi_encode
from eth_utils.abi import collapse_if_tuple, function_abi_to_4byte_selector
from web3 import Web3
from web3.utils import get_create_address

from chain.issuance.compilation import Artifacts, CompiledContract
from chain.issuance.interfaces import LEDGER, interface, modules
from chain.issuance.orders import OrderTable

ADMINISTRATOR, REGISTRAR, RULES_OWNER, TOKEN_APPROVER = 0, 1, 2, 3
"""Role numbers in the contract `Authority`."""

ROLES_STEP = "roles"
"""Name of the last transaction, after which the deployment is whole."""

ADMINISTRATOR_DELAY_SECONDS = 2 * 86_400
"""What the administrator does is announced on chain this long before it takes effect."""

POWERS: tuple[tuple[int, str, str, tuple[str, ...]], ...] = (
    (
        REGISTRAR, "registrar", "Participants",
        ("register", "suspend", "reinstate", "renew", "regroup", "approveRecovery"),
    ),
    (RULES_OWNER, "rules owner", "Rulebook", ("enact", "setHolidays")),
    (TOKEN_APPROVER, "token approver", "Settlement", ("approveToken",)),
)  # fmt: skip
"""(role, its name, contract, functions): all that the authority lets anybody do."""

#: Loans ask what they were built on, and so does the ledger, which comes after its modules.
_BEFORE_LEDGER = ("Authority", "Participants", "Rulebook", "TradeRegistry", "Settlement", "Warehouse", "Loans")
_AFTER_LEDGER = ("LedgerReader", "SignedOrders")


@dataclass(frozen=True, slots=True)
class Rules:
    """First rules of an instrument (domain.md, 'Rules of the field'; notice 银发〔2025〕77号, art. 11)."""

    max_tenor_days: int = 180
    max_reviewed_tenor_days: int = 365
    max_pieces: int = 500
    max_hops: int = 16
    grace_days: int = 0
    dispute_days: int = 30
    contest_hours: int = 48
    attested_only: bool = False

    def values(self) -> tuple[int, int, int, int, int, int, int, bool]:
        """As the contracts' ``RuleSet``."""
        return (
            self.max_tenor_days, self.max_reviewed_tenor_days, self.max_pieces, self.max_hops, self.grace_days,
            self.dispute_days, self.contest_hours, self.attested_only,
        )  # fmt: skip


#: A bill's tenor is never longer than usual (bill rules).
BILL_RULES = Rules(max_reviewed_tenor_days=180)


@dataclass(frozen=True, slots=True)
class DeployStep:
    """One transaction of the deployer. ``target`` None creates a contract, at ``expected_address``."""

    name: str
    nonce: int
    data: bytes
    target: str | None = None
    expected_address: str | None = None


@dataclass(frozen=True, slots=True)
class DeploymentPlan:
    """The transactions in their order, and where the contracts will be, by name."""

    steps: tuple[DeployStep, ...]
    addresses: dict[str, str]


def deployment_plan(
    artifacts: Artifacts,
    deployer: str,
    first_nonce: int,
    *,
    registrar: str | None = None,
    rules_owner: str | None = None,
    token_approver: str | None = None,
    administrator: str | None = None,
    delays_seconds: Mapping[int, int] | None = None,
    voucher: Rules = Rules(),
    bill: Rules = BILL_RULES,
    ticks_a_second: int = 1,
) -> DeploymentPlan:
    """What the deployer sends, from its nonce ``first_nonce`` on; a role not given to another address is the deployer's.

    ``delays_seconds``: role → how long before it takes effect what the role does is announced on chain; the
    administrator's is `ADMINISTRATOR_DELAY_SECONDS` where it is not given, and holds for the deployer too where it stays
    administrator. ``ticks_a_second``: 1,000 on a chain whose blocks count milliseconds.
    """
    deployer = Web3.to_checksum_address(deployer)
    created = contract_names(artifacts)
    addresses = {
        name: str(get_create_address(deployer, first_nonce + place))  # type: ignore[arg-type]
        for place, name in enumerate(created)
    }
    arguments = _Arguments(artifacts, addresses, ticks_a_second, deployer, voucher, bill)
    creations = [
        DeployStep(
            name, first_nonce + place, artifacts[name].creation(*arguments.of(name)), expected_address=addresses[name]
        )
        for place, name in enumerate(created)
    ]
    holders = {REGISTRAR: registrar, RULES_OWNER: rules_owner, TOKEN_APPROVER: token_approver}
    set_up = _roles(
        artifacts,
        addresses,
        deployer,
        {role: holder or deployer for role, holder in holders.items()},
        administrator or deployer,
        {ADMINISTRATOR: ADMINISTRATOR_DELAY_SECONDS} | dict(delays_seconds or {}),
    )
    authority = addresses["Authority"]
    roles = DeployStep(
        ROLES_STEP, first_nonce + len(creations), _call(artifacts["Authority"], "multicall", set_up), target=authority
    )
    return DeploymentPlan((*creations, roles), addresses)


def contract_names(artifacts: Artifacts) -> tuple[str, ...]:
    """The contracts of a deployment, modules too, in the order in which they are created."""
    return (*_BEFORE_LEDGER, *modules(artifacts), LEDGER, *_AFTER_LEDGER)


def order_table(artifacts: Artifacts, addresses: Mapping[str, str]) -> OrderTable:
    """The functions that can be signed orders: all that know their caller behind a relayer (ERC-2771)."""
    abis = {}
    parts = modules(artifacts)
    for name, address in addresses.items():
        if ":" not in name and name not in parts:
            abi = interface(artifacts, name)
            if any(entry.get("name") == "isTrustedForwarder" for entry in abi):
                abis[address] = abi
    return OrderTable.of(abis)


class _Arguments:
    """What the constructors take. Their parameters are named after what they stand for."""

    def __init__(
        self, artifacts: Artifacts, addresses: Mapping[str, str], ticks: int, deployer: str, voucher: Rules, bill: Rules
    ) -> None:
        self._artifacts = artifacts
        authority, participants, rulebook, registry, settlement, forwarder = (
            addresses[name]
            for name in ("Authority", "Participants", "Rulebook", "TradeRegistry", "Settlement", "SignedOrders")
        )
        struct_types, forms = order_table(artifacts, addresses).creation_arguments()
        self._values: dict[str, Any] = {
            "administrator": deployer,
            "authority": authority,
            "participants": participants,
            "rulebook": rulebook,
            "registry": registry,
            "settlement": settlement,
            "warehouse": addresses["Warehouse"],
            "loans": addresses["Loans"],
            "ledger": addresses[LEDGER],
            "forwarder": forwarder,
            "ticksASecond": ticks,
            "voucher": voucher.values(),
            "bill": bill.values(),
            "wiring": (participants, rulebook, registry, settlement, forwarder, ticks),
            "modules": [addresses[name] for name in modules(artifacts)],
            "structTypes": struct_types,
            "forms": forms,
        }

    def of(self, name: str) -> list[Any]:
        """The arguments of one contract's constructor, in its order."""
        return [self._values[entry["name"].rstrip("_")] for entry in self._artifacts[name].constructor_inputs]


def _roles(
    artifacts: Artifacts,
    addresses: Mapping[str, str],
    deployer: str,
    holders: Mapping[int, str],
    administrator: str,
    delays: Mapping[int, int],
) -> list[bytes]:
    """Calls of the authority: which function asks for which role, who has it, and the end of the deployer's own power."""
    authority = artifacts["Authority"]
    calls = []
    for role, label, contract, functions in POWERS:
        selectors = [_selector(artifacts[contract], function) for function in functions]
        calls += [
            _call(authority, "labelRole", role, label),
            _call(authority, "setTargetFunctionRole", addresses[contract], selectors, role),
            _call(authority, "grantRole", role, Web3.to_checksum_address(holders[role]), delays.get(role, 0)),
        ]
    # Last, because it ends what the deployer may do at once.
    administrator = Web3.to_checksum_address(administrator)
    calls.append(_call(authority, "grantRole", ADMINISTRATOR, administrator, delays[ADMINISTRATOR]))
    if administrator != deployer:
        calls.append(_call(authority, "renounceRole", ADMINISTRATOR, deployer))
    return calls


def _function(contract: CompiledContract, name: str) -> dict[str, Any]:
    return next(entry for entry in contract.abi if entry["type"] == "function" and entry["name"] == name)


def _selector(contract: CompiledContract, name: str) -> bytes:
    return function_abi_to_4byte_selector(_function(contract, name))  # type: ignore[arg-type]


def _call(contract: CompiledContract, name: str, *arguments: Any) -> bytes:
    types: Sequence[str] = [collapse_if_tuple(entry) for entry in _function(contract, name)["inputs"]]
    return _selector(contract, name) + abi_encode(types, arguments)
