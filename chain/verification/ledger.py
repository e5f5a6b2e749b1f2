"""The whole ledger at one block, read raw from storage: no view of the contracts is asked, no event is believed.

Ids nest (a piece's holds its obligation's, that its line's, that its issuer's) and every level has a counter in
storage, so all there is can be enumerated from the number of parties down.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import Any, NamedTuple

from chain.verification.layout import StorageLayout, array_slot, mapping_slot
from chain.verification.node import NodeReader
from chain.verification.words import (
    ALLOTMENT,
    BACKER,
    CLAIM,
    EVIDENCE,
    FINANCING,
    GUARANTEE,
    HOLD,
    ISSUER,
    KEY,
    LINE,
    LINE_TERMS,
    LOAN,
    LOT,
    OBLIGATION,
    PARTY,
    PIECE,
    RARITIES,
    RECEIPT,
    Allotment,
    Backer,
    Evidence,
    Financing,
    Guarantee,
    Hold,
    Issuer,
    Line,
    Loan,
    Lot,
    Obligation,
    Party,
    Piece,
    Receipt,
    Role,
    decode,
)


class Mapped(NamedTuple):
    """Where things are kept: contract, types of the mapping's keys and value, its name where the types do not say."""

    contract: str
    types: tuple[str, ...]
    variable: str = ""


PARTIES = Mapped("Participants", ("PartyId", "PartyWord"))
PARTY_OF_KEY = Mapped("Participants", ("address", "KeyWord"))
ACCOUNT_BANKS = Mapped("Participants", ("PartyId", "PartyId"))
DOCUMENTS = Mapped("TradeRegistry", ("EvidenceId", "struct TradeRegistry.EvidenceSlot"))
COMMITMENTS = Mapped("TradeRegistry", ("EvidenceId", "bytes32"), "_commitments")
LOTS = Mapped("TradeRegistry", ("EvidenceId", "bytes32"), "lotOf")
RARITIES_OF = Mapped("TradeRegistry", ("EvidenceId", "struct TradeRegistry.Rarities"))
EVIDENCE_OF_IDENTITY = Mapped("TradeRegistry", ("bytes32", "EvidenceId"), "evidenceOf")
GOODS = Mapped("Warehouse", ("bytes32", "LotWord"))
RECEIPTS = Mapped("Warehouse", ("ReceiptId", "ReceiptWord"))
LOTS_OF_RECEIPTS = Mapped("Warehouse", ("ReceiptId", "bytes32"))
LOANS = Mapped("Loans", ("LoanId", "LoanWord"))
CLAIMS = Mapped("Loans", ("LoanId", "ClaimWord"))
LINES = Mapped("CreditLedger", ("LineId", "struct LedgerBase.LineSlot"))
TERMS_OF_LINES = Mapped("CreditLedger", ("LineId", "LineTermsWord"))
BACKERS = Mapped("CreditLedger", ("LineId", "uint256", "BackerWord"))
ALLOTMENTS = Mapped("CreditLedger", ("AllotmentId", "AllotmentWord"))
ISSUERS = Mapped("CreditLedger", ("PartyId", "IssuerWord"))
FINANCINGS = Mapped("CreditLedger", ("PartyId", "PartyId", "uint8", "FinancingWord"))
OBLIGATIONS = Mapped("CreditLedger", ("ObligationId", "struct LedgerBase.ObligationSlot"))
LOSSES = Mapped("CreditLedger", ("ObligationId", "uint64"))
GUARANTEES = Mapped("CreditLedger", ("ObligationId", "GuaranteeWord[]"))
PIECES = Mapped("CreditLedger", ("PieceId", "struct LedgerBase.PieceSlot"))
HOLDS = Mapped("CreditLedger", ("PieceId", "HoldWord"))

#: How far beyond what the events told a counter in storage is followed: a counter gone wild must not read for hours.
BEYOND_TOLD = 64
#: Banks that back a line beside the one that granted it.
MOST_BACKERS = 16


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
    allotments: Mapping[int, int] = field(default_factory=dict)
    """Line → allotments."""
    guarantees: Mapping[int, int] = field(default_factory=dict)
    """Obligation → guarantees."""
    receipts: int = 0
    loans: int = 0


