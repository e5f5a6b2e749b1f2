"""Proof of holding (C14): what a holder keeps, so that it can prove what it owns when no platform runs any more.

The file says which piece, whose it is, on what terms it is owed, the way from its issuer with the digests of the documents
behind it, and where on which chain all that stands. It proves nothing by itself: whoever has it asks any node of the
chain, and `docs/examples/check_holding.py` does that with Python alone, without this product, its database or its service.
"""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import select
from web3 import Web3

from chain.commands.workspace import Workspace
from chain.errors import ContractRefused, NotFound
from chain.identifiers import PieceId
from chain.store.tables import evidence, keys

FORMAT = "pearlchain/holding/1"
#: What the file is checked against: where the words are, who reads them, and who is who.
CONTRACTS = ("CreditLedger", "LedgerReader", "TradeRegistry", "Participants")
#: Of an obligation, what never changes (invariant 6).
TERMS = (
    "issuer", "line", "faceMinor", "maturityDay", "maxPieces", "maxHops", "graceDays", "rulebookVersion", "instrument",
    "currency", "utcOffsetQuarterHours", "recourse", "attestedOnly",
)  # fmt: skip
#: Of a piece, what never changes; its amount and state do.
FIXED = ("owner", "parent", "evidence", "useIndex", "hops", "tier", "financed", "payment")


def proof_of(workspace: Workspace, piece: PieceId) -> dict[str, Any]:
    """The file's content, JSON-able, as of the chain's last block. Numbers are the chain's own. Raises NotFound, Unavailable."""
    web3 = workspace.web3
    block = web3.eth.get_block("latest")
    at = block["number"]

    def read(contract: str, function: str, number: int) -> dict[str, Any]:
        values = workspace.contracts.read(contract, function, number, block=at)
        return dict(zip(workspace.contracts.output_names(contract, function), values, strict=True))

    names = workspace.contracts.output_names("LedgerReader", "path")
    try:
        steps = workspace.contracts.read("LedgerReader", "path", piece.chain, block=at)
    except ContractRefused as error:
        raise NotFound(what="piece", id=piece) from error
    way = [dict(zip(names, step, strict=True)) for step in steps]
    terms, held = read("LedgerReader", "obligation", piece.obligation.chain), read("LedgerReader", "piece", piece.chain)
    owner = held["owner"]
    with workspace.store.read() as connection:
        identities = dict(connection.execute(select(evidence.c.id, evidence.c.identity)).all())
        of_owner = select(keys.c.address).where(keys.c.party == owner, ~keys.c.removed).order_by(keys.c.address)
        addresses = connection.execute(of_owner).scalars().all()
    enterprise = workspace.parties().get(owner)
    return {
        "format": FORMAT,
        "chain": {
            "id": web3.eth.chain_id, "block": at, "block_hash": block["hash"].to_0x_hex(), "time": block["timestamp"],
            "contracts": {name: _contract(web3, workspace.contracts.addresses[name], at) for name in CONTRACTS},
        },
        "piece": {"id": str(piece), "amountMinor": held["amountMinor"], "state": held["state"]}
        | {name: held[name] for name in FIXED},
        "terms": {name: terms[name] for name in TERMS},
        "keys": list(addresses),
        "way": [{name: step[name] for name in ("piece", "from", "to", "evidence", "tier")} for step in way],
        "documents": [
            {
                "evidence": step["evidence"], "identity": identities[step["evidence"]],
                "commitment": f"0x{read('TradeRegistry', 'evidence', step['evidence'])['commitment'].hex()}",
            }
            for step in way
            if step["evidence"]
        ],
        "said": {"enterprise": enterprise, "name": workspace.names().get(enterprise or "")},
    }  # fmt: skip


def _contract(web3: Web3, address: str, block: int) -> dict[str, str]:
    code = bytes(web3.eth.get_code(Web3.to_checksum_address(address), block))
    return {"address": address, "code_sha256": hashlib.sha256(code).hexdigest()}
