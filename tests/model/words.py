"""What stands in the ledger's storage words: their fields, lowest bits first.

An own reading, apart from the contracts' libraries.

A table is a mapping of one contract. Its layout takes a word apart into a row (field → number) and puts it together again,
so that a bit which no field has is a difference, too.
"""

from __future__ import annotations

from dataclasses import dataclass

Row = dict[str, int]


@dataclass(frozen=True)
class Layout:
    """Fields of one word: (name, bits); negative bits for a number with a sign."""

    fields: tuple[tuple[str, int], ...]

    @classmethod
    def of(cls, text: str) -> Layout:
        pairs = (one.split(":") for one in text.split())
        return cls(tuple((name, int(bits)) for name, bits in pairs))

    def pack(self, row: Row) -> int:
        """The word; raises OverflowError for a number that its field cannot have."""
        word = shift = 0
        for name, bits in self.fields:
            value = row[name]
            if bits < 0:
                bits = -bits
                value &= (1 << bits) - 1
            if value < 0 or value >> bits:
                raise OverflowError(f"{name} = {value} does not fit {bits} bits")
            word |= value << shift
            shift += bits
        return word

    def unpack(self, word: int) -> Row:
        """All fields of a word, and ``beyond``: bits that belong to none."""
        row = {}
        for name, bits in self.fields:
            size = abs(bits)
            value = word & ((1 << size) - 1)
            if bits < 0 and value >> (size - 1):
                value -= 1 << size
            row[name] = value
            word >>= size
        row["beyond"] = word
        return row

    def empty(self) -> Row:
        return {name: 0 for name, _ in self.fields}


@dataclass(frozen=True)
class Table:
    """A mapping: where it is, what its keys' parts are, and what its words say."""

    contract: str
    variable: str
    layout: Layout
    place: str = "mapping"
    """``mapping``: nested by the parts of the key. ``array``: the last part is a place in a dynamic array.
    ``scalar``: one word, without a key. ``second``: the word after the mapping's."""


def _ledger(variable: str, text: str, place: str = "mapping") -> Table:
    return Table("CreditLedger", variable, Layout.of(text), place)


def _registry(variable: str, text: str, place: str = "mapping") -> Table:
    return Table("TradeRegistry", variable, Layout.of(text), place)


def _participants(variable: str, text: str, place: str = "mapping") -> Table:
    return Table("Participants", variable, Layout.of(text), place)


RULES = "tenor:16 pieces:16 hops:8 grace:8 effective:16 version:16 reviewed:16 dispute:8 contest:8 attested:8 last:16"

TABLES: dict[str, Table] = {
    "line": _ledger("_lines", "limit:64 used:64 allotted:64 count:24 expiry:16 currency:8 status:8 offset:-8"),
    "terms": _ledger("_lineTerms", "bank:32 calendar:8 allotments:16 backers:8 shared:16"),
    "issuer": _ledger("_issuers", "lines:8 overdue:32 day0:16 day1:16 day2:16"),
    "financing": _ledger("_financing", "limit:64 financed:64"),
    "obligation": _ledger(
        "_obligations",
        "face:64 live:64 maturity:16 pieces:16 max_pieces:16 max_hops:8 grace:8 version:16 instrument:8 flags:8 "
        "held:16 currency:8 offset:-8",
    ),
    "piece": _ledger(
        "_pieces",
        "amount:64 owner:32 parent:16 evidence:40 use:16 hops:8 tier:8 state:4 flags:4 deadline:32 open:16 children:16",
    ),
    "rules": _ledger("_rules", RULES),
    "hold": _ledger("_holds", "kinds:8 disputant:32 day:16 court:32 pieces:16"),
    "loss": _ledger("_losses", "amount:64"),
    "review": _ledger("_tenorReviews", "justification:256"),
    "line_count": _ledger("_lineCounts", "count:8"),
    "cap": _ledger("_groupCaps", "cap:64 promised:128"),
    "promise": _ledger("_promises", "promised:128 group:24"),
    "backer": _ledger("_backers", "bank:32 share:16"),
    "share_offer": _ledger("_shareOffers", "share:16"),
    "allotment": _ledger(
        "_allotments",
        "left:64 holder:32 parent:16 depth:8 status:8 expiry:16 instrument:8 tenor:16 recourse:8",
    ),
    "sale": _ledger("_sales", "proceeds:64 hours:8 attested:40 contested:1 bank:32"),
    "payment": _ledger("_payments", "amount:64 until:40 contested:1"),
    "return": _ledger("_returns", "held:64 left:16 uses:16"),
    "guarantee": _ledger("_guarantees", "guarantor:32 share:16 paid:64", "array"),
    "guarantees": _ledger("_guarantees", "count:256"),
    "documents": _registry("evidenceCount", "count:40", "scalar"),
    "evidence": _registry(
        "_words",
        "face:64 used:64 buyer:32 seller:32 currency:8 kind:8 flags:8 delivery:16 uses:24",
    ),
    "commitment": _registry("_commitments", "hash:256"),
    "rarity": _registry("_rarities", "credited:64 carried:64 order:40"),
    "identity": _registry("evidenceOf", "evidence:40"),
    "note": _registry("creditedBy", "evidence:40"),
    "parties": _participants("partyCount", "count:32", "scalar"),
    "party": _participants("_parties", "account:160 roles:16 status:8 kyc:16 group:24 epoch:8 keys:8 changes:16"),
    "key": _participants("_keys", "party:32 epoch:8 former:32 former_epoch:8 cancels:40"),
    "account": _participants("_partyOfAccount", "party:32"),
    "account_bank": _participants("accountBankOf", "bank:32"),
    "change": _participants("_accountChanges", "account:160 bank:32 at:40"),
    "recovery": _participants("_recoveries", "key:160 bank:32 at:40"),
    "version": Table("Rulebook", "_versions", Layout.of(RULES)),
    "latest": Table("Rulebook", "_latest", Layout.of(RULES)),
    "holidays": Table("Rulebook", "holidays", Layout.of("days:256")),
    "money": Table("Settlement", "currencyOf", Layout.of("currency:8")),
    "balance": Table("DepositToken", "_balances", Layout.of("amount:256")),
}
