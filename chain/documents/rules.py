"""The rules of documents: why one is refused, cannot back credit, or should be looked at.

DocumentRefused (chain/errors.py)
└── DocumentRule
    ├── FileRule       the bytes: empty, too large, not the format they claim to be, hostile
    ├── FormatRule     well formed, but nothing that this ledger reads
    ├── ContentRule    a supported document with a missing or wrong figure, party, date or number
    └── MatchingRule   documents that do not agree with each other (three flows)

The same class becomes a REFUSED, BLOCKED or FLAGGED finding (`finding_of`); what it does is the caller's decision,
what it means is here. A test holds that each sentence has its Chinese.
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Protocol

from chain.documents.model import Finding, Severity
from chain.errors import DocumentRefused, PearlError


class DocumentRule(DocumentRefused):
    """Base. ``case`` is the failure of the field (C1 to C16) that the rule is there for."""

    next_step = ""
    case: ClassVar[str | None] = None
    place: str | None = None
    """Line and column, where the one who raises it knows them."""


def finding_of(
    error: PearlError, severity: Severity, place: str | None = None, documents: tuple[str, ...] = ()
) -> Finding:
    """The finding that an error makes; file and member are filled in by the reader."""
    return Finding(
        rule=error.rule,
        severity=severity,
        template=error.message,
        values={name: _kept(value) for name, value in error.values.items()},
        place=place or getattr(error, "place", None),
        documents=documents,
        case=getattr(error, "case", None),
    )


def _kept(value: object) -> str | int:
    """As it can be written down anywhere; sums of hostile amounts fit no 64 bits."""
    return value if isinstance(value, int) and abs(value) < 2**63 else str(value)


class Placed(Protocol):
    """What knows the file that it was read from."""

    @property
    def path(self) -> str:
        """The file."""

    @property
    def member(self) -> str | None:
        """The member of an archive."""


def found_in(source: Placed, error: PearlError, severity: Severity, *documents: str) -> Finding:
    """The finding that an error makes in a file; ``documents`` are keys, the one that it is about first."""
    finding = finding_of(error, severity, documents=tuple(dict.fromkeys(documents)))
    return replace(finding, path=source.path, member=source.member)


# ---------------------------------------------------------------------------------------------------------- the bytes


class FileRule(DocumentRule):
    """The bytes are unusable whatever they say."""


class FileUnreadable(FileRule):
    message = "the file cannot be opened: {reason}"


class FileEmpty(FileRule):
    message = "the file is empty"


class FileTooLarge(FileRule):
    message = "the file has {bytes} bytes; more than {limit} are not read"


class EncodingBroken(FileRule):
    message = "the text cannot be decoded as {encoding}: {reason}"


class XmlMalformed(FileRule):
    message = "the XML is broken off or malformed: {reason}"


class DoctypeForbidden(FileRule):
    message = "the XML declares a document type or entities, which can hide or fetch content; such files are never read"


class JsonMalformed(FileRule):
    message = "the JSON is broken off or malformed: {reason}"


class ArchiveUnsafe(FileRule):
    message = "the archive is not opened: {reason}"


class PdfUnreadable(FileRule):
    message = "the PDF is not opened: {reason}"


class FileTooCostly(FileRule):
    message = "the file takes more memory or time to read than any file is given; split it"


class ParquetUnreadable(FileRule):
    message = "the Parquet file is not opened: {reason}"


class TableMalformed(FileRule):
    message = "the table is malformed: {reason}"


class ColumnMissing(FileRule):
    message = "the table has no column '{column}' that the mapping names; it has {found}"


class ColumnAmbiguous(FileRule):
    message = "the column '{column}' stands {count} times, and which one counts is not told"


class SheetMissing(FileRule):
    message = "the workbook has no sheet '{sheet}'; it has {sheets}"


class SheetNotNamed(FileRule):
    message = 'the workbook has several sheets ({sheets}), and the mapping names none; write sheet = "…" into it'


class SeveralInvoicesInside(FileRule):
    message = "the file holds several invoices ({names}), and which one counts is not told"
    case = "C4"


# --------------------------------------------------------------------------------------------------------- the format


class FormatRule(DocumentRule):
    """Well formed, but nothing that this ledger reads."""


class FormatUnknown(FormatRule):
    message = "the content is no document format that this ledger knows: {what}"


class FormatNotSupported(FormatRule):
    message = "not supported yet: {what}"


class NoTradeDocument(FormatRule):
    message = "{what} is no document that moves goods or money between a seller and a buyer"


class HoldsNoDocument(FormatRule):
    message = "the file holds no document inside"


class TooManyDocuments(FormatRule):
    message = "the file holds more than {limit} documents; split it"


class DocumentsTooLong(FormatRule):
    message = "the documents of the file have more than {limit} lines, or as much is to be said of them; split it"


# -------------------------------------------------------------------------------------------------------- the content


class ContentRule(DocumentRule):
    """A document of a supported type says too little, or something that cannot be."""


class AnswerUnknown(ContentRule):
    message = "the answer '{code}' is none that is known, so nothing is taken to be decided"


class AnsweredByOther(ContentRule):
    message = "'{sender}' answers for '{buyer}'; whether it may is not told here"
    case = "C1"


class ReferenceMissing(ContentRule):
    message = "it names no document that it is about"


class SchemaViolated(ContentRule):
    message = "{field}: {reason}"


class NumberTooLong(ContentRule):
    message = "the document number has {characters} characters; more than {longest} are no number"


class NumberMissing(ContentRule):
    message = "the document has no number"


class PartyMissing(ContentRule):
    message = "the document names no {role}"


class PartyIdMissing(ContentRule):
    message = "{role} '{name}' has a name but no id with a known scheme; names never decide who an enterprise is"
    case = "C1"


class PartyIdInvalid(ContentRule):
    message = "{role} '{name}' has no valid id: {id} fails its check"
    case = "C1"


class CurrencyMissing(ContentRule):
    message = "the document has amounts but no currency"


class CurrencyInconsistent(ContentRule):
    message = "{field} is in {currency}, but the document is in {expected}"


class AmountMissing(ContentRule):
    message = "{field} is missing"


class AmountTooLarge(ContentRule):
    message = "{field} is larger than this ledger can hold"


class AmountNegative(ContentRule):
    message = "{field} is negative ({amount}); a negative amount backs no credit"


class TotalsDoNotAddUp(ContentRule):
    message = "{field} says {written}, but it adds up to {computed} ({source})"
    case = "C4"


class CopiesContradict(ContentRule):
    message = "{field} is {one}, and elsewhere in the same file {other}"
    case = "C4"


class QuantityMalformed(ContentRule):
    message = "'{text}' is no plain decimal quantity"


class DateMalformed(ContentRule):
    message = "{field} '{text}' is no date from 1970-01-01 to 2149-06-06"


class OwnerNotNamed(ContentRule):
    message = "the event names no owner of the goods; whoever's place it was seen at stands in"
    case = "C2"


class DeclaredWrong(ContentRule):
    message = "the sender declares that this event is wrong"
    case = "C2"


class PaymentNotBooked(ContentRule):
    message = "the entry is not booked ({status}); no money moved yet"


class BillNumberInvalid(ContentRule):
    message = "'{number}' is no number of a bill: {reason}"
    case = "C4"


class SubRangeInvalid(ContentRule):
    message = "'{range}' is no range of a bill's units: first and last, from 1, at most 12 digits each"


class EndBeforeStart(ContentRule):
    message = "{second} is before {first}"


class EndorsementNotConfirmed(ContentRule):
    message = "the keeper did not confirm the endorsement to '{name}', so the goods are still another's"
    case = "C8"


class RowRagged(ContentRule):
    message = "the row has {cells} cells, but the table has {expected} columns; which cell is which is not told"


class FormulaInCell(ContentRule):
    message = "the cell '{text}' is a formula; it is taken as text and never evaluated"


class FormulaWithoutValue(ContentRule):
    message = (
        "the cell is a formula without a stored value, so what it says is not known; save the workbook in a spreadsheet"
    )


class MarkedAsTest(ContentRule):
    message = "the document says of itself that it is a test"


class ProformaInvoice(ContentRule):
    message = "a pro-forma invoice asks for no payment"
    case = "C2"


class Prepayment(ContentRule):
    message = "money asked for before delivery backs no credit: {reason}"
    case = "C2"


class CorrectedInvoice(ContentRule):
    message = "a corrected invoice stands beside the one it corrects, so neither backs credit until one is withdrawn"
    case = "C4"


class FactoredInvoice(ContentRule):
    message = "the invoice says that it was sold to a factor already"
    case = "C16"


class PayeeDiffers(ContentRule):
    message = "the money is to go to '{payee}', not to the seller; it may have been assigned"
    case = "C16"


# ----------------------------------------------------------------------------------------------- documents together


class MatchingRule(DocumentRule):
    """Documents do not agree with each other, or with what the field has learnt."""


class DocumentTwice(MatchingRule):
    message = "{document} came twice; the copy in {copy} is ignored"
    case = "C4"


class IdentityWithAnotherFace(MatchingRule):
    message = (
        "{document} is written in two ways that differ in {difference} ({kept}; and {other}); the first counts, and backs "
        "nothing unless its author sent it"
    )
    case = "C4"


class IdentityConflict(MatchingRule):
    message = "a document calls {left} and {right} one party, but each has a registration of its own; they stay apart"
    case = "C1"


class IdentityContested(MatchingRule):
    message = "{alias} is written as its own by {left} and by {right}; it belongs to neither until a person decides"
    next_step = "decide with 'pearl alias' whose it is"
    case = "C1"


class KnownByAliasAlone(MatchingRule):
    message = (
        "{document} names {seller} or {buyer} by an id that only documents join to it; it backs nothing until a person "
        "decides"
    )
    next_step = "decide with 'pearl alias' whether the id belongs to the enterprise"
    case = "C1"


class IdentityLookalike(MatchingRule):
    message = "{left} and {right} look alike, and are two enterprises as they are written; one may pose as the other"
    case = "C1"


class InvoiceWithoutDate(MatchingRule):
    message = (
        "{document} has no issue date, so neither circles nor terms can be told; have it written anew with its date"
    )
    case = "C5"


class SelfInvoice(MatchingRule):
    message = "{document}: seller and buyer are the same enterprise"
    case = "C5"


class RelatedParties(MatchingRule):
    message = "{document}: {seller} and {buyer} belong to the same group"
    case = "C5"


class NoGoodsBehindMoney(MatchingRule):
    message = "{document}: neither despatch with receipt nor a warehouse receipt stands behind it ({missing})"
    case = "C2"


class MoreInvoicedThanReceived(MatchingRule):
    message = (
        "{document}: line {line} asks for {invoiced}, but {received} were received and not invoiced before; what is above backs "
        "nothing until a receipt says it came"
    )
    case = "C4"


class QuantitiesNotComparable(MatchingRule):
    message = (
        "{document}: line {line} asks for {invoiced}, and {received} were received, which cannot be compared; it backs nothing "
        "until a receipt says in the invoice's unit how much came"
    )
    case = "C4"


class ReceivedWorthLess(MatchingRule):
    message = (
        "{document}: {invoiced} is more than what was received and not invoiced before is worth at the prices of order {order} "
        "({received}); it backs at most that until the buyer's receipt says more"
    )
    case = "C4"


class GoodsHeldForNobody(MatchingRule):
    message = (
        "{document}: {receipt} does not say which trade its goods are of, so they may stand behind another's invoice; ask its "
        "keeper to name {buyer} and its order, or this invoice alone"
    )
    case = "C6"


class GoodsInvoicedTwice(MatchingRule):
    message = "{document}: its goods ({proof}) stand behind {other} already, and no order or quantity tells them apart"
    case = "C6"


class OverInvoicedOrder(MatchingRule):
    message = "{document}: {invoiced} is more than what is left of order {order} ({left}); it backs at most that"
    case = "C4"


class OrderInAnotherCurrency(MatchingRule):
    message = (
        "{document} is in {currency}, but order {order} is in {expected}, so nobody can tell whether that much was ordered; "
        "it backs nothing on this order until both are in one currency"
    )
    case = "C4"


class OrdersDiffer(MatchingRule):
    message = (
        "{document} names order {order}, but the papers of its goods name {other}; it backs at most what is left of both, so "
        "have the wrong one written anew"
    )
    case = "C4"


class OrderNotFound(MatchingRule):
    message = "{document} names order {order}, which is not among the documents and so caps nothing"


class OrderWithoutAmount(MatchingRule):
    message = "{document}: order {order} states no amount, so it caps nothing"


class GoodsPledged(MatchingRule):
    message = "{document}: lot {lot} already backs a loan ({receipt})"
    case = "C6"


class LotInSeveralReceipts(MatchingRule):
    message = "lot {lot} of keeper {keeper} is in {count} receipts"
    case = "C8"


class LotAtSeveralKeepers(MatchingRule):
    message = (
        "lot {lot} of one owner is in receipts of several keepers at once ({keepers}); what several say to have proves no "
        "goods"
    )
    case = "C8"


class KeeperNotIndependent(MatchingRule):
    message = (
        "{document}: the keeper belongs to the group of the owner, or of the invoice's seller or buyer; its receipt proves "
        "nothing"
    )
    case = "C9"


class InvoiceCorrected(MatchingRule):
    message = "{document} was corrected by {correction}; neither backs credit until one is withdrawn"
    case = "C4"


class CreditNoteWithoutInvoice(MatchingRule):
    message = "{document} names no invoice among the documents; whose debt it reduces is open"
    case = "C12"


class CreditNoteAboveInvoice(MatchingRule):
    message = "{document} takes back {excess} more than its invoices have left"
    case = "C12"


class InvoiceDisputed(MatchingRule):
    message = "{document}: the buyer contests it ({response})"


class InvoiceRejected(MatchingRule):
    message = "{document}: the buyer rejects it ({response})"
    case = "C1"


class SaidToBePaid(MatchingRule):
    message = "{document}: the buyer says that it is paid ({response}), though no payment is among the documents"


class OrderRejected(MatchingRule):
    message = "{document}: its order was rejected or withdrawn ({response}), so nothing is agreed"


class LooksLikeAnother(MatchingRule):
    message = "{document} asks for the same amount as {other} for the same goods; only the number is written otherwise"
    case = "C4"


class NumberLooksAlike(MatchingRule):
    message = "{document} and {other} have numbers that look alike; the later one backs nothing"
    next_step = "let the seller write it anew under a number that nobody mistakes"
    case = "C4"


class PriceAboveOrder(MatchingRule):
    message = "{document}: line {line} asks {asked} a unit, but {ordered} were agreed in {order}"
    case = "C4"


class DatesOutOfOrder(MatchingRule):
    message = "{document}: {earlier} of {early_day} comes before {later} of {late_day}, which cannot be"


class DatedAhead(MatchingRule):
    message = (
        "{document} is dated {day}, and it is only {today}; an invoice that is dated ahead moves its terms with it"
    )
    next_step = "ask the seller when it was issued, and the buyer whether the goods came"
    case = "C2"


class CurrencyDiffers(MatchingRule):
    message = (
        "{document} is in {currency}, but {other}, which it belongs to, is in {expected}; it changes nothing there"
    )


class PaymentAboveInvoices(MatchingRule):
    message = "{document} pays {excess} more than its invoices have left"


class PaymentWithoutInvoice(MatchingRule):
    message = "{document} names no invoice among the documents; what it pays is open"


class PaymentProposed(MatchingRule):
    message = "{document} names no invoice, but {invoice} is open with exactly its amount; whether it pays that, a person decides"


class ReversalWithoutPayment(MatchingRule):
    message = "{document} takes a payment back that is not among the documents"


class ReceivableAssigned(MatchingRule):
    message = "{document} was assigned to {assignee} ({proof}), so it is not the seller's to pass on"
    case = "C16"


class AssignmentWithoutInvoice(MatchingRule):
    message = "{document} assigns {number}, which is no invoice among the documents of the two; what it takes is open"
    case = "C16"


class PayeeAccountChanged(MatchingRule):
    message = (
        "{document} is to be paid to {account}, and every earlier invoice of the two to another account ({before})"
    )
    next_step = "ask the seller by another way than the invoice tells"
    case = "C13"


class TermsStretched(MatchingRule):
    message = "{document} is to be paid {days} days after delivery; {reason}"
    case = "C10"


class ReceiptsAboveStock(MatchingRule):
    message = "lot {lot} of keeper {keeper}: its receipts say {written}, but only {measured} were measured; they prove nothing"
    case = "C8"


class StockNotComparable(MatchingRule):
    message = (
        "lot {lot} of keeper {keeper}: its receipts say {written}, and {measured} were measured, which cannot be compared; they "
        "prove nothing until the keeper writes both in one unit"
    )
    case = "C8"
