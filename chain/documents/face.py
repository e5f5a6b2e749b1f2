"""What a document says, whatever way it came: two writings of one document may say it in other words, or one of them less."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from chain.documents.identity import normalised_number
from chain.documents.model import DocumentLine, DocumentReference, DocumentType, TradeDocument
from chain.documents.units import measured

MONEY_DOCUMENTS = frozenset({DocumentType.INVOICE, DocumentType.CREDIT_NOTE, DocumentType.PAYMENT, DocumentType.BILL})


DEED, BROKEN = "what they say was done", "the rules that they break"

#: What each of a face's facts is called: parties, amounts, days, papers named, lots.
FACTS = (
    "their sellers", "their buyers", "their keepers", *["their amounts"] * 4, *["their days"] * 3,
    *["the papers that they name"] * 4, *["their lots"] * 2,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Face:
    """``always`` is said, each by its name; ``facts`` as in `FACTS`, None where the writing says nothing of one; of each line
    order line, article, unit, quantity, amount and lot."""

    always: tuple[tuple[str, object], ...]
    facts: tuple[object, ...] = ()
    lines: tuple[tuple[object, ...], ...] = ()

    def is_of(self, other: Face) -> bool:
        """Whether both are writings of one document: they agree, and one of them says all that the other says."""
        return self.covers(other) or other.covers(self)

    def covers(self, other: Face) -> bool:
        """Whether it says all that the other says. A column that stands in no line of the other is not said."""
        if self.always != other.always:
            return False
        if any(fact not in (None, own) for own, fact in zip(self.facts, other.facts, strict=True)):
            return False
        if not other.lines:
            return True
        said = [column for column, cells in enumerate(zip(*other.lines, strict=True)) if set(cells) != {None}]
        return Counter(_cells(self.lines, said)) == Counter(_cells(other.lines, said))

    def difference(self, other: Face) -> str:
        """The first thing that the two say otherwise, for a sentence."""
        for (name, own), (_, its) in zip(self.always, other.always, strict=True):
            if own != its:
                return name
        for name, own, its in zip(FACTS, self.facts, other.facts, strict=bool(self.facts)):
            if own != its and own is not None and its is not None:
                return name
        return "their lines" if self.lines and other.lines else "what each leaves out"


def face_of(document: TradeDocument, *parties: int | None) -> Face:
    """The face of a document whose seller, buyer and keeper are these (None: it names none). Of money: the buyer, the
    amount and what keeps it from backing credit, all of them always said; of a credit note or bill the invoices, too. Of
    goods and orders: all that is matched."""
    if document.type in MONEY_DOCUMENTS and document.buyer is not None:
        _, buyer, _ = parties
        amount = (document.currency, document.payable_minor)
        given = document.type in (DocumentType.CREDIT_NOTE, DocumentType.BILL)
        return Face(
            (
                ("their buyers", buyer), ("their amounts", amount), (DEED, document.reversal),
                (BROKEN, document.broken_rules),
                ("the papers that they name", _named(document.invoices) if given else None),
            )
        )  # fmt: skip
    deed = (document.answer, document.movement, document.reversal, document.by_buyer, document.publicity)
    always = (
        ("what is pledged", document.pledged), (DEED, deed), ("their parts of the bill", document.sub_range),
        (BROKEN, document.broken_rules),
    )  # fmt: skip
    amounts = (document.currency, document.net_minor, document.tax_minor, document.payable_minor)
    days = (document.issue_date, document.delivery_date, document.due_date)
    named = (document.orders, document.despatches, document.receipts, document.invoices)
    lots = (_numbers(document.lots), _numbers(document.consumed_lots))
    return Face(always, (*parties, *amounts, *days, *map(_named, named), *lots), tuple(map(_line, document.lines)))


def _named(references: Iterable[DocumentReference]) -> frozenset[tuple[str, int | None]] | None:
    return frozenset((normalised_number(one.number), one.amount_minor) for one in references) or None


def _numbers(written: Iterable[str]) -> frozenset[str] | None:
    return frozenset(map(normalised_number, written)) or None


def _line(line: DocumentLine) -> tuple[object, ...]:
    amount = (None, None) if line.quantity is None else measured(line.quantity, line.unit)
    order_line, item, lot = (
        normalised_number(text) if text else None for text in (line.order_line, line.item, line.lot)
    )
    return order_line, item, *amount, line.net_minor, lot


def _cells(lines: Iterable[tuple[object, ...]], columns: list[int]) -> Iterable[tuple[object, ...]]:
    return (tuple(line[column] for column in columns) for line in lines)
