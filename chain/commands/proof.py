"""Proof of holding (C14): what a holder keeps, so that it can prove what it owns when no platform runs any more.

The file says which piece, whose it is, on what terms it is owed, the way from its issuer with the digests of the documents
behind it, and where on which chain all that stands. It proves nothing by itself: whoever has it asks any node of the
chain, and `docs/examples/check_holding.py` does that with Python alone, without this product, its database or its service.
"""

from __future__ import annotations

import hashlib
from typing import Any, Literal

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel
from sqlalchemy import select
from web3 import Web3

from chain.commands.workspace import Workspace
from chain.documents.model import Frozen
from chain.errors import ContractRefused, NotFound
from chain.identifiers import PieceId
from chain.store.tables import evidence, keys

FORMAT = "pearlchain/holding/1"
#: What the file is checked against: where the words are, who reads them, and who is who.
CONTRACTS = ("CreditLedger", "LedgerReader", "TradeRegistry", "Participants")
#: Of an obligation, what never changes (invariant 6), but for its face, which says what others were given.
TERMS = (
    "issuer", "line", "maturityDay", "maxPieces", "maxHops", "graceDays", "rulebookVersion", "instrument",
    "currency", "utcOffsetQuarterHours", "recourse", "attestedOnly",
)  # fmt: skip
#: Of a piece, what never changes; its amount and state do.
FIXED = ("owner", "parent", "evidence", "useIndex", "hops", "tier", "financed", "payment")


class ContractProven(Frozen):
    """Where a contract stands, and what code."""

    address: str = Field(examples=["0x52908400098527886E0F7030069857D2E4169EE7"])
    code_sha256: str = Field(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])


class ContractsProven(Frozen):
    """The contracts that are asked; their names are their own."""

    CreditLedger: ContractProven
    LedgerReader: ContractProven
    TradeRegistry: ContractProven
    Participants: ContractProven


class ChainProven(Frozen):
    """On which chain, and as of which block."""

    id: int = Field(description="The chain's own number.", examples=[31_337])
    block: int
    block_hash: str
    time: int = Field(description="Of the block, as the chain has it.", examples=[1_790_000_000])
    contracts: ContractsProven


class _OfTheLedger(Frozen):
    """Fields are called as the contracts call them, and numbers are the contracts' own."""

    model_config = ConfigDict(alias_generator=to_camel)


class PieceProven(_OfTheLedger):
    """The piece. Its amount and state may be others by now; the rest never changes."""

    id: str = Field(examples=["7.1.3.2"])
    amount_minor: int = Field(examples=[1_250_000])
    state: int = Field(examples=[2])
    owner: int = Field(description="The holder's number.", examples=[9])
    parent: int = Field(description="What it was cut from; 0: it was issued.", examples=[1])
    evidence: int = Field(description="Of the document behind it; 0: a payment is.", examples=[12])
    use_index: int = Field(examples=[0])
    hops: int
    tier: int
    financed: bool
    payment: bool


class TermsProven(_OfTheLedger):
    """On what terms it is owed, which never change."""

    issuer: int = Field(description="The issuer's number.", examples=[7])
    line: int = Field(examples=[30_064_771_073])
    maturity_day: int = Field(description="Days since 1970-01-01.", examples=[20_864])
    max_pieces: int = Field(examples=[500])
    max_hops: int = Field(examples=[16])
    grace_days: int = Field(examples=[3])
    rulebook_version: int
    instrument: int = Field(examples=[0])
    currency: int = Field(description="The currency's number on the ledger.", examples=[0])
    utc_offset_quarter_hours: int = Field(examples=[32])
    recourse: bool
    attested_only: bool


class StepProven(Frozen):
    """One step of the way from the issuer."""

    piece: int = Field(examples=[2])
    from_: int = Field(alias="from", description="Number of who gave it.", examples=[7])
    to: int = Field(description="Number of who got it.", examples=[9])
    evidence: int = Field(description="Of the document behind it; 0: a payment is.", examples=[12])
    tier: int


class DocumentProven(Frozen):
    """A document behind a step: its blinded identity, and the digest that its buyer signed."""

    evidence: int = Field(examples=[12])
    identity: str = Field(examples=["0x9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])
    commitment: str = Field(examples=["0x9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])


class OwnerSaid(Frozen):
    """What the service says of the owner, which nothing here proves; null: it knows nobody of that number."""

    enterprise: str | None
    name: str | None


class Proof(Frozen):
    """A proof of holding: facts, each of which a node of the chain confirms or not."""

    format: Literal["pearlchain/holding/1"]
    chain: ChainProven
    piece: PieceProven
    terms: TermsProven
    keys: tuple[str, ...] = Field(
        description="Addresses of the owner's keys.", examples=[["0x52908400098527886E0F7030069857D2E4169EE7"]]
    )
    way: tuple[StepProven, ...]
    documents: tuple[DocumentProven, ...]
    said: OwnerSaid


def proof_of(workspace: Workspace, piece: PieceId) -> dict[str, Any]:
    """The file's content, JSON-able (a `Proof`), as of the chain's last block. Numbers are the chain's own.

    Raises NotFound, Unavailable.
    """
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
