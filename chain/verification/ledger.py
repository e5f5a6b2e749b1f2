"""The whole ledger at one block, read raw from storage: no view of the contracts is asked, no event is believed.

Ids nest (a piece's holds its obligation's, that its line's, that its issuer's) and every level has a counter in
storage, so all there is can be enumerated from the number of parties down.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

from chain.verification.layout import StorageLayout, mapping_slot
from chain.verification.node import NodeReader
from chain.verification.words import (
    EVIDENCE,
    FINANCING,
    ISSUER,
    LINE,
    OBLIGATION,
    PARTY,
    PIECE,
    Evidence,
    Financing,
    Issuer,
    Line,
    Obligation,
    Party,
    Piece,
    Role,
    decode,
)

#: Where things are kept: contract, types of the mapping's keys, type of its value.
Mapped = tuple[str, ...]
PARTIES: Mapped = ("Participants", "PartyId", "PartyWord")
PARTY_OF_KEY: Mapped = ("Participants", "address", "PartyId")
DOCUMENTS: Mapped = ("TradeRegistry", "EvidenceId", "EvidenceWord")
COMMITMENTS: Mapped = ("TradeRegistry", "EvidenceId", "bytes32")
EVIDENCE_OF_IDENTITY: Mapped = ("TradeRegistry", "bytes32", "EvidenceId")
LINES: Mapped = ("CreditLedger", "LineId", "LineWord")
BANKS: Mapped = ("CreditLedger", "LineId", "PartyId")
ISSUERS: Mapped = ("CreditLedger", "PartyId", "IssuerWord")
FINANCINGS: Mapped = ("CreditLedger", "PartyId", "PartyId", "uint8", "FinancingWord")
OBLIGATIONS: Mapped = ("CreditLedger", "ObligationId", "ObligationWord")
PIECES: Mapped = ("CreditLedger", "PieceId", "PieceWord")

#: How far beyond what the events told a counter in storage is followed: a counter gone wild must not read for hours.
BEYOND_TOLD = 64


@dataclass(frozen=True, slots=True)
class Told:
    """How many of everything the events told of. Storage's own counters are followed, up to `BEYOND_TOLD` further."""

    parties: int
    lines: Mapping[int, int]
    """Issuer → lines."""
    obligations: Mapping[int, int]
    """Line → obligations."""
    pieces: Mapping[int, int]
    """Obligation → pieces."""
    documents: int


@dataclass(frozen=True)
class LedgerState:
    """What storage says at ``block_number``. Keys are the ids on chain."""

    block_number: int
    parties: Mapping[int, Party]
    keys: Mapping[str, int]
    """Key (lower-case address) → party, of the keys that were asked for."""
    issuers: Mapping[int, Issuer]
    lines: Mapping[int, Line]
    obligations: Mapping[int, Obligation]
    pieces: Mapping[int, Piece]
    financing: Mapping[tuple[int, int, int], Financing]
    """(bank, issuer, currency) → what is not all zero."""
    evidence: Mapping[int, Evidence]
    identities: Mapping[bytes, int]
    """Blinded identity → evidence, of the identities that were asked for; 0 where there is none."""

    @cached_property
    def _by_obligation(self) -> dict[int, list[Piece]]:
        grouped: dict[int, list[Piece]] = defaultdict(list)
        for piece in self.pieces.values():
            grouped[piece.obligation].append(piece)
        return grouped

    @cached_property
    def children(self) -> Mapping[int, list[Piece]]:
        """Piece → the pieces that were cut from it."""
        grouped: dict[int, list[Piece]] = defaultdict(list)
        for piece in self.pieces.values():
            if piece.parent:
                grouped[piece.parent].append(piece)
        return grouped

    def pieces_of(self, obligation: int) -> list[Piece]:
        """The pieces of an obligation, in the order they were made."""
        return self._by_obligation.get(obligation, [])


