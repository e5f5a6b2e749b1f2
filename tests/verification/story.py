"""A small true story on a real node: documents as files, pieces in every state, cash paid, keys rotated."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from eth_account import Account

from benchmarks.stage import DAY, Actor, Stage
from chain.documents.identity import blinded_identity, canonical_digest, document_key
from chain.documents.reading import read_documents
from chain.issuance.roles import BANK, CORE_ENTERPRISE, SUPPLIER
from chain.verification import (
    BookEvidence,
    BookFigures,
    BookFinancing,
    BookLine,
    BookObligation,
    BookPiece,
    BookTotal,
)

NETWORK_KEY = bytes(range(32))
CNY = 1
LIVE, REDEEMED, VOIDED, WRITTEN_OFF = (1, 2, 3, 4), (5,), (8,), (9,)

#: A company that is a contract: it calls the address in the first word of its calldata with the rest.
FORWARDER = bytes.fromhex("601d80600b6000396000f3") + bytes.fromhex(
    "602036038060206000376000600082600060006000355af115601d57005b60006000fd"
)
#: A token that says yes to everything and moves nothing.
HOLLOW_TOKEN = bytes.fromhex("600a80600b6000396000f3") + bytes.fromhex("600160005260206000f3")


@dataclass
class Story:
    """What was played, and where."""

    stage: Stage
    folder: Path
    """The documents' files."""
    line: int
    parties: Mapping[str, Actor]
    pieces: Mapping[str, int]
    """Name → piece id."""
    evidence: Mapping[str, int]
    """Number of the document → evidence."""


def document(
    number: str, buyer: str, seller: str, payable: int, kind: str = "invoice", invoice: str | None = None
) -> dict[str, Any]:
    """A document in canonical JSON; parties are named by tax number."""
    party = {name: {"name": name, "identifiers": [{"scheme": "TAX", "value": name}]} for name in (buyer, seller)}
    return {
        "schema": "pearlchain/trade-document/1",
        "type": kind,
        "number": number,
        "issue_date": "2025-09-01",
        "delivery_date": "2025-08-30",
        "seller": party[seller],
        "buyer": party[buyer],
        "currency": "CNY",
        "net_minor": payable,
        "tax_minor": 0,
        "payable_minor": payable,
        "lines": [{"number": "1", "description": "goods", "net_minor": payable}],
        "invoices": [{"number": invoice}] if invoice else [],
    }


#: number → (buyer, seller, payable, confirmed)
INVOICES = {
    "A-1": ("ISSUER", "SUPPLIER", 1_000_000, 900_000),
    "A-2": ("ISSUER", "SUPPLIER", 80_000, 80_000),
    "A-3": ("ISSUER", "PARTSMAKER", 100_000, 100_000),
    "B-1": ("SUPPLIER", "PARTSMAKER", 400_000, 400_000),
    "B-2": ("SUPPLIER", "PARTSMAKER", 60_000, 60_000),
    "C-1": ("PARTSMAKER", "MILL", 150_000, 150_000),
    "D-1": ("PARTSMAKER", "COOPERATIVE", 20_000, 20_000),
    "D-2": ("PARTSMAKER", "COOPERATIVE", 5_000, 5_000),
}


def write(folder: Path, content: dict[str, Any]) -> Path:
    """Keep one document as a file."""
    path = folder / f"{content['number']}.json"
    path.write_text(json.dumps(content), "utf-8")
    return path


