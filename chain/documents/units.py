"""Units of measure: words and signs that senders write, codes of UN/ECE Recommendation 20, and how many of one another is.

Words only where they mean one unit everywhere; a box or a roll is another size with every seller. Sizes are those of
UN/ECE Recommendation 20 (TRADE/CEFACT/2005/24, annexes I to III: conversion factor to the SI unit of the quantity).
"""

from __future__ import annotations

import unicodedata
from decimal import Decimal

#: As senders write them, in capitals (NFKC) → code; a thing that is counted one by one is one of it, whatever the word.
_WORDS = {
    "C62": "PC PCE PCS ST NAR NMB XPP 件 个 只 台 辆 张 支", "PR": "双", "DZN": "打", "SET": "套", "XBX": "BX",
    "KGM": "KG KGS 千克 公斤", "GRM": "G 克", "TNE": "T 吨 公吨", "LBR": "LB LBS",
    "MTR": "M 米", "MMT": "MM 毫米", "CMT": "CM 厘米", "KTM": "KM 千米 公里",
    "MTK": "M2 SQM 平方米 平方 平米", "MTQ": "M3 CBM 立方米 立方", "LTR": "L 升", "MLT": "ML 毫升",
}  # fmt: skip
_CODES = {word: code for code, words in _WORDS.items() for word in words.split()}

#: The code of what is measured in → code of a unit → how many of the first it is.
_SIZES = {
    "KGM": {
        "MGM": "0.000001", "GRM": "0.001", "HGM": "0.1", "KGM": "1", "DTN": "100", "TNE": "1000", "KTN": "1000000",
        "ONZ": "0.028349523125", "APZ": "0.0311034768", "LBR": "0.45359237", "STN": "907.18474", "LTN": "1016.0469088",
    },
    "MTR": {
        "MMT": "0.001", "CMT": "0.01", "DMT": "0.1", "MTR": "1", "KTM": "1000", "INH": "0.0254", "FOT": "0.3048",
        "YRD": "0.9144", "SMI": "1609.344",
    },
    "MTK": {
        "MMK": "0.000001", "CMK": "0.0001", "DMK": "0.01", "MTK": "1", "KMK": "1000000", "HAR": "10000",
        "INK": "0.00064516", "FTK": "0.09290304", "YDK": "0.83612736",
    },
    "MTQ": {
        "MMQ": "0.000000001", "CMQ": "0.000001", "MLT": "0.000001", "CLT": "0.00001", "DLT": "0.0001", "LTR": "0.001",
        "DMQ": "0.001", "HLT": "0.1", "MTQ": "1", "GLL": "0.003785411784", "GLI": "0.00454609", "BLL": "0.158987294928",
        "FTQ": "0.028316846592",
    },
    "C62": {"C62": "1", "H87": "1", "EA": "1", "PR": "2", "DZN": "12", "CEN": "100", "GRO": "144", "MIL": "1000"},
}  # fmt: skip
_MEASURES = {code: (kind, Decimal(size)) for kind, sizes in _SIZES.items() for code, size in sizes.items()}


def unit_code(unit: str | None) -> str | None:
    """The unit's code where the word is known, else the unit as it is written, in capitals."""
    if not unit:
        return unit
    word = unicodedata.normalize("NFKC", unit).strip().upper()
    return _CODES.get(word, word)


def measured(quantity: Decimal, unit: str | None) -> tuple[str | None, Decimal]:
    """The quantity in the unit that all of its kind compare in, and that unit; of an unknown one itself."""
    code = unit_code(unit)
    kind, size = _MEASURES.get(code or "", (code, Decimal(1)))
    return kind, quantity * size
