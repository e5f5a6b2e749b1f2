"""GS1 identifiers as events write them: of places and parties (GLN), goods (GTIN with lot or serial), and logistic units.

Specification: GS1 EPC Tag Data Standard 2.0 (pure identity URIs ``urn:epc:id:…``, class URIs ``urn:epc:class:…`` and
``urn:epc:idpat:…``) and GS1 Digital Link 1.2 (``https://…/01/{GTIN}/10/{lot}``), both brought down to the element
strings of the GS1 General Specifications (``(01)04012345123456(10)998877``), so that one thing has one writing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

import stdnum.ean

from chain.documents.model import PartyIdentifier

#: Digits of a company prefix and of what its owner numbers, without the check digit.
GLN_DIGITS, GTIN_DIGITS, SSCC_DIGITS = 12, 13, 17

URN = re.compile(r"urn:epc:(?:id|class|idpat):(sgln|pgln|sgtin|lgtin|sscc):([0-9]+)\.([0-9]*)(?:\.(.+))?", re.DOTALL)
LINK = re.compile(r"https?://[^\s?#]+?/(00|01|414|417)/([0-9]{8,18})(?=[/?#]|$)((?:/(?:10|21|22|254)/[^/?#]+)*)", re.I)
QUALIFIER = re.compile(r"/(10|21)/([^/?#]+)")


@dataclass(frozen=True, slots=True)
class Goods:
    """What an id of goods means. ``item`` is the GTIN in 14 digits; ``lot`` the element string of a lot, serial number or
    logistic unit; None where the id says less."""

    item: str | None = None
    lot: str | None = None


def goods(uri: str) -> Goods | None:
    """The goods that an EPC URI or Digital Link means; None for what is none of goods (assets, documents, places)."""
    if found := URN.fullmatch(uri):
        kind, prefix, reference, rest = found.groups()
        if kind in ("sgtin", "lgtin") and (item := _gtin(prefix, reference)):
            return _of_item(item, {"lgtin": "10", "sgtin": "21"}[kind], rest)
        if (
            kind == "sscc"
            and rest is None
            and (unit := _with_check(reference[:1] + prefix + reference[1:], SSCC_DIGITS))
        ):
            return Goods(lot=f"(00){unit}")
    elif (found := LINK.match(uri)) and len(found[2]) == {"01": 14, "00": 18}.get(found[1]):
        if stdnum.ean.calc_check_digit(found[2][:-1]) != found[2][-1]:
            return None
        if found[1] == "00":
            return Goods(lot=f"(00){found[2]}")
        qualifiers = dict(QUALIFIER.findall(found[3]))
        kind = "21" if "21" in qualifiers else "10"
        return _of_item(found[2], kind, qualifiers.get(kind))
    return None


def _of_item(item: str, qualifier: str, value: str | None) -> Goods:
    if value is None or value == "*":
        return Goods(item)
    return Goods(item, f"(01){item}({qualifier}){unquote(value)}"[:200])


def location(uri: str) -> PartyIdentifier | None:
    """The GLN that a place or party is named by (SGLN, PGLN, Digital Link 414 or 417), as ISO 6523 scheme 0088. What
    stands inside a place (the extension: a gate, a shelf) is not told apart."""
    number = None
    if (found := URN.fullmatch(uri)) and found[1] in ("sgln", "pgln"):
        number = _with_check(found[2] + found[3], GLN_DIGITS)
    elif (found := LINK.match(uri)) and found[1] in ("414", "417") and len(found[2]) == GLN_DIGITS + 1:
        number = found[2]
    return None if number is None else PartyIdentifier("ICD:0088", number)


def _gtin(prefix: str, reference: str) -> str | None:
    """The indicator digit stands before the company prefix in a GTIN, and after it in the URI."""
    return _with_check(reference[:1] + prefix + reference[1:], GTIN_DIGITS)


def _with_check(digits: str, length: int) -> str | None:
    return digits + stdnum.ean.calc_check_digit(digits) if len(digits) == length else None
