"""Events of any number, as the contracts write them: the lives of pieces under many lines, in blocks that a node could tell.

Each life is what the ledger emits for it: a document is registered, an obligation issued on it and accepted, pieces of it are
passed on three tiers down against documents of their own, a bank buys the last one, and in three lives of ten all is redeemed.
Lives go on side by side, so that what is about one piece lies many blocks apart.
"""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import Iterator, Mapping
from hashlib import sha256
from mmap import ACCESS_READ, mmap
from pathlib import Path
from random import Random
from typing import NamedTuple

from benchmarks.served_chain import Block, ServedChain, Told, as_json
from chain.issuance.decoding import EventDecoder
from chain.issuance.roles import BANK, CORE_ENTERPRISE, SUPPLIER
from chain.issuance.words import PACKINGS

BANKS, ISSUERS, SUPPLIERS = 4, 40, 2_000
SIDE_BY_SIDE = 3_000
"""Lives that go on at a time."""
EVENTS_A_BLOCK = 250
START = 1_767_225_600
"""Unix time of the first block; 12 seconds later is the next."""
TIERS = 4
FACE = 1_000_000
REDEEMED = 0.3
DAY = 86_400


class Words(NamedTuple):
    """One event that is yet to be told: what is indexed, and the words of its data."""

    contract: str
    name: str
    indexed: tuple[int, ...]
    data: tuple[int, ...]


def told_chain(decoder: EventDecoder, addresses: Mapping[str, str], path: Path, count: int) -> int:
    """Write a chain of at least ``count`` events to ``path``, for `load`. Returns how many there are."""
    blocks: list[tuple[int, str, int, int, int, int]] = []
    written = 0
    with path.open("wb") as file:
        waiting: list[Words] = []
        for moment in _moments():
            waiting += moment
            if len(waiting) < EVENTS_A_BLOCK and written + len(waiting) < count:
                continue
            number = len(blocks)
            block_hash = f"0x{sha256(b'%d' % number).hexdigest()}"
            told = b",".join(
                as_json(_told(decoder, addresses, words), number, block_hash, place)
                for place, words in enumerate(waiting)
            )
            blocks.append((number, block_hash, START + 12 * number, file.tell(), len(told), len(waiting)))
            file.write(told)
            written += len(waiting)
            waiting = []
            if written >= count:
                break
    path.with_suffix(".blocks").write_bytes(pickle.dumps(blocks))
    return written


def load(path: Path) -> ServedChain:
    """The chain that was written to ``path``; its logs stay in the file."""
    with path.open("rb") as file:
        whole = memoryview(mmap(file.fileno(), 0, access=ACCESS_READ))
    blocks = pickle.loads(path.with_suffix(".blocks").read_bytes())  # noqa: S301 - written by `told_chain`
    return ServedChain(
        [Block(number, name, moment, whole[at : at + size], count) for number, name, moment, at, size, count in blocks]
    )


def _told(decoder: EventDecoder, addresses: Mapping[str, str], words: Words) -> Told:
    shape = decoder.named(words.contract, words.name)
    topics = [shape.topic, *(f"0x{word:064x}" for word in words.indexed)]
    return Told(addresses[words.contract].lower(), topics, "0x" + "".join([f"{word:064x}" for word in words.data]))


def _packed(kind: str, **fields: int) -> int:
    word = at = 0
    for name, bits in PACKINGS[kind]:
        word |= fields.get(name, 0) << at
        at += abs(bits)
    return word


