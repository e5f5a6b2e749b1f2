"""Units of measure as China's invoices write them, in words, and their codes of UN/ECE Recommendation 20.

Only words that mean one unit everywhere; a box or a roll is another size with every seller.
"""

from __future__ import annotations

_CODES = {
    "件": "C62", "个": "C62", "只": "C62", "套": "SET", "千克": "KGM", "公斤": "KGM", "克": "GRM", "吨": "TNE", "米": "MTR",
    "平方米": "MTK", "立方米": "MTQ", "升": "LTR",
}  # fmt: skip


def unit_code(unit: str | None) -> str | None:
    """The unit's code where the word is known, else the unit as it is written."""
    return _CODES.get(unit, unit) if unit else unit
