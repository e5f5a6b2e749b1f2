"""Storage words, decoded by the packing that the contracts document (contracts/libraries/*Words.sol), not by the contracts' code.

Every word is given least significant field first. The enumerations repeat the contracts' numbers on purpose: this
package trusts nothing that the books or the planner believe.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag

from chain.money import CHAIN_CURRENCIES


class PieceState(IntEnum):
    """Where a piece stands in its life; the number is the one in storage."""

    NONE = 0
    """No such piece."""
    OFFERED = 1
    """Its recipient has not answered."""
    HELD = 2
    """Its owner may pass it on, sell it or keep it."""
    LOCKED = 3
    """Sold to its owner, whose cash moves off chain and is waited for."""
    ON_HOLD = 4
    """Never in storage: a hold is a mark beside the state."""
    REDEEMED = 5
    """Paid by the issuer."""
    REJECTED = 6
    """The recipient of a transfer refused; its amount is back in the parent."""
    EXPIRED = 7
    """The recipient of a transfer was silent; its amount is back in the parent."""
    VOIDED = 8
    """The recipient of an issue refused or was silent."""
    WRITTEN_OFF = 9
    """Lost, uncured."""


LIVE_STATES = frozenset({PieceState.OFFERED, PieceState.HELD, PieceState.LOCKED})


class PieceFlag(IntFlag):
    """Flags of a piece."""

    FINANCED = 1
    """A bank bought it."""
    MARKED = 2
    """A hold rests on it, and binds what was cut from it."""
    PAYMENT = 4
    """Cut from its parent by a payment."""
    COURT_SERVED = 8
    """Who paid in the issuer's place paid a court, which has nothing more to ask for here."""


class ObligationFlag(IntFlag):
    """Flags of an obligation; recourse and attested only are terms."""

    OVERDUE = 1
    """Unpaid after maturity and days of grace."""
    MARKED = 2
    """A hold rests on all of it."""
    RECOURSE = 4
    """On default a holder may go back along the path."""
    ATTESTED_ONLY = 8
    """Only attested documents back its pieces."""
    WRITTEN_OFF = 16
    """Something was written off."""


TERM_FLAGS = ObligationFlag.RECOURSE | ObligationFlag.ATTESTED_ONLY


class EvidenceFlag(IntFlag):
    """Flags of a document."""

    ATTESTED = 1
    """An attestor signed it too."""
    CANCELLED = 2
    """Nothing of it is owed any more."""
    CREDITED = 4
    """Some of it is owed no more."""
    HAS_LOT = 8
    """It is about goods that a keeper stores."""


class LoanFlag(IntFlag):
    """Flags of a loan."""

    TWICE_MEASURED = 1
    """The goods have to be measured by two parties."""
    SOLD = 2
    """It rests on the invoice that sold the goods."""
    UNSECURED = 4
    """The bank gave its lien up."""


class HoldKind(IntFlag):
    """Why a piece is marked; the first three are holds."""

    DISPUTE = 1
    """One side of its trade disputes it."""
    RETURNED = 2
    """Its document no longer backs it."""
    COURT = 4
    """A regulator carries out a court's order."""
    DISPUTED_BY_PAYER = 8
    """Remembered: who passed it on has disputed it."""
    DISPUTED_BY_OWNER = 16
    """Remembered: its owner has disputed it."""


HOLDING = HoldKind.DISPUTE | HoldKind.RETURNED | HoldKind.COURT
#: Of a party's roles: it leaves something unpaid, and may not issue.
ISSUANCE_STOPPED = 1 << 15
#: In the place of a token: the cash moves off chain, and somebody says that it came.
NO_TOKEN = "0x" + "00" * 20
#: Status of a party that may neither act nor receive.
SUSPENDED = 2
INVOICE_KIND = 1
#: The evidence of pieces in these states is free again.
GIVEN_BACK_STATES = frozenset({PieceState.REJECTED, PieceState.EXPIRED, PieceState.VOIDED})


class Role(IntFlag):
    """A party's role bits."""

    CORE_ENTERPRISE = 1
    SUPPLIER = 2
    BANK = 4
    KEEPER = 8
    GUARANTOR = 16
    REGULATOR = 32
    OPERATOR = 64
    ATTESTOR = 128
    ISSUANCE_STOPPED = ISSUANCE_STOPPED


Packing = tuple[tuple[str, int], ...]

