"""What all UBL 2 documents share: namespaces, parties, references, amounts with their place.

Specification: OASIS UBL 2.1 (2.0 to 2.4 share the namespaces); party identification as in EN 16931-3-2 and
Peppol BIS; scheme codes of ISO 6523 as in the Peppol participant identifier list.
"""

from __future__ import annotations

from collections.abc import Iterator

from chain.documents.draft import Draft, distinct
from chain.documents.model import DocumentReference, Party, PartyIdentifier
from chain.documents.node import Node
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


def child(node: Node | None, *names: str) -> Node | None:
    """The first descendant down a path such as ``cac:Party``, ``cbc:Name``."""
    return None if node is None else node.down(_path(names))


def children(node: Node | None, name: str) -> list[Node]:
    return [] if node is None else node.all(_expanded(name))


def text(node: Node | None, *names: str) -> str | None:
    """The text there with white space made single; None when absent or blank."""
    found = None if node is None else node.down(_path(names))
    return None if found is None else found.text


def number(root: Node, draft: Draft) -> str:
    """cbc:ID of the document; refused when missing. Also refused is what stands twice where the schema has it once, since
    another reader may take the other one."""
    for name, elements in root.children.items():
        if len(elements) > 1 and name in ONCE:
            draft.refuse(SchemaViolated(field=elements[1].name, reason="it stands more than once"), elements[1])
    found = text(root, "cbc:ID")
    if found is None:
        draft.refuse(NumberMissing(), root)
    return found or ""


def currency(root: Node, draft: Draft, amounts: list[str], required: bool = True) -> str | None:
    """cbc:DocumentCurrencyCode, else the currency of the first of ``amounts``; refused when it is none or unknown."""
    found = text(root, "cbc:DocumentCurrencyCode")
    if found is None:
        nodes = (node for name in amounts for node in root.below(_expanded(name)))
        found = next((code for node in nodes if (code := node.attribute("currencyID"))), None)
    if found is None:
        if required:
            draft.refuse(CurrencyMissing(), root)
        return None
    try:
        exponent(found)
    except CurrencyUnknown as error:
        draft.refuse(error, child(root, "cbc:DocumentCurrencyCode") or root)
        return None
    return found


def same_currency(element: Node | None, expected: str | None, draft: Draft) -> None:
    """A total in a currency other than the document's is no total of it."""
    if element is None:
        return
    written = element.attribute("currencyID")
    if written is not None and expected is not None and written != expected:
        draft.refuse(CurrencyInconsistent(field=element.name, currency=written[:10], expected=expected), element)


def amount(parent: Node | None, name: str, currency_code: str | None, draft: Draft) -> int | None:
    """A total in minor units; must stand once, in the document's currency."""
    element = child(parent, name)
    if len(children(parent, name)) > 1:
        field = name.removeprefix("cbc:")
        draft.refuse(SchemaViolated(field=field, reason="it stands more than once"), element)
    same_currency(element, currency_code, draft)
    return draft.money(text(element), currency_code, name.removeprefix("cbc:"), element)


def missing_amount(parent: Node | None, name: str, draft: Draft) -> None:
    draft.refuse(AmountMissing(field=name.removeprefix("cbc:")), parent)


# --------------------------------------------------------------------------------------------------------- parties


def party(element: Node | None) -> Party | None:
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


def accounting_party(element: Node | None) -> Party | None:
    """The cac:Party in a supplier or customer role. Peru's UBL 2.0 writes the tax number (RUC: catalogue 06, code 6)
    beside the party instead of into it."""
    found = party(child(element, "cac:Party"))
    ruc = text(element, "cbc:CustomerAssignedAccountID")
    if ruc and text(element, "cbc:AdditionalAccountID") == "6" and (found is None or not found.identifiers):
        identifiers = (PartyIdentifier(scheme="TAX", value=f"PE-{ruc[:50]}"),)
        return Party(name=found.name if found else "", identifiers=identifiers, country="PE")
    return found


def _identifiers(element: Node, country: str | None) -> Iterator[PartyIdentifier]:
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
    element: Node | None, country: str | None, unscoped: str | None, tax: bool = False
) -> tuple[PartyIdentifier, ...]:
    return (
        () if element is None else identifier(element.text, element.attribute("schemeID"), country, unscoped, tax=tax)
    )


# ------------------------------------------------------------------------------------------------------- references


def reference(element: Node | None, line: str | None = None) -> Iterator[DocumentReference]:
    """A document reference by its cbc:ID; none when it says 'not available'."""
    found = text(element, "cbc:ID")
    if found and found.upper() not in NOTHING_MEANT:
        day = text(element, "cbc:IssueDate")
        yield DocumentReference(number=found, issue_date=Draft().day(day, "IssueDate"), line=line)


def references(root: Node, *paths: str) -> tuple[DocumentReference, ...]:
    """All references down the paths (names parted by '/'), each number once, in document order."""
    found: dict[str, DocumentReference] = {}
    for path in paths:
        nodes = [root]
        for name in path.split("/"):
            nodes = [inner for node in nodes for inner in node.all(_expanded(name))]
            if not nodes:
                break
        for node in nodes:
            for item in reference(node):
                found.setdefault(item.number, item)
    return tuple(found.values())


class _Names(dict[str, str]):
    """Prefixed name → Clark notation, each worked out once."""

    def __missing__(self, name: str) -> str:
        prefix, _, local = name.partition(":")
        self[name] = written = f"{CBC if prefix == 'cbc' else CAC}{local}" if local else name
        return written


class _Paths(dict[tuple[str, ...], tuple[str, ...]]):
    """The same for paths."""

    def __missing__(self, names: tuple[str, ...]) -> tuple[str, ...]:
        self[names] = expanded = tuple(map(_expanded, names))
        return expanded


_expanded = _Names().__getitem__
_path = _Paths().__getitem__
