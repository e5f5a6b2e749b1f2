"""Who an enterprise is and which document is which: ids, keys, digests. Pure functions of what a document says.

Sources: GB 32100-2015 (unified social credit code), ISO 17442 (LEI), national VAT rules through python-stdnum,
ISO 6523 scheme codes as Peppol lists them.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from dataclasses import fields
from functools import lru_cache
from operator import attrgetter

import msgspec
import stdnum.ean
import stdnum.exceptions
import stdnum.iso7064.mod_97_10
from stdnum.cn import uscc
from stdnum.eu import vat
from stdnum.util import get_cc_module

from chain.documents.model import DocumentType, Party, PartyIdentifier, TradeDocument

#: First valid one wins; ICD is any ISO 6523 scheme, and a number that fails its check comes after all that pass.
FACTS = attrgetter(*(field.name for field in fields(TradeDocument) if field.name != "source"))
FACTS_ENCODER = msgspec.json.Encoder()

SCHEME_ORDER = ("USCC", "LEI", "VAT", "TAX", "ICD")

USCC_SHAPE = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}")
LEI_SHAPE = re.compile(r"[A-Z0-9]{18}[0-9]{2}")
NOT_ALPHANUMERIC = re.compile(r"[^0-9A-Z]+")
LEADING_ZEROS = re.compile(r"(?<![0-9])0+(?=[0-9])")

VAT_SHAPE = re.compile(r"[A-Z]{2}[A-Z0-9]{2,13}")


def document_key(document: TradeDocument, issuer: str | None = None) -> str:
    """``<type>|<enterprise id of its issuer>|<normalised number>``: what makes two files the same document.

    The issuer is whoever numbers the document: the seller of an invoice, credit note or despatch advice; the buyer of
    an order, receipt advice or invoice response (two buyers' orders to one seller may well have the same number); the
    keeper of a warehouse receipt; the bank that booked a payment; the drawee of a bill. ``issuer`` overrides the id,
    where a directory knows the enterprise by a better one.
    """
    number = normalised_number(document.number)
    if document.sub_range is not None:  # a bill's parts are papers of their own
        number = f"{number}:{document.sub_range[0]}-{document.sub_range[1]}"
    return f"{document.type}|{issuer or enterprise_id(issuer_of(document))}|{number}"


def issuer_of(document: TradeDocument) -> Party:
    """The party whose number series the document's number comes from."""
    match document.type:
        case DocumentType.ORDER | DocumentType.RECEIPT_ADVICE | DocumentType.INVOICE_RESPONSE:
            return document.buyer or document.seller
        case DocumentType.ORDER_RESPONSE if document.by_buyer:
            return document.buyer or document.seller
        case DocumentType.BILL:  # its holder changes, its drawee never
            return document.buyer or document.seller
        case DocumentType.PAYMENT:  # the bank that booked it; else who paid
            return document.keeper or document.buyer or document.seller
        case DocumentType.WAREHOUSE_RECEIPT:
            return document.keeper or document.seller
        case _:
            return document.seller


@lru_cache(maxsize=100_000)
def normalised_number(number: str) -> str:
    """The document number without what re-typing changes: width, case, spaces, punctuation, leading zeros.

    ``ＩＮＶ－００１２``, ``inv 12`` and ``INV-0012`` are all ``INV12``. Zeros are dropped at the start of each run of
    digits. Two truly different numbers can meet (``INV-1`` and ``INV-01``): then the second is refused with both named,
    which is the safe side. A number of punctuation alone stays as it is.
    """
    if number.isascii():
        kept = NOT_ALPHANUMERIC.sub("", number.upper())
        return LEADING_ZEROS.sub("", kept) or number.strip()
    text = number
    for _ in range(4):  # a few letters need a second turn (compatibility form of an upper-cased letter)
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).upper())
        if folded == text:
            break
        text = folded
    digits = (str(unicodedata.decimal(character, character)) for character in text)
    kept = "".join(character for character in digits if unicodedata.category(character)[0] in "LN")
    return LEADING_ZEROS.sub("", kept) or number.strip()


def canonical_digest(document: TradeDocument) -> bytes:
    """SHA-256 of all facts of the document but its source, as a JSON list in the order of its fields: the same facts in
    another file, the same digest."""
    return hashlib.sha256(FACTS_ENCODER.encode(FACTS(document))).digest()


