"""What a world is: files with the documents meant by them, in batches; a network; and the truth about what was planted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from chain.documents.model import DocumentType, TradeDocument
from chain.network import Network


class FileFormat(StrEnum):
    """The form in which a document is written."""

    UBL = "ubl"
    """OASIS UBL 2.1 XML, in the manner of Peppol BIS."""
    EINVOICE = "einvoice"
    """China's fully digital e-invoice (数电票) XML."""
    CAMT = "camt"
    """ISO 20022 XML: payments as a bank notifies them (camt.054) or on an account's statement (camt.053)."""
    JSON = "json"
    """The product's own JSON forms of a warehouse receipt and of an assignment."""
    CANONICAL = "canonical"
    """The canonical JSON form of any document, from systems that keep theirs in no standard format."""


class Damage(StrEnum):
    """What is wrong with a file although the document meant by it is sound."""

    TRUNCATED = "truncated"
    """The file ends in the middle of an element."""
    WRONG_TOTAL = "wrong_total"
    """The amount payable differs from net plus tax."""
    UNKNOWN_CURRENCY = "unknown_currency"
    """The currency code is none of ISO 4217."""


class Irregularity(StrEnum):
    """What the generator plants, so that a reader of the files can be held against the truth."""

    PARTIAL_CREDIT_NOTE = "partial_credit_note"
    """A credit note takes back part of an invoice."""
    FULL_CREDIT_NOTE = "full_credit_note"
    """A credit note cancels an invoice."""
    DUPLICATE = "duplicate"
    """The same invoice in another file."""
    ANOTHER_FACE = "another_face"
    """The number of an earlier invoice with another amount."""
    OVER_INVOICED_ORDER = "over_invoiced_order"
    """The invoices against one order exceed it."""
    CIRCULAR_TRADE = "circular_trade"
    """A sells to B, B to C and C to A, within days."""
    RELATED_PARTIES = "related_parties"
    """Buyer and seller of an invoice belong to one group."""
    NO_GOODS = "no_goods"
    """An invoice with neither despatch nor receipt."""
    PLEDGED_LOT = "pledged_lot"
    """An invoice over a lot that already backs a loan."""
    WRONG_TOTAL = "wrong_total"
    """See Damage.WRONG_TOTAL."""
    REJECTED_INVOICE = "rejected_invoice"
    """The buyer does not acknowledge an invoice."""
    DISPUTED_INVOICE = "disputed_invoice"
    """The buyer contests an invoice."""
    TRUNCATED = "truncated"
    """See Damage.TRUNCATED."""
    UNKNOWN_CURRENCY = "unknown_currency"
    """See Damage.UNKNOWN_CURRENCY."""
    OTHER_FORMAT = "other_format"
    """The same invoice in another format, its number written otherwise."""
    RETYPED = "retyped"
    """The same invoice with a slip in its number."""
    PRICE_ABOVE_ORDER = "price_above_order"
    """Fewer goods than were ordered, at a higher price."""
    RELATED_LOOP = "related_loop"
    """Goods of one group go to an outsider and come back to another of the group, for about the same money."""
    PLEDGED_AND_SOLD = "pledged_and_sold"
    """A lot that backs a loan is sold by papers that do not name its receipt."""
    SUDDEN_EDGE = "sudden_edge"
    """Large sales to a customer that is new, not delivered, in the last weeks."""
    LOT_ROUND_TRIP = "lot_round_trip"
    """A lot comes back to its seller within days, at a loss."""
    RECEIPTS_ABOVE_STOCK = "receipts_above_stock"
    """Receipts for more of a lot than its keeper counted."""
    RELATED_KEEPER = "related_keeper"
    """The keeper belongs to the owner's group."""
    STRETCHED_TERMS = "stretched_terms"
    """A term far above what the two had before."""
    VELOCITY = "velocity"
    """Many small invoices in a few days, where there were few."""
    COMPETING_ASSIGNMENT = "competing_assignment"
    """Two banks finance one invoice, together more than it is worth; each registers it, or tells the debtor."""
    SMALL_NEW_CUSTOMER = "small_new_customer"
    """No fraud: a new customer who begins small."""
    SLOW_CIRCLE = "slow_circle"
    """No fraud: three sell to one another, months apart."""
    RESOLD_LOT = "resold_lot"
    """No fraud: a lot is sold on twice, and does not come back."""
    STOCK_IN_PARTS = "stock_in_parts"
    """No fraud: several receipts for a lot that is as large as they say."""
    EQUAL_PARTS = "equal_parts"
    """No fraud: two equal deliveries of one order, invoiced under neighbouring numbers."""
    BUSY_WEEK = "busy_week"
    """No fraud: some invoices more in a week than usual."""
    LONGER_TERMS = "longer_terms"
    """No fraud: a term a third longer than before."""
    REFINANCED_INVOICE = "refinanced_invoice"
    """No fraud: a bank gives an invoice back, and another finances it then."""
    SHARED_INVOICE = "shared_invoice"
    """No fraud: two banks finance parts of one invoice, together less than it is worth; one of them has two papers for it."""


@dataclass(frozen=True, slots=True)
class WorldFile:
    """One document on its way into a file. ``document.source.path`` equals ``path``; its digest is not known yet."""

    path: str
    """Relative to the world's folder, with forward slashes; of a member of ``container`` not a path of the file system."""
    format: FileFormat
    document: TradeDocument
    container: str | None = None
    """Path of what holds the document among others: a zip archive, or a bank's message."""
    damage: Damage | None = None
    retyped: bool = False
    """Written with other white space, so that the bytes differ from those of an equal document."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What arrives until ``date``; no document in it is dated later."""

    date: date
    name: str
    """Its folder."""
    files: tuple[WorldFile, ...]

    @property
    def documents(self) -> tuple[TradeDocument, ...]:
        """The documents meant, one a file."""
        return tuple(file.document for file in self.files)


@dataclass(frozen=True, slots=True)
class Planted:
    """One planted irregularity, and the files that prove it, the guilty one last."""

    kind: Irregularity
    files: tuple[str, ...]
    case: str | None = None
    """The field's failure it belongs to, C1 to C16."""


@dataclass(frozen=True, slots=True)
class World:
    """A seeded world of trade. The same arguments give the same world, on any machine."""

    seed: int
    today: date
    start: date
    """First day of the story; no document is dated earlier."""
    currency: str
    network: Network
    tiers: dict[str, int]
    """Supplier → its tier below the nearest core enterprise."""
    batches: tuple[Batch, ...]
    truth: tuple[Planted, ...]

    @property
    def files(self) -> Iterator[WorldFile]:
        """All files, batch by batch."""
        for batch in self.batches:
            yield from batch.files

    @property
    def documents(self) -> tuple[TradeDocument, ...]:
        """The documents meant, one a file, batch by batch."""
        return tuple(file.document for file in self.files)

    def planted(self, kind: Irregularity) -> tuple[Planted, ...]:
        """What was planted of one kind."""
        return tuple(planted for planted in self.truth if planted.kind is kind)

    def file(self, path: str) -> WorldFile:
        """The file at ``path``; KeyError when there is none."""
        for file in self.files:
            if file.path == path:
                return file
        raise KeyError(path)

    def count(self, kind: DocumentType) -> int:
        """Number of documents of one type."""
        return sum(document.type is kind for document in self.documents)