def _moments() -> Iterator[list[Words]]:
    """The events of one transaction after the other, without end."""
    random = Random(5)  # noqa: S311
    for party in range(1, BANKS + ISSUERS + SUPPLIERS + 1):
        roles = BANK if party <= BANKS else CORE_ENTERPRISE if party <= BANKS + ISSUERS else SUPPLIER
        account = 0xACC0000000000000 + party
        yield [Words("Participants", "PartyRegistered", (party, account), (account, roles, 0, 65_535, 0))]
    for issuer in range(BANKS + 1, BANKS + ISSUERS + 1):
        bank = 1 + issuer % BANKS
        granted = (2**62, 1, 65_000, 32, 0)
        yield [Words("CreditLedger", "LineGranted", (issuer << 8 | 1, bank, issuer), granted)]
        yield [Words("CreditLedger", "FinancingLimitSet", (bank, issuer), (1, 2**62))]
    lives: deque[Iterator[list[Words]]] = deque()
    evidence = iter(range(1, 2**39))
    sequences = {issuer: iter(range(1, 2**24)) for issuer in range(BANKS + 1, BANKS + ISSUERS + 1)}
    while True:
        while len(lives) < SIDE_BY_SIDE:
            issuer = random.choice(list(sequences))
            lives.append(_life(random, issuer, next(sequences[issuer]), evidence))
        life = lives.popleft()
        moment = next(life, None)
        if moment is not None:
            lives.append(life)
            yield moment


def _life(random: Random, issuer: int, sequence: int, evidence: Iterator[int]) -> Iterator[list[Words]]:
    bank = 1 + issuer % BANKS
    obligation = (issuer << 8 | 1) << 24 | sequence
    maturity = START // DAY + random.randrange(10, 180)
    holders = [issuer, *random.sample(range(BANKS + ISSUERS + 1, BANKS + ISSUERS + SUPPLIERS + 1), TIERS)]
    face = FACE + random.randrange(FACE)
    amounts = [face]
    for index in range(1, TIERS + 1):
        giver, taker = holders[index - 1], holders[index]
        document = next(evidence)
        yield [_registered(document, giver, taker, amounts[-1])]
        word = _packed(
            "PieceWord", amountMinor=amounts[-1], owner=taker, parentIndex=index - 1, evidence=document, useIndex=1,
            hops=index, tier=index, state=1, deadline=START + 10**8,
        )  # fmt: skip
        piece = obligation << 16 | index
        offered = Words("CreditLedger", "PieceOffered", (piece, taker), (word,))
        if index == 1:
            terms = _packed(
                "ObligationWord", faceMinor=face, liveMinor=face, maturityDay=maturity, pieceCount=1, maxPieces=500,
                maxHops=16, instrument=1, currency=1, rulebookVersion=1,
            )  # fmt: skip
            yield [Words("CreditLedger", "Issued", (obligation,), (terms,)), offered]
        else:
            yield [offered]
        yield [Words("CreditLedger", "PieceAccepted", (piece,), ()), *_explorers(piece, index, taker)]
        amounts.append(amounts[-1] // 2)
    bought = obligation << 16 | TIERS + 1
    minor = amounts[TIERS - 1] // 2
    sale = (obligation << 16 | TIERS, minor, minor - minor // 50, 0, 0xCA54, sequence, sequence)
    yield [Words("CreditLedger", "PieceFinanced", (bought, bank), sale), *_explorers(bought, TIERS + 1, bank)]
    if random.random() < REDEEMED:
        parts = [amounts[i] - amounts[i + 1] for i in range(TIERS - 1)] + [amounts[TIERS - 1] - minor, minor]
        for index, (part, owner) in enumerate(zip(parts, [*holders[1:], bank], strict=True), 1):
            piece = obligation << 16 | index
            paid = (part, owner, 0xCA54)
            burnt = Words("CreditLedger", "Transfer", (0xACC0000000000000 + owner, 0, piece), ())
            yield [Words("CreditLedger", "PieceRedeemed", (piece,), paid), burnt]


def _registered(document: int, buyer: int, seller: int, face: int) -> Words:
    identity = int.from_bytes(sha256(b"document %d" % document).digest())
    told = (identity, buyer, seller, 1, face, 1, START // DAY - 3, 0, 0)
    return Words("TradeRegistry", "EvidenceRegistered", (document, identity), told)


def _explorers(piece: int, index: int, owner: int) -> list[Words]:
    """The events that wallets know a movement by."""
    parent = piece - 1 if index > 1 else 0
    return [
        Words("CreditLedger", "Transfer", (0, 0xACC0000000000000 + owner, piece), ()),
        Words("CreditLedger", "SlotChanged", (piece, 0, piece >> 16), ()),
        Words("CreditLedger", "TransferValue", (parent, piece), (1,)),
    ]