class LedgerReader:
    """Reads storage words of the deployed contracts at one block."""

    def __init__(
        self,
        node: NodeReader,
        addresses: Mapping[str, str],
        layouts: Mapping[str, dict[str, Any]],
        told: Told,
        block: int,
    ) -> None:
        """``layouts``: contract name → ``storageLayout`` of its compilation."""
        self._told = told
        self._node = node
        self._addresses = addresses
        self._layouts = {
            name: StorageLayout(layouts[name]) for name in ("Participants", "TradeRegistry", "CreditLedger")
        }
        self._block = block

    def read(self, keys: Sequence[str] = (), identities: Sequence[bytes] = ()) -> LedgerState:
        """Everything, from the number of parties down. ``keys`` and ``identities`` are looked up beside it, since what
        a mapping holds cannot be listed."""
        parties = self._parties()
        issuers = self._issuers(parties)
        lines = self._lines(issuers)
        obligations = self._obligations(lines)
        return LedgerState(
            block_number=self._block,
            parties=parties,
            keys=dict(zip(keys, self._mapped(PARTY_OF_KEY, [(int(key, 16),) for key in keys]), strict=True)),
            issuers=issuers,
            lines=lines,
            obligations=obligations,
            pieces=self._pieces(obligations),
            financing=self._financing(parties, lines),
            evidence=self._evidence(),
            identities=dict(
                zip(
                    identities,
                    self._mapped(EVIDENCE_OF_IDENTITY, [(int.from_bytes(one, "big"),) for one in identities]),
                    strict=True,
                )
            ),
        )

    def _parties(self) -> dict[int, Party]:
        numbers = _numbers(self._variable("Participants", "partyCount"), self._told.parties)
        parties = {}
        for number, word in self._words(PARTIES, numbers):
            fields = decode(PARTY, word)
            account, roles = f"0x{fields.pop('account'):040x}", Role(fields.pop("roles"))
            parties[number] = Party(id=number, account=account, roles=roles, **fields)
        return parties

    def _issuers(self, parties: Iterable[int]) -> dict[int, Issuer]:
        # Roles are not asked: a line of a party that should have none must be found too.
        words = self._words(ISSUERS, parties)
        return {number: Issuer(id=number, **decode(ISSUER, word)) for number, word in words}

    def _lines(self, issuers: Mapping[int, Issuer]) -> dict[int, Line]:
        told = self._told.lines
        ids = [
            one.id << 8 | index for one in issuers.values() for index in _numbers(one.line_count, told.get(one.id, 0))
        ]
        banks = dict(zip(ids, self._mapped(BANKS, [(one,) for one in ids]), strict=True))
        lines = {}
        for identifier, word in self._words(LINES, ids):
            fields = decode(LINE, word)
            fields["utc_offset_quarter_hours"] = _signed(fields["utc_offset_quarter_hours"], 8)
            lines[identifier] = Line(id=identifier, bank=banks[identifier], **fields)
        return lines

    def _obligations(self, lines: Mapping[int, Line]) -> dict[int, Obligation]:
        told = self._told.obligations
        ids = [
            line.id << 24 | number
            for line in lines.values()
            for number in _numbers(line.obligation_count, told.get(line.id, 0))
        ]
        obligations = {}
        for identifier, word in self._words(OBLIGATIONS, ids):
            fields = decode(OBLIGATION, word)
            fields["utc_offset_quarter_hours"] = _signed(fields["utc_offset_quarter_hours"], 8)
            obligations[identifier] = Obligation(id=identifier, **fields)
        return obligations

    def _pieces(self, obligations: Mapping[int, Obligation]) -> dict[int, Piece]:
        told = self._told.pieces
        ids = [
            one.id << 16 | index
            for one in obligations.values()
            for index in _numbers(one.piece_count, told.get(one.id, 0))
        ]
        return {
            identifier: Piece(id=identifier, **decode(PIECE, word)) for identifier, word in self._words(PIECES, ids)
        }

    def _financing(
        self, parties: Mapping[int, Party], lines: Mapping[int, Line]
    ) -> dict[tuple[int, int, int], Financing]:
        banks = [party.id for party in parties.values() if Role.BANK in party.roles]
        issued = sorted({(line.issuer, line.currency) for line in lines.values()})
        # Any bank may buy any issuer's paper, so every combination is asked.
        rows = [(bank, issuer, currency) for bank, (issuer, currency) in product(banks, issued)]
        words = ((row, word) for row, word in zip(rows, self._mapped(FINANCINGS, rows), strict=True) if word)
        return {
            row: Financing(bank=row[0], issuer=row[1], currency=row[2], **decode(FINANCING, word))
            for row, word in words
        }

    def _evidence(self) -> dict[int, Evidence]:
        numbers = _numbers(self._variable("TradeRegistry", "evidenceCount"), self._told.documents)
        commitments = dict(zip(numbers, self._mapped(COMMITMENTS, [(one,) for one in numbers]), strict=True))
        return {
            number: Evidence(
                id=number, commitment=commitments[number].to_bytes(32, "big"), **decode(EVIDENCE, word)
            )
            for number, word in self._words(DOCUMENTS, numbers)
        }  # fmt: skip

    def _variable(self, contract: str, name: str) -> int:
        slot, offset, width = self._layouts[contract].variable(name)
        word = self._node.words(self._addresses[contract], [slot], self._block)[0]
        return word >> offset & ((1 << width) - 1)

    def _words(self, mapping: Mapped, keys: Iterable[int]) -> list[tuple[int, int]]:
        """(key, word) of a mapping with one key, where anything is kept: a word of zeros is nothing."""
        asked = list(keys)
        words = self._mapped(mapping, [(key,) for key in asked])
        return [(key, word) for key, word in zip(asked, words, strict=True) if word]

    def _mapped(self, mapping: Mapped, keys: Sequence[tuple[int, ...]]) -> list[int]:
        contract, *types = mapping
        slot = self._layouts[contract].mapping(*types)
        return self._node.words(self._addresses[contract], [mapping_slot(slot, *parts) for parts in keys], self._block)


def _numbers(counter: int, told: int) -> range:
    """1 … the counter, but also all that was told of, and not endlessly more."""
    return range(1, max(told, min(counter, told + BEYOND_TOLD)) + 1)


def _signed(value: int, width: int) -> int:
    """Two's complement."""
    return value - (1 << width) if value >> (width - 1) else value
