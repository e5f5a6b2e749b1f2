"""What all UBL 2 documents share: namespaces, parties, references, amounts with their place.

Specification: OASIS UBL 2.1 (2.0 to 2.4 share the namespaces); party identification as in EN 16931-3-2 and
Peppol BIS; scheme codes of ISO 6523 as in the Peppol participant identifier list.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from lxml import etree

from chain.documents.draft import Draft, distinct
from chain.documents.model import DocumentReference, Party, PartyIdentifier
from chain.documents.rules import AmountMissing, CurrencyInconsistent, CurrencyMissing, NumberMissing, SchemaViolated
from chain.documents.schemes import NOTHING_MEANT, identifier
from chain.errors import CurrencyUnknown
from chain.money import exponent

NAMESPACE = "urn:oasis:names:specification:ubl:schema:xsd:"
CBC = f"{{{NAMESPACE}CommonBasicComponents-2}}"
CAC = f"{{{NAMESPACE}CommonAggregateComponents-2}}"

#: Elements of a document that the schema allows once and that decide what it says.
ONCE = frozenset(
    {CBC + name for name in ("ID", "IssueDate", "DocumentCurrencyCode", "InvoiceTypeCode", "CreditNoteTypeCode")}
    | {CAC + name for name in ("AccountingSupplierParty", "AccountingCustomerParty", "LegalMonetaryTotal",
                               "BuyerCustomerParty", "SellerSupplierParty", "AnticipatedMonetaryTotal")}
)  # fmt: skip


def child(element: etree._Element | None, *names: str) -> etree._Element | None:
    """The first descendant down a path such as ``cac:Party``, ``cbc:Name``."""
    for name in names:
        if element is None:
            return None
        element = element.find(_expanded(name))
    return element


def children(element: etree._Element | None, name: str) -> list[etree._Element]:
    return [] if element is None else element.findall(_expanded(name))


def text(element: etree._Element | None, *names: str) -> str | None:
    """The text there with white space made single; None when absent or blank."""
    found = child(element, *names)
    if found is None:
        return None
    return " ".join("".join(found.itertext()).split()) or None


def place(element: etree._Element | None) -> str | None:
    return None if element is None else f"line {element.sourceline}, {etree.QName(element).localname}"


def number(root: etree._Element, draft: Draft) -> str:
    """cbc:ID of the document; refused when missing. Also refused is what stands twice where the schema has it once, since
    another reader may take the other one."""
    once = set(ONCE)
    for element in root:
        if element.tag in once:
            once.discard(element.tag)
        elif element.tag in ONCE:
            name = etree.QName(element).localname
            draft.refuse(SchemaViolated(field=name, reason="it stands more than once"), place(element))
    found = text(root, "cbc:ID")
    if found is None:
        draft.refuse(NumberMissing(), place(root))
    return found or ""


def currency(root: etree._Element, draft: Draft, amounts: list[str], required: bool = True) -> str | None:
    """cbc:DocumentCurrencyCode, else the currency of the first of ``amounts``; refused when it is none or unknown."""
    found = text(root, "cbc:DocumentCurrencyCode")
    if found is None:
        elements = (element for name in amounts for element in root.iter(_expanded(name)))
        found = next((code for element in elements if (code := element.get("currencyID"))), None)
    if found is None:
        if required:
            draft.refuse(CurrencyMissing(), place(root))
        return None
    try:
        exponent(found)
    except CurrencyUnknown as error:
        draft.refuse(error, place(child(root, "cbc:DocumentCurrencyCode")) or place(root))
        return None
    return found


def same_currency(element: etree._Element | None, expected: str | None, draft: Draft) -> None:
    """A total in a currency other than the document's is no total of it."""
    written = None if element is None else element.get("currencyID")
    if written is not None and expected is not None and written != expected:
        name = etree.QName(element).localname
        draft.refuse(CurrencyInconsistent(field=name, currency=written[:10], expected=expected), place(element))