def blinded_identity(key: str, network_key: bytes) -> bytes:
    """HMAC-SHA256 of a document key: the 32-byte identity on chain. One key for the whole network and no salt, so that
    every member computes the same identity, and nobody outside can guess documents from it."""
    if len(network_key) < 16:
        raise ValueError("a network key has at least 16 bytes")
    return hmac.new(network_key, key.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()


# ------------------------------------------------------------------------------------------------------- enterprises


@lru_cache(maxsize=100_000)
def enterprise_id(party: Party) -> str:
    """The party's canonical id ``SCHEME:value``.

    Its first valid identifier in the order of `SCHEME_ORDER`; then one that fails its check (as ``TAX:``, so that it
    never passes for a checked one); its name only when it has no id at all.
    """
    return str(best_identifier(party))


def best_identifier(party: Party) -> PartyIdentifier:
    """The identifier that `enterprise_id` writes; scheme NAME when the party has none."""
    normalised = sorted(map(normalised_identifier, party.identifiers), key=_rank)
    for identifier in normalised:
        if is_valid(identifier):
            return identifier
    if normalised:
        return PartyIdentifier(scheme="TAX", value=normalised[0].value)
    return PartyIdentifier(scheme="NAME", value=normalised_name(party.name) or "?")


def _rank(identifier: PartyIdentifier) -> tuple[int, str, str]:
    scheme = identifier.scheme.partition(":")[0]
    place = SCHEME_ORDER.index(scheme) if scheme in SCHEME_ORDER else len(SCHEME_ORDER)
    return place, identifier.scheme, identifier.value


def normalised_name(name: str) -> str:
    """For comparing names only: compatibility form, upper case, letters and digits."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).upper())
    return "".join(character for character in folded if unicodedata.category(character)[0] in "LN")[:180]


@lru_cache(maxsize=100_000)
def normalised_identifier(identifier: PartyIdentifier) -> PartyIdentifier:
    """The identifier in one writing: compatibility form, upper case, letters and digits only."""
    value = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", identifier.value).upper())
    value = "".join(character for character in value if character.isalnum()) or identifier.value.strip()
    scheme = identifier.scheme.upper()
    if scheme == "ICD:0199":
        scheme = "LEI"
    if scheme == "VAT" and value.startswith("GR"):
        value = "EL" + value[2:]  # the prefix of Greece in VAT numbers is EL
    return PartyIdentifier(scheme=scheme, value=value)


@lru_cache(maxsize=100_000)
def is_valid(identifier: PartyIdentifier) -> bool:
    """Whether the identifier passes the check of its scheme; schemes without a known check pass."""
    match identifier.scheme:
        case "USCC":
            return is_unified_social_credit_code(identifier.value)
        case "LEI":
            return is_legal_entity_identifier(identifier.value)
        case "VAT":
            return is_value_added_tax_number(identifier.value)
        case "ICD:0088":
            return identifier.value.isdigit() and len(identifier.value) == 13 and stdnum.ean.is_valid(identifier.value)
        case _:
            return bool(identifier.value)


@lru_cache(maxsize=100_000)
def is_unified_social_credit_code(code: str) -> bool:
    """GB 32100-2015: 18 characters of an alphabet without I, O, S, V, Z; the region (3rd to 8th) is digits; weights
    3^(i-1) mod 31. python-stdnum refuses the letters that the first two places may have, so only its sum is used."""
    return bool(USCC_SHAPE.fullmatch(code)) and code[-1] == uscc.calc_check_digit(code[:17])


def is_legal_entity_identifier(code: str) -> bool:
    """ISO 17442: 20 characters, the last two digits, mod 97 = 1. python-stdnum checks the last of these alone."""
    return bool(LEI_SHAPE.fullmatch(code)) and stdnum.iso7064.mod_97_10.is_valid(code)


def is_value_added_tax_number(number: str) -> bool:
    """With its country prefix. Checked by the national rule where python-stdnum has one, else by shape alone."""
    if not VAT_SHAPE.fullmatch(number):
        return False
    country = number[:2].lower()
    try:
        if country in vat.MEMBER_STATES or country == "el":
            return bool(vat.validate(number))
        module = get_cc_module(country, "vat")
        return module is None or bool(module.is_valid(number) or module.is_valid(number[2:]))
    except stdnum.exceptions.ValidationError:
        return False
