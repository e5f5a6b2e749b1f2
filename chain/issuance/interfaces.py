"""The ledger as its callers see it: at one address, the functions of its entry and of all its modules.

A module is a part of the ledger's code with an address of its own, at which it can do nothing (`contracts/interfaces`,
`ILedgerModule`). So calls, events and errors of modules are the ledger's, and only their bytecode is looked at apart.
"""

from __future__ import annotations

from typing import Any

from eth_utils.abi import collapse_if_tuple

from chain.issuance.compilation import Artifacts

LEDGER = "CreditLedger"
_MODULE_FOLDER = "contracts/modules/"
#: What every module has for the ledger's constructor, and the ledger itself does not answer.
_MODULE_INTERFACE = "ILedgerModule"


def modules(artifacts: Artifacts) -> tuple[str, ...]:
    """The ledger's modules, by name."""
    return tuple(sorted(n for n, c in artifacts.items() if c.source.startswith(_MODULE_FOLDER) and c.bytecode))


def interface(artifacts: Artifacts, contract: str) -> list[dict[str, Any]]:
    """The ABI of what answers at a contract's address; the ledger's is that of its entry with those of its modules."""
    entries = list(artifacts[contract].abi)
    if contract != LEDGER:
        return entries
    known = {_signature(entry) for entry in entries}
    known |= {_signature(entry) for entry in artifacts[_MODULE_INTERFACE].abi}
    for module in modules(artifacts):
        for entry in artifacts[module].abi:
            if entry["type"] != "constructor" and _signature(entry) not in known:
                known.add(_signature(entry))
                entries.append(entry)
    return entries


def _signature(entry: dict[str, Any]) -> tuple[str, str, tuple[str, ...]]:
    inputs = entry.get("inputs", ())
    return entry["type"], entry.get("name", ""), tuple(collapse_if_tuple(one) for one in inputs)