@dataclass(frozen=True)
class LedgerState:
    """What storage says at ``block_number``. Keys are the ids on chain."""

    block_number: int
    parties: Mapping[int, Party]
    keys: Mapping[str, int]
    """Key (lower-case address) → party, of the keys that were asked for; 0 where it acts for nobody (any more)."""
    issuers: Mapping[int, Issuer]
    lines: Mapping[int, Line]
    allotments: Mapping[int, Allotment]
    obligations: Mapping[int, Obligation]
    pieces: Mapping[int, Piece]
    holds: Mapping[int, Hold]
    """Piece, or place 0 of an obligation → what is noted of its holds, where anything is."""
    financing: Mapping[tuple[int, int, int], Financing]
    """(bank, issuer, currency) → what is not all zero."""
    evidence: Mapping[int, Evidence]
    lots: Mapping[int, Lot]
    """Goods by their blinded lot: those of receipts, and those that were asked for."""
    receipts: Mapping[int, Receipt]
    loans: Mapping[int, Loan]
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
            name: StorageLayout(layouts[name])
            for name in ("Participants", "TradeRegistry", "Warehouse", "Loans", "CreditLedger")
        }
        self._block = block

    def read(
        self, keys: Sequence[str] = (), identities: Sequence[bytes] = (), lots: Iterable[int] = ()
    ) -> LedgerState:  # fmt: skip
        """Everything, from the number of parties down. ``keys``, ``identities`` and ``lots`` are looked up beside it, since
        what a mapping holds cannot be listed."""
        parties = self._parties()
        issuers = self._issuers(parties)
        lines = self._lines(issuers)
        obligations = self._obligations(lines)
        pieces = self._pieces(obligations)
        receipts = self._receipts()
        return LedgerState(
            block_number=self._block,
            parties=parties,
            keys=self._keys(keys, parties),
            issuers=issuers,
            lines=lines,
            allotments=self._allotments(lines),
            obligations=obligations,
            pieces=pieces,
            holds=self._holds(obligations, pieces),
            financing=self._financing(parties, lines),
            evidence=self._evidence(),
            lots=self._lots({*lots, *(one.lot for one in receipts.values())}),
            receipts=receipts,
            loans=self._loans(),
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
        banks = dict(zip(numbers, self._mapped(ACCOUNT_BANKS, [(one,) for one in numbers]), strict=True))
        parties = {}
        for number, word in self._words(PARTIES, numbers):
            fields = decode(PARTY, word)
            account, roles = f"0x{fields.pop('account'):040x}", Role(fields.pop("roles"))
            parties[number] = Party(id=number, account=account, roles=roles, account_bank=banks[number], **fields)
        return parties

    def _keys(self, keys: Sequence[str], parties: Mapping[int, Party]) -> dict[str, int]:
        found = {}
        for key, word in zip(keys, self._mapped(PARTY_OF_KEY, [(int(key, 16),) for key in keys]), strict=True):
            fields = decode(KEY, word)
            known = parties.get(fields["party"])
            found[key] = fields["party"] if known is not None and known.epoch == fields["epoch"] else 0
        return found

    def _issuers(self, parties: Iterable[int]) -> dict[int, Issuer]:
        # Roles are not asked: a line of a party that should have none must be found too.
        words = self._words(ISSUERS, parties)
        return {number: Issuer(id=number, **decode(ISSUER, word)) for number, word in words}

    def _lines(self, issuers: Mapping[int, Issuer]) -> dict[int, Line]:
        told = self._told.lines
        ids = [
            one.id << 8 | index for one in issuers.values() for index in _numbers(one.line_count, told.get(one.id, 0))
        ]
        terms = {
            one: decode(LINE_TERMS, word)
            for one, word in zip(ids, self._mapped(TERMS_OF_LINES, [(one,) for one in ids]), strict=True)
        }
        places = [(line, place) for line in ids for place in range(min(terms[line]["backer_count"], MOST_BACKERS))]
        backers: dict[int, list[Backer]] = defaultdict(list)
        for (line, _), word in zip(places, self._mapped(BACKERS, places), strict=True):
            backers[line].append(Backer(**decode(BACKER, word)))
        lines = {}
        for identifier, word in self._words(LINES, ids):
            fields = decode(LINE, word)
            fields["utc_offset_quarter_hours"] = _signed(fields["utc_offset_quarter_hours"], 8)
            lines[identifier] = Line(
                id=identifier, backers=tuple(backers[identifier]), **fields, **terms[identifier]
            )  # fmt: skip
        return lines

    def _allotments(self, lines: Mapping[int, Line]) -> dict[int, Allotment]:
        told = self._told.allotments
        ids = [
            line.id << 16 | index
            for line in lines.values()
            for index in _numbers(line.allotment_count, told.get(line.id, 0))
        ]
        return {one: Allotment(id=one, **decode(ALLOTMENT, word)) for one, word in self._words(ALLOTMENTS, ids)}

    def _obligations(self, lines: Mapping[int, Line]) -> dict[int, Obligation]:
        told = self._told.obligations
        ids = [
            line.id << 24 | number
            for line in lines.values()
            for number in _numbers(line.obligation_count, told.get(line.id, 0))
        ]
        losses = dict(zip(ids, self._mapped(LOSSES, [(one,) for one in ids]), strict=True))
        guarantees = self._guarantees(ids)
        obligations = {}
        for identifier, word in self._words(OBLIGATIONS, ids):
            fields = decode(OBLIGATION, word)
            fields["utc_offset_quarter_hours"] = _signed(fields["utc_offset_quarter_hours"], 8)
            obligations[identifier] = Obligation(
                id=identifier, loss_minor=losses[identifier], guarantees=guarantees.get(identifier, ()), **fields
            )
        return obligations

    def _guarantees(self, obligations: Sequence[int]) -> dict[int, tuple[Guarantee, ...]]:
        """Those of the obligations that have any: a list for each, of which storage knows the length."""
        base = self._layouts["CreditLedger"].mapping(*GUARANTEES.types)
        heads = {one: mapping_slot(base, one) for one in obligations}
        counts = dict(zip(heads, self._slots("CreditLedger", list(heads.values())), strict=True))
        told = self._told.guarantees
        found = {}
        for one, count in counts.items():
            slots = [array_slot(heads[one], number - 1) for number in _numbers(count, told.get(one, 0))]
            if slots:
                found[one] = tuple(Guarantee(**decode(GUARANTEE, w)) for w in self._slots("CreditLedger", slots))
        return found

    def _holds(self, obligations: Mapping[int, Obligation], pieces: Mapping[int, Piece]) -> dict[int, Hold]:
        places = [*(one << 16 for one in obligations), *pieces]
        return {place: Hold(id=place, **decode(HOLD, word)) for place, word in self._words(HOLDS, places)}

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
        keys = [(one,) for one in numbers]
        commitments, lots, rarities = (
            dict(zip(numbers, self._mapped(mapping, keys), strict=True)) for mapping in (COMMITMENTS, LOTS, RARITIES_OF)
        )
        return {
            number: Evidence(
                id=number, commitment=commitments[number].to_bytes(32, "big"), lot=lots[number],
                **decode(EVIDENCE, word), **decode(RARITIES, rarities[number]),
            )
            for number, word in self._words(DOCUMENTS, numbers)
        }  # fmt: skip

    def _lots(self, asked: Iterable[int]) -> dict[int, Lot]:
        return {one: Lot(id=one, **decode(LOT, word)) for one, word in self._words(GOODS, sorted(asked))}

    def _receipts(self) -> dict[int, Receipt]:
        numbers = _numbers(self._variable("Warehouse", "receiptCount"), self._told.receipts)
        lots = dict(zip(numbers, self._mapped(LOTS_OF_RECEIPTS, [(one,) for one in numbers]), strict=True))
        words = self._words(RECEIPTS, numbers)
        return {number: Receipt(id=number, lot=lots[number], **decode(RECEIPT, word)) for number, word in words}

    def _loans(self) -> dict[int, Loan]:
        numbers = _numbers(self._variable("Loans", "loanCount"), self._told.loans)
        claims = dict(zip(numbers, self._mapped(CLAIMS, [(one,) for one in numbers]), strict=True))
        loans = {}
        for number, word in self._words(LOANS, numbers):
            fields = decode(LOAN, word) | decode(CLAIM, claims[number])
            fields["utc_offset_quarter_hours"] = _signed(fields["utc_offset_quarter_hours"], 8)
            loans[number] = Loan(id=number, **fields)
        return loans

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
        slot = self._layouts[mapping.contract].mapping(*mapping.types, variable=mapping.variable)
        return self._slots(mapping.contract, [mapping_slot(slot, *parts) for parts in keys])

    def _slots(self, contract: str, slots: Sequence[int]) -> list[int]:
        return self._node.words(self._addresses[contract], slots, self._block)


def _numbers(counter: int, told: int) -> range:
    """1 … the counter, but also all that was told of, and not endlessly more."""
    return range(1, max(told, min(counter, told + BEYOND_TOLD)) + 1)


def _signed(value: int, width: int) -> int:
    """Two's complement."""
    return value - (1 << width) if value >> (width - 1) else value
