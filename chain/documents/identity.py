"""Who an enterprise is and which document is which: ids, keys, digests. Pure functions of what a document says.

What an id must look like, and which check digits it has, is in `chain.documents.checks`.
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

from chain.documents.checks import (
    HYPHENATED,
    IMPLIED_PREFIX,
    SAME_REGISTER,
    VAT_SCHEMES,
    passes,
)
from chain.documents.lookalikes import latin
from chain.documents.model import DocumentType, Party, PartyIdentifier, TradeDocument

#: Fields that came when digests stood on chain already.
LATER = frozenset({"publicity", "prepaid_minor", "rounding_minor", "payee_accounts"})
FACTS = attrgetter(*(field.name for field in fields(TradeDocument) if field.name not in {"source", *LATER}))
FACTS_ENCODER = msgspec.json.Encoder()

#: First valid one wins; ICD is any ISO 6523 scheme, and a number that fails its check comes after all that pass.
SCHEME_ORDER = ("USCC", "LEI", "VAT", "TAX", "ICD")

#: What stands between two digits parts them (group 1); all else that is neither letter nor digit says nothing.
NOT_ALPHANUMERIC = re.compile(r"((?<=[0-9])[^0-9A-Z]+(?=[0-9]))|[^0-9A-Z]+")
BLANK = re.compile(r"((?<=[0-9]) +(?=[0-9]))| +")
LEADING_ZEROS = re.compile(r"(?<![0-9])0+(?=[0-9])")


def document_key(document: TradeDocument, issuer: str | None = None) -> str:
    """``<type>|<enterprise id of its issuer>|<normalised number>``: what makes two files the same document.

    The issuer is whoever numbers the document: the seller of an invoice, credit note or despatch advice; the buyer of
    an order, receipt advice or invoice response (two buyers' orders to one seller may well have the same number); the
    keeper of a warehouse receipt, and of goods that an event saw; the bank that booked a payment; the drawee of a bill;
    the assignee of an assignment. ``issuer`` overrides the id, where a directory knows the enterprise by a better one.
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
        case DocumentType.WAREHOUSE_RECEIPT | DocumentType.LOGISTICS_EVENT:  # who has the goods, not whose they are
            return document.keeper or document.seller
        case DocumentType.ASSIGNMENT:  # who registers it, or tells of it
            return document.keeper or document.seller
        case _:
            return document.seller


@lru_cache(maxsize=100_000)
def normalised_number(number: str) -> str:
    """The document number without what re-typing changes: width, case, spaces, punctuation, leading zeros, and letters of
    another script that look like Latin ones.

    ``ＩＮＶ－００１２``, ``inv 12`` and ``INV-0012`` are all ``INV12``. Between two digits any punctuation is one and the same
    separator, so that ``1/11`` and ``11/1`` stay two numbers. Zeros are dropped at the start of each run of digits. Two truly
    different numbers can meet (``INV-1`` and ``INV-01``): then both are named, and the second is no document of its own,
    which is the safe side. A number of punctuation alone stays as it is.
    """
    if number.isascii():
        kept = NOT_ALPHANUMERIC.sub(_separator, number.upper())
    else:
        folded = latin(_folded(number))
        kept = BLANK.sub(_separator, "".join(_KEPT.get(unicodedata.category(c)[0], c) for c in folded if _visible(c)))
    return LEADING_ZEROS.sub("", kept) or number.strip()


_KEPT = dict.fromkeys("PSZC", " ")
"""What parts a number, by the first letter of its Unicode category: punctuation, symbols, spaces, control characters."""


def _visible(character: str) -> bool:
    """Marks and characters of format (a zero-width space) are not seen, so they part nothing."""
    category = unicodedata.category(character)
    return category != "Cf" and category[0] != "M"


def _separator(found: re.Match[str]) -> str:
    return "-" if found[1] else ""


def canonical_digest(document: TradeDocument) -> bytes:
    """SHA-256 of all facts of the document but its source, as a JSON list in the order of its fields: the same facts in
    another file, the same digest. Of `LATER`, ``publicity`` counts where there is any;
    what was prepaid and rounded follows from net, tax and payable, and an account is none of the debt's facts."""
    facts = FACTS(document)
    if document.publicity is not None:
        facts = (*facts, document.publicity)
    return hashlib.sha256(FACTS_ENCODER.encode(facts)).digest()


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
    """The identifier in one writing: compatibility form, upper case, letters and digits only (decimal digits of any
    script as 0 to 9), one scheme where several codes mean one register, and the country's letters as the scheme has them.

    White space, width and punctuation so make no second id. Letters that only look alike do: `chain.documents.lookalikes`.
    """
    scheme = identifier.scheme.upper()
    scheme = SAME_REGISTER.get(scheme, scheme)
    value = _alphanumeric(identifier.value, "-" if scheme in HYPHENATED else "") or identifier.value.strip()
    if country := VAT_SCHEMES.get(scheme):
        scheme = "VAT"
        value = value if value[:2].isalpha() or not value[:1].isalnum() else country + value
    if scheme == "VAT" and value.startswith("GR"):
        value = "EL" + value[2:]  # the prefix of Greece in VAT numbers is EL
    if value[:2] == IMPLIED_PREFIX.get(scheme) and value[2:].isdigit():
        value = value[2:]
    return PartyIdentifier(scheme=scheme, value=value)


def _alphanumeric(text: str, others: str) -> str:
    folded = text.upper() if text.isascii() else _folded(text)
    return "".join(character for character in folded if character.isalnum() or character in others)


def _folded(text: str) -> str:
    """Compatibility form, upper case, decimal digits of any script as 0 to 9."""
    for _ in range(4):  # a few letters need a second turn (compatibility form of an upper-cased letter)
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).upper())
        if folded == text:
            break
        text = folded
    return "".join(str(unicodedata.decimal(character, character)) for character in text)


def is_valid(identifier: PartyIdentifier) -> bool:
    """Whether a normalised identifier passes the check of its scheme; schemes without a known check pass."""
    return passes(identifier.scheme, identifier.value)