def play(stage: Stage, folder: Path) -> Story:
    """The whole story: about eighty transactions."""
    parties = _parties(stage)
    issuer, supplier, parts, mill, bank, other_bank = (
        parties[name] for name in ("ISSUER", "SUPPLIER", "PARTSMAKER", "MILL", "BANK", "OTHER BANK")
    )
    line = stage.line(bank, issuer, 5_000_000, 2_000_000)
    stage.act(other_bank, "CreditLedger", "setFinancingLimit", issuer.number, CNY, 500_000)
    stage.deposit_money(bank, [bank, other_bank, issuer], 10_000_000)
    evidence = _confirmed(stage, folder, parties)

    def leg(recipient: Actor, amount: int, number: str, days: int = 7) -> tuple[int, int, int, int]:
        return stage.leg(recipient, amount, evidence[number], days)

    pieces = {}
    first = stage.issue(issuer, line, [leg(supplier, 850_000, "A-1"), leg(parts, 100_000, "A-3")])
    pieces["root"], pieces["voided"] = stage.pieces(first)
    stage.act(supplier, "CreditLedger", "accept", stage.named(pieces["root"]))
    stage.act(parts, "CreditLedger", "reject", stage.named(pieces["voided"]), b"wrong amount".ljust(32, b"\0"))
    pieces["short"] = stage.pieces(stage.issue(issuer, line, [leg(supplier, 80_000, "A-2")], tenor=10))[0]
    # By a signed order, which somebody else sends.
    stage.relay(stage.order(supplier, "CreditLedger", "accept", stage.named(pieces["short"]), nonce=7))

    accepted = leg(parts, 300_000, "B-1")
    consent = stage.acceptance(parts, pieces["root"], accepted)
    (root,) = stage.named(pieces["root"])
    receipt = stage.act(supplier, "CreditLedger", "transferAccepted", root, [accepted], [consent])
    (pieces["child"],) = stage.pieces(receipt)
    receipt = stage.together(
        supplier,
        [
            ("transfer", root, [leg(parts, 50_000, "B-1")]),
            ("transfer", root, [leg(parts, 60_000, "B-2", days=1)]),
        ],
    )
    pieces["rejected"], pieces["expired"] = stage.pieces(receipt)
    stage.act(parts, "CreditLedger", "reject", stage.named(pieces["rejected"]), bytes(32))

    parts = _rotated(stage, parts)
    parties = {**parties, "PARTSMAKER": parts}
    (child,) = stage.named(pieces["child"])
    receipt = stage.act(
        parts, "CreditLedger", "transfer", child,
        [leg(mill, 120_000, "C-1"), leg(parties["COOPERATIVE"], 20_000, "D-1")],
    )  # fmt: skip
    pieces["grandchild"], pieces["cooperative"] = stage.pieces(receipt)
    stage.act(mill, "CreditLedger", "accept", stage.named(pieces["grandchild"]))
    _forwarded(stage, parties["COOPERATIVE"], "accept", stage.named(pieces["cooperative"]))

    pieces["financed"] = _sold(stage, bank, mill, pieces["grandchild"], 100_000)
    pieces["resold"] = _sold(stage, other_bank, bank, pieces["financed"], 40_000)

    stage.let_days_pass(2)
    stage.act(issuer, "CreditLedger", "expire", stage.named(pieces["expired"]))
    stage.let_days_pass(8)
    stage.act(issuer, "CreditLedger", "redeem", stage.named(pieces["short"]), stage.token)
    receipt = stage.act(parts, "CreditLedger", "transfer", child, [leg(mill, 30_000, "C-1")])
    (pieces["offered"],) = stage.pieces(receipt)
    return Story(stage, folder, line, parties, pieces, evidence)


def _parties(stage: Stage) -> dict[str, Actor]:
    roles = {
        "BANK": BANK, "OTHER BANK": BANK, "ISSUER": CORE_ENTERPRISE,
        "SUPPLIER": SUPPLIER, "PARTSMAKER": SUPPLIER, "MILL": SUPPLIER,
    }  # fmt: skip
    parties = {name: stage.party(name, bits) for name, bits in roles.items()}
    company = stage.send(stage.operator, None, FORWARDER)["contractAddress"]
    stage.act(stage.operator, "Participants", "register", company, company, SUPPLIER, 0, 65_535, 0)
    number = stage.read("Participants", "partyOf", company)
    # Anyone may push the cooperative's button; which contract acts is what counts.
    parties["COOPERATIVE"] = Actor(str(company), parties["MILL"].account, number)
    return parties


def _forwarded(stage: Stage, company: Actor, function: str, *arguments: Any) -> None:
    ledger = stage.contracts.addresses["CreditLedger"]
    data = bytes(12) + bytes.fromhex(ledger[2:]) + stage.contracts.data("CreditLedger", function, *arguments)
    stage.send(company, company.name, data)


