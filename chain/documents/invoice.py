"""What invoices mean in whatever syntax they are written: type codes, signs, payee, totals.

Specification: EN 16931-1 (semantic model, BR-CO-10 to BR-CO-16), type codes of UNTDID 1001.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal

from chain.documents.draft import Draft, Place, distinct
from chain.documents.identity import is_valid, normalised_identifier
from chain.documents.model import LONGEST_NUMBER, MOST_IDENTIFIERS, DocumentType, Party, PartyIdentifier
from chain.documents.rules import (
    AmountNegative,
    CorrectedInvoice,
    FactoredInvoice,
    PayeeDiffers,
    Prepayment,
    ProformaInvoice,
    TotalsDoNotAddUp,
)
from chain.documents.totals import Totals, mismatches
from chain.money import exponent

#: UNTDID 1001 codes that take back (EN 16931's list for credit notes).
CREDIT_CODES = frozenset(("81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "502", "503", "532"))
PROFORMA, CORRECTED, PREPAYMENT, FACTORED = "325", "384", "386", "393"


def kind_of(code: str | None, draft: Draft, place: Place, *, credit: bool = False) -> DocumentType:
    """Invoice or credit note (``credit``: whatever the code says); codes that back no credit are said so."""
    if code == PROFORMA:
        draft.block(ProformaInvoice(), place)
    elif code == CORRECTED:
        draft.block(CorrectedInvoice(), place)
    elif code == PREPAYMENT:
        draft.block(Prepayment(reason="invoice type {code}", code=code), place)
    elif code == FACTORED:
        draft.block(FactoredInvoice(), place)
    return DocumentType.CREDIT_NOTE if credit or code in CREDIT_CODES else DocumentType.INVOICE


def turned_about(
    kind: DocumentType, payable: int | None, gross: int | None, field: str, written: str | None, draft: Draft
) -> tuple[DocumentType, int]:
    """The type, and the sign that its amounts take. An invoice whose total with tax is negative is what its sender means
    by a credit note (Peppol's 'negative invoice'); one that was overpaid in advance stays an invoice that backs nothing."""
    if payable is None or payable >= 0:
        return kind, 1
    draft.block(AmountNegative(field=field, amount=written))
    if kind is DocumentType.INVOICE and (gross if gross is not None else payable) < 0:
        return DocumentType.CREDIT_NOTE, -1
    return kind, 1


def signed(minor: int | None, sign: int) -> int | None:
    return None if minor is None else minor * sign


def turned(quantity: Decimal | None, sign: int) -> Decimal | None:
    """The quantity with the sign, and all of its digits: arithmetic would round it to 28."""
    return quantity.copy_negate() if quantity is not None and sign < 0 else quantity


def check_payee(seller: Party | None, payee: Party | None, draft: Draft, place: Place) -> None:
    """Flag money that is to go to somebody who is not the seller, by name and by every id."""
    if payee and seller and payee.name and payee.name != seller.name and not (
        set(payee.identifiers) & set(seller.identifiers)
    ):  # fmt: skip
        draft.flag(PayeeDiffers(payee=payee.name[:80]), place)


def accounts_of(written: Iterable[str | None], payee: Party | None) -> tuple[PartyIdentifier, ...]:
    """The IBANs among accounts that the money is to go to; none where it goes to somebody else, whose they are."""
    if payee is not None:
        return ()
    found = (PartyIdentifier("IBAN", number[:LONGEST_NUMBER]) for number in written if number)
    return distinct(one for one in map(normalised_identifier, found) if is_valid(one))[:MOST_IDENTIFIERS]


def check_totals(totals: Totals, currency: str, draft: Draft, where: Callable[[str], tuple[str, Place]]) -> None:
    """Block a document whose totals contradict each other. ``where`` gives a total's name in the document's own syntax,
    and its place, for its name in UBL."""
    for mismatch in mismatches(totals, exponent(currency)):
        name, place = where(mismatch.field)
        draft.block(
            TotalsDoNotAddUp(
                field=name, written=f"{mismatch.written:f}", computed=f"{mismatch.computed:f}",
                source=f"{'EN 16931' if mismatch.rule.startswith('BR-') else 'DIAN'} {mismatch.rule}",
            ),
            place,
        )  # fmt: skip
