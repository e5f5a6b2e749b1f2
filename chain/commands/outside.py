"""What somebody needs who calls the contracts from outside: where they are, and what they take and answer."""

from __future__ import annotations

from typing import Any

from chain.commands.workspace import PROJECT_ROOT, Home, ledger_addresses
from chain.errors import NotFound
from chain.issuance.compilation import build
from chain.issuance.deployment import contract_names
from chain.issuance.interfaces import interface, modules


def addresses(home: Home) -> dict[str, str]:
    """Contract → address; banks' deposit tokens as ``DepositToken:<bank>:<currency>``. Raises NoNetwork.

    The ledger's modules are left out: at their own addresses they can do nothing.
    """
    artifacts = build(PROJECT_ROOT)
    parts = modules(artifacts)
    return {name: at for name, at in ledger_addresses(home, artifacts).items() if name not in parts}


def abis(contract: str | None = None) -> Any:
    """Contract → ABI of what answers at its address, or the ABI of one. Raises NotFound."""
    artifacts = build(PROJECT_ROOT)
    parts = modules(artifacts)
    names = [*(name for name in contract_names(artifacts) if name not in parts), "DepositToken"]
    if contract is None:
        return {name: interface(artifacts, name) for name in names}
    if contract not in names:
        raise NotFound(what="contract", id=contract)
    return interface(artifacts, contract)