PIECE: Packing = (
    ("amount_minor", 64),
    ("owner", 32),
    ("parent_index", 16),
    ("evidence", 40),
    ("use_index", 16),
    ("hops", 8),
    ("tier", 8),
    ("state", 4),
    ("flags", 4),
    ("deadline", 32),
    ("open_offers", 16),
    ("child_count", 16),
)
OBLIGATION: Packing = (
    ("face_minor", 64),
    ("live_minor", 64),
    ("maturity_day", 16),
    ("piece_count", 16),
    ("max_pieces", 16),
    ("max_hops", 8),
    ("grace_days", 8),
    ("rulebook_version", 16),
    ("instrument", 8),
    ("flags", 8),
    ("held_count", 16),
    ("currency", 8),
    ("utc_offset_quarter_hours", 8),
)
LINE: Packing = (
    ("limit_minor", 64),
    ("used_minor", 64),
    ("allotted_minor", 64),
    ("obligation_count", 24),
    ("expiry_day", 16),
    ("currency", 8),
    ("status", 8),
    ("utc_offset_quarter_hours", 8),
)
LINE_TERMS: Packing = (
    ("bank", 32),
    ("calendar", 8),
    ("allotment_count", 16),
    ("backer_count", 8),
    ("shared_basis_points", 16),
)
BACKER: Packing = (("bank", 32), ("basis_points", 16))
ALLOTMENT: Packing = (
    ("left_minor", 64),
    ("holder", 32),
    ("parent_index", 16),
    ("depth", 8),
    ("status", 8),
    ("expiry_day", 16),
    ("instrument", 8),
    ("min_tenor_days", 16),
    ("recourse_allowed", 8),
)
HOLD: Packing = (("kinds", 8), ("disputant", 32), ("dispute_day", 16), ("court", 32), ("pieces", 16))
GUARANTEE: Packing = (("guarantor", 32), ("basis_points", 16), ("paid_minor", 64))
PARTY: Packing = (
    ("account", 160),
    ("roles", 16),
    ("status", 8),
    ("kyc_expiry_day", 16),
    ("group", 24),
    ("epoch", 8),
    ("key_count", 8),
    ("key_changes", 16),
)
KEY: Packing = (("party", 32), ("epoch", 8), ("former_party", 32), ("former_epoch", 8), ("cancels_until", 40))
EVIDENCE: Packing = (
    ("face_minor", 64),
    ("used_minor", 64),
    ("buyer", 32),
    ("seller", 32),
    ("currency", 8),
    ("kind", 8),
    ("flags", 8),
    ("delivery_day", 16),
    ("use_count", 16),
)
LOT: Packing = (
    ("measured", 64),
    ("receipted", 64),
    ("keeper", 32),
    ("depositor", 32),
    ("confirmer", 32),
    ("liens", 8),
)
RECEIPT: Packing = (("quantity", 64), ("owner", 32), ("evidence", 40), ("loan", 40), ("state", 8))
LOAN: Packing = (
    ("principal_minor", 64),
    ("limit_minor", 64),
    ("borrower", 32),
    ("bank", 32),
    ("maturity_day", 16),
    ("accrual_day", 16),
    ("currency", 8),
    ("utc_offset_quarter_hours", 8),
    ("status", 8),
    ("flags", 8),
)
CLAIM: Packing = (
    ("interest", 128),
    ("annual_rate_micros", 32),
    ("day_count_basis", 16),
    ("evidence", 40),
    ("receipt", 40),
)
RARITIES: Packing = (("credited_minor", 64), ("carried_minor", 64), ("order", 40))
ISSUER: Packing = (
    ("line_count", 8),
    ("overdue_count", 32),
    ("last_overdue_day", 16),
    ("second_last_overdue_day", 16),
    ("third_last_overdue_day", 16),
)
FINANCING: Packing = (("limit_minor", 64), ("financed_minor", 64))


def decode(packing: Packing, word: int) -> dict[str, int]:
    """Cut a word into its fields, least significant first.

    >>> decode((("low", 8), ("high", 8)), 0x0201)
    {'low': 1, 'high': 2}
    """
    fields: dict[str, int] = {}
    for name, width in packing:
        fields[name] = word & ((1 << width) - 1)
        word >>= width
    return fields


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of an obligation. ``parent_index`` 0 is the issuer; ``evidence`` 0 marks a cash hop."""

    id: int
    amount_minor: int
    owner: int
    parent_index: int
    evidence: int
    use_index: int
    """Times that its evidence was used before it."""
    hops: int
    tier: int
    state: int
    flags: int
    deadline: int
    open_offers: int
    """Children that their recipients have not answered."""
    child_count: int
    """Children ever made."""

    @property
    def obligation(self) -> int:
        return self.id >> 16

    @property
    def issuer(self) -> int:
        return self.id >> 48

    @property
    def parent(self) -> int | None:
        """The parent's piece id; None for a piece that the issuer made."""
        return self.obligation << 16 | self.parent_index if self.parent_index else None

    @property
    def is_financed(self) -> bool:
        return bool(self.flags & PieceFlag.FINANCED)

    @property
    def is_payment(self) -> bool:
        return bool(self.flags & PieceFlag.PAYMENT)

    @property
    def is_marked(self) -> bool:
        return bool(self.flags & PieceFlag.MARKED)

    @property
    def is_live(self) -> bool:
        return self.state in LIVE_STATES


@dataclass(frozen=True, slots=True)
class Obligation:
    """One issuance."""

    id: int
    face_minor: int
    live_minor: int
    maturity_day: int
    piece_count: int
    max_pieces: int
    max_hops: int
    grace_days: int
    rulebook_version: int
    instrument: int
    flags: int
    held_count: int
    currency: int
    utc_offset_quarter_hours: int
    loss_minor: int
    """Written off and not made good since."""
    guarantees: tuple[Guarantee, ...] = ()

    @property
    def line(self) -> int:
        return self.id >> 24

    @property
    def is_overdue(self) -> bool:
        return bool(self.flags & ObligationFlag.OVERDUE)

    @property
    def is_marked(self) -> bool:
        return bool(self.flags & ObligationFlag.MARKED)


