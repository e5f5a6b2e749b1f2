"""Ids and numbers that are written differently and look the same: an attack, or a slip of the pen; never silently another one.

Source: Unicode Technical Standard 39 (confusables.txt), of which only the upper-case letters of Cyrillic and Greek that
look like Latin ones are kept, since ids are compared in upper case; 0/O and 1/I/L are what people mistake in print.
"""

from __future__ import annotations

#: Cyrillic and Greek capital → the Latin one (or digit) that it looks like.
LETTERS = str.maketrans(
    "АВЕЅІЈКМНОРСТУХҮԚԜԌЗ" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹϳ",
    "ABESIJKMHOPCTYXYQWG3" + "ABEZHIKMNOPTYXCJ",
)
#: Letters that are taken for digits.
DIGITS = str.maketrans("OIL", "011")
#: Those of them that look like a letter: a word is read the same whichever script its letters are of.
_LATIN = {letter: alike for letter, alike in LETTERS.items() if chr(alike).isalpha()}


def latin(text: str) -> str:
    """Letters of another script that look like Latin ones, as these (upper case)."""
    return text.translate(_LATIN)


def skeleton(value: str) -> str:
    """What a normalised value (upper case) looks like: two that differ and have one skeleton are look-alikes."""
    return (value if value.isascii() else value.translate(LETTERS)).translate(DIGITS)