def amount(parent: etree._Element | None, name: str, currency_code: str | None, draft: Draft) -> int | None:
    """A total in minor units; must stand once, in the document's currency."""
    element = child(parent, name)
    if len(children(parent, name)) > 1:
        field = name.removeprefix("cbc:")
        draft.refuse(SchemaViolated(field=field, reason="it stands more than once"), place(element))
    same_currency(element, currency_code, draft)
    return draft.money(text(element), currency_code, name.removeprefix("cbc:"), place(element))


def missing_amount(parent: etree._Element | None, name: str, draft: Draft) -> None:
    draft.refuse(AmountMissing(field=name.removeprefix("cbc:")), place(parent))


# --------------------------------------------------------------------------------------------------------- parties


def party(element: etree._Element | None) -> Party | None:
    """A cac:Party with all ids that tell who it is, in the order legal, identification, tax, electronic address."""
    if element is None:
        return None
    country = text(element, "cac:PostalAddress", "cac:Country", "cbc:IdentificationCode")
    country = country.upper() if country and len(country) == 2 else None
    identifiers = distinct(_identifiers(element, country))
    name = (
        text(element, "cac:PartyLegalEntity", "cbc:RegistrationName")
        or text(element, "cac:PartyName", "cbc:Name")
        or text(element, "cac:PartyTaxScheme", "cbc:RegistrationName")
        or text(element, "cac:Person", "cbc:FamilyName")
        or ""
    )
    return Party(name=name, identifiers=identifiers, country=country)


def accounting_party(element: etree._Element | None) -> Party | None:
    """The cac:Party in a supplier or customer role. Peru's UBL 2.0 writes the tax number (RUC: catalogue 06, code 6)
    beside the party instead of into it."""
    found = party(child(element, "cac:Party"))
    ruc = text(element, "cbc:CustomerAssignedAccountID")
    if ruc and text(element, "cbc:AdditionalAccountID") == "6" and (found is None or not found.identifiers):
        identifiers = (PartyIdentifier(scheme="TAX", value=f"PE-{ruc[:50]}"),)
        return Party(name=found.name if found else "", identifiers=identifiers, country="PE")
    return found


def _identifiers(element: etree._Element, country: str | None) -> Iterator[PartyIdentifier]:
    for legal in children(element, "cac:PartyLegalEntity"):
        yield from _identifier(child(legal, "cbc:CompanyID"), country, unscoped="TAX")
    for identification in children(element, "cac:PartyIdentification"):
        yield from _identifier(child(identification, "cbc:ID"), country, unscoped=None)
    for tax in children(element, "cac:PartyTaxScheme"):
        scheme = text(tax, "cac:TaxScheme", "cbc:ID")
        # Without a tax scheme, or with VAT, the number is a VAT number if it begins with a country; else a local one.
        value = text(tax, "cbc:CompanyID") or ""
        is_vat = scheme in (None, "VAT") and value[:2].isalpha() and value[:2].isascii()
        yield from _identifier(child(tax, "cbc:CompanyID"), country, unscoped="VAT" if is_vat else "TAX", tax=True)
    yield from _identifier(child(element, "cbc:EndpointID"), country, unscoped=None)


def _identifier(
    element: etree._Element | None, country: str | None, unscoped: str | None, tax: bool = False
) -> Iterator[PartyIdentifier]:
    if element is not None:
        yield from identifier(text(element), element.get("schemeID"), country, unscoped, tax=tax)


# ------------------------------------------------------------------------------------------------------- references


def reference(element: etree._Element | None, line: str | None = None) -> Iterator[DocumentReference]:
    """A document reference by its cbc:ID; none when it says 'not available'."""
    found = text(element, "cbc:ID")
    if found and found.upper() not in NOTHING_MEANT:
        day = text(element, "cbc:IssueDate")
        yield DocumentReference(number=found, issue_date=Draft().day(day, "IssueDate"), line=line)


def references(root: etree._Element, *paths: str) -> tuple[DocumentReference, ...]:
    """All references down the paths (names parted by '/'), each number once, in document order."""
    found: dict[str, DocumentReference] = {}
    for path in paths:
        for element in root.iterfind("/".join(map(_expanded, path.split("/")))):
            for item in reference(element):
                found.setdefault(item.number, item)
    return tuple(found.values())


@cache
def _expanded(name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"{CBC if prefix == 'cbc' else CAC}{local}" if local else name