@dataclass(frozen=True, slots=True)
class Guarantee:
    """One guarantor's share of an obligation."""

    guarantor: int
    basis_points: int
    paid_minor: int


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a piece is marked; of place 0 of an obligation, why all of it is."""

    id: int
    kinds: int
    disputant: int
    dispute_day: int
    court: int
    pieces: int

    @property
    def holding(self) -> int:
        return self.kinds & HOLDING


@dataclass(frozen=True, slots=True)
class Line:
    """A bank's credit line for one issuer."""

    id: int
    bank: int
    limit_minor: int
    used_minor: int
    allotted_minor: int
    obligation_count: int
    expiry_day: int
    currency: int
    status: int
    utc_offset_quarter_hours: int
    calendar: int
    allotment_count: int
    backer_count: int
    shared_basis_points: int
    backers: tuple[Backer, ...] = ()

    @property
    def issuer(self) -> int:
        return self.id >> 8


@dataclass(frozen=True, slots=True)
class Backer:
    """A bank that backs a line beside the one that granted it."""

    bank: int
    basis_points: int


@dataclass(frozen=True, slots=True)
class Allotment:
    """A part of a line that a supplier may draw on. Status 1: live, 2: revoked, 3: expired; parent 0: by the issuer."""

    id: int
    left_minor: int
    holder: int
    parent_index: int
    depth: int
    status: int
    expiry_day: int
    instrument: int
    min_tenor_days: int
    recourse_allowed: int

    @property
    def terms(self) -> tuple[int, int, bool]:
        """What may be drawn: the instrument, days to maturity at least, and whether recourse is allowed."""
        return self.instrument, self.min_tenor_days, bool(self.recourse_allowed)

    @property
    def line(self) -> int:
        return self.id >> 16

    @property
    def parent(self) -> int | None:
        """The allotment that it is a part of; None for one that the issuer made."""
        return self.line << 16 | self.parent_index if self.parent_index else None


@dataclass(frozen=True, slots=True)
class Party:
    """A registered party. ``account`` is the address its cash lives at."""

    id: int
    account: str
    roles: Role
    status: int
    kyc_expiry_day: int
    group: int
    epoch: int
    """Recoveries so far; keys of an earlier epoch are dead."""
    key_count: int
    key_changes: int
    account_bank: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """A document's capacity. ``commitment`` is the EIP-712 struct hash of what the buyer signed."""

    id: int
    face_minor: int
    used_minor: int
    buyer: int
    seller: int
    currency: int
    kind: int
    flags: int
    delivery_day: int
    use_count: int
    commitment: bytes
    credited_minor: int
    """What credit notes took back."""
    carried_minor: int
    """What it took over from its order."""
    order: int
    lot: int


@dataclass(frozen=True, slots=True)
class Lot:
    """Goods that a keeper stores; ``id`` is the lot as it is blinded."""

    id: int
    measured: int
    receipted: int
    """Σ of its live receipts."""
    keeper: int
    depositor: int
    confirmer: int
    liens: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """A warehouse receipt. ``loan`` 0: it secures nothing; ``state`` 1: live, 2: withdrawn."""

    id: int
    lot: int
    quantity: int
    owner: int
    evidence: int
    loan: int
    state: int


@dataclass(frozen=True, slots=True)
class Loan:
    """A loan on goods or an order. ``evidence`` is the document that it uses now; ``status`` 1: open, 2: defaulted, 3: closed."""

    id: int
    principal_minor: int
    limit_minor: int
    borrower: int
    bank: int
    maturity_day: int
    accrual_day: int
    currency: int
    utc_offset_quarter_hours: int
    status: int
    flags: int
    interest: int
    annual_rate_micros: int
    day_count_basis: int
    evidence: int
    receipt: int


@dataclass(frozen=True, slots=True)
class Issuer:
    """What the ledger counts for an issuer. ``id`` is its party."""

    id: int
    line_count: int
    overdue_count: int
    last_overdue_day: int
    second_last_overdue_day: int
    third_last_overdue_day: int


@dataclass(frozen=True, slots=True)
class Financing:
    """What a bank holds of one issuer's paper in one currency, and its limit."""

    bank: int
    issuer: int
    currency: int
    limit_minor: int
    financed_minor: int


def currency_name(number: int) -> str:
    """The currency's code, or its number where storage holds one that is no currency."""
    return CHAIN_CURRENCIES[number - 1] if 1 <= number <= len(CHAIN_CURRENCIES) else f"#{number}"


def lot_name(lot: int) -> str:
    """A lot's first letters, for people: it is blinded, so there is nothing to read."""
    return f"0x{lot:064x}"[:12]


def financing_name(key: tuple[int, int, int]) -> str:
    """A bank's holding of an issuer's paper, for people: ``2/1/CNY`` is bank 2, issuer 1."""
    bank, issuer, currency = key
    return f"{bank}/{issuer}/{currency_name(currency)}"
