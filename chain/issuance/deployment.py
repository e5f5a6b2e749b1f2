"""How the contracts come on chain: an ordered list of transactions, known before the first one is sent.

Nothing is sent here. Addresses follow from the deployer's address and its nonces, so contracts that need one another
are given addresses that do not exist yet. The last step sets the roles up in one transaction, after which the deployer
keeps no more than the roles it was given by name:

registrar       registers, suspends, reinstates and renews parties; cannot touch the keys of one that exists
rules' owner    enacts rules from today on; cannot change an obligation that exists
token approver  says which tokens are money; cannot move any
administrator   gives and takes these roles, after a public delay; has no function in the ledger, and makes no capacity

Issuers, banks, holders and buyers are no roles of this kind: what they may do rests on their own keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eth_abi.abi import encode as abi_encode
from eth_utils.abi import collapse_if_tuple, function_abi_to_4byte_selector
from web3 import Web3
from web3.utils import get_create_address

from chain.issuance.compilation import Artifacts, CompiledContract

ADMINISTRATOR, REGISTRAR, RULES_OWNER, TOKEN_APPROVER = 0, 1, 2, 3
"""Role numbers in the contract `Authority`."""

ADMINISTRATOR_DELAY_SECONDS = 2 * 86_400
"""What the administrator does is announced on chain this long before it takes effect."""

_CREATED = ("Authority", "Participants", "Rulebook", "TradeRegistry", "Settlement", "CreditLedger", "LedgerReader")


@dataclass(frozen=True, slots=True)
class Rules:
    """First rules of an instrument (domain.md, 'Rules of the field'; notice 银发〔2025〕77号, art. 11)."""

    max_tenor_days: int = 180
    max_pieces: int = 500
    max_hops: int = 16
    grace_days: int = 0

    def values(self) -> tuple[int, int, int, int]:
        """As the contracts' ``RuleSet``."""
        return self.max_tenor_days, self.max_pieces, self.max_hops, self.grace_days


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
    administrator_delay_seconds: int = ADMINISTRATOR_DELAY_SECONDS,
    voucher: Rules = Rules(),
    bill: Rules = Rules(),
) -> DeploymentPlan:
    """What the deployer sends, from its nonce ``first_nonce`` on; a role not given to another address is the deployer's.

    ``administrator_delay_seconds`` holds for the deployer too where it stays administrator.
    """
    deployer = Web3.to_checksum_address(deployer)
    addresses = {
        name: str(get_create_address(deployer, first_nonce + place))  # type: ignore[arg-type]
        for place, name in enumerate(_CREATED)
    }
    authority, participants, ledger = (addresses[name] for name in ("Authority", "Participants", "CreditLedger"))
    arguments: dict[str, tuple[Any, ...]] = {
        "Authority": (deployer,),
        "Participants": (authority,),
        "Rulebook": (authority, voucher.values(), bill.values()),
        "TradeRegistry": (participants, ledger),
        "Settlement": (authority, ledger),
        "CreditLedger": (participants, addresses["Rulebook"], addresses["TradeRegistry"], addresses["Settlement"]),
        "LedgerReader": (ledger,),
    }
    creations = [
        DeployStep(
            name, first_nonce + place, artifacts[name].creation(*arguments[name]), expected_address=addresses[name]
        )
        for place, name in enumerate(_CREATED)
    ]
    set_up = _roles(
        artifacts,
        addresses,
        deployer,
        registrar=registrar or deployer,
        rules_owner=rules_owner or deployer,
        token_approver=token_approver or deployer,
        administrator=administrator or deployer,
        delay_seconds=administrator_delay_seconds,
    )
    roles = DeployStep(
        "roles", first_nonce + len(creations), _call(artifacts["Authority"], "multicall", set_up), target=authority
    )
    return DeploymentPlan((*creations, roles), addresses)


def _roles(
    artifacts: Artifacts,
    addresses: dict[str, str],
    deployer: str,
    *,
    registrar: str,
    rules_owner: str,
    token_approver: str,
    administrator: str,
    delay_seconds: int,
) -> list[bytes]:
    """Calls of the authority: which function asks for which role, who has it, and the end of the deployer's own power."""
    authority = artifacts["Authority"]
    given = (
        (REGISTRAR, "registrar", registrar, "Participants", ("register", "suspend", "reinstate", "renew")),
        (RULES_OWNER, "rules owner", rules_owner, "Rulebook", ("enact",)),
        (TOKEN_APPROVER, "token approver", token_approver, "Settlement", ("approveToken",)),
    )
    calls = []
    for role, label, holder, contract, functions in given:
        selectors = [_selector(artifacts[contract], function) for function in functions]
        calls += [
            _call(authority, "labelRole", role, label),
            _call(authority, "setTargetFunctionRole", addresses[contract], selectors, role),
            _call(authority, "grantRole", role, Web3.to_checksum_address(holder), 0),
        ]
    # Last, because it ends what the deployer may do at once.
    administrator = Web3.to_checksum_address(administrator)
    calls.append(_call(authority, "grantRole", ADMINISTRATOR, administrator, delay_seconds))
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