def _confirmed(stage: Stage, folder: Path, parties: Mapping[str, Actor]) -> dict[str, int]:
    """Files written, read back, and confirmed by their buyers with the digest of what was read."""
    for number, (buyer, seller, payable, _) in INVOICES.items():
        write(folder, document(number, buyer, seller, payable))
    write(folder, document("N-1", "ISSUER", "SUPPLIER", 100_000, "credit_note", "A-1"))
    evidence = {}
    for read in read_documents([folder]).documents:
        if read.number in INVOICES:
            buyer, seller, _, confirmed = INVOICES[read.number]
            evidence[read.number] = stage.confirm(
                parties[buyer],
                parties[seller],
                confirmed,
                identity=blinded_identity(document_key(read), NETWORK_KEY),
                digest=canonical_digest(read),
            )
    return evidence


def _rotated(stage: Stage, actor: Actor) -> Actor:
    """The party takes a new key and drops the old one."""
    account = Account.from_key(sha256(b"story:second key").digest())
    joining = Actor(actor.name, account)
    _, proof = stage.signed(joining, "Participants", "KeyJoin", (actor.number, account.address, 0, 0))
    stage.act(actor, "Participants", "addKey", account.address, proof)
    renewed = Actor(actor.name, account, actor.number)
    stage.act(renewed, "Participants", "removeKey", actor.address)
    return renewed


def _sold(stage: Stage, bank: Actor, holder: Actor, piece: int, amount: int) -> int:
    (sold,) = stage.pieces(stage.finance(holder, bank, piece, amount, amount - amount // 50))
    return sold


def books_of(story: Story) -> BookFigures:
    """True books: what the contracts' own views say, in the form that the books hand over."""
    read, fields = story.stage.read, story.stage.fields
    pieces, obligations = {}, {}
    line = fields("LedgerReader", "line", story.line)
    names = story.stage.contracts.output_names("LedgerReader", "piecesOf")
    for obligation in (story.line << 24 | number for number in range(1, line["obligationCount"] + 1)):
        terms = fields("LedgerReader", "obligation", obligation)
        obligations[obligation] = BookObligation(terms["faceMinor"], terms["liveMinor"], terms["lossMinor"])
        for values in read("LedgerReader", "piecesOf", obligation, 1, 500):
            one = dict(zip(names, values, strict=True))
            pieces[one["id"]] = BookPiece(one["owner"], one["amountMinor"], one["state"])
    known = [fields("TradeRegistry", "evidence", number) for number in range(1, len(INVOICES) + 1)]
    issuer = story.parties["ISSUER"].number
    banks = [story.parties[name].number for name in ("BANK", "OTHER BANK")]
    return BookFigures(
        block_number=story.stage.web3.eth.block_number,
        pieces=pieces,
        lines={story.line: BookLine(line["limitMinor"], line["usedMinor"], line["allottedMinor"])},
        evidence={
            number + 1: BookEvidence(one["faceMinor"], one["usedMinor"], one["creditedMinor"])
            for number, one in enumerate(known)
        },
        obligations=obligations,
        financing={
            (bank, issuer, CNY): BookFinancing(*read("LedgerReader", "financing", bank, issuer, CNY)) for bank in banks
        },
        totals={
            CNY: BookTotal(
                sum(one.face_minor for one in obligations.values()),
                *(
                    sum(piece.amount_minor for piece in pieces.values() if piece.state in states)
                    for states in (LIVE, REDEEMED, VOIDED, WRITTEN_OFF)
                ),
            )
        },
    )


def set_word(story: Story, address: str, slot: int, change: Callable[[int], int]) -> None:
    word = int.from_bytes(story.stage.web3.eth.get_storage_at(address, slot), "big")  # type: ignore[arg-type]
    parameters: list[Any] = [address, f"0x{slot:064x}", f"0x{change(word):064x}"]
    answer = story.stage.web3.provider.make_request("anvil_setStorageAt", parameters)  # type: ignore[arg-type]
    assert answer["result"] is True


__all__ = ["DAY", "HOLLOW_TOKEN", "NETWORK_KEY", "Story", "books_of", "document", "play", "set_word", "write"]
