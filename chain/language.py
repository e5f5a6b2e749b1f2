"""Chinese and English: English sentences are the keys, `chain/locale/zh.po` holds the Chinese."""

from __future__ import annotations

import os
from functools import cache
from importlib.resources import files

from babel.messages.pofile import read_po

LANGUAGES = ("en", "zh")


@cache
def _catalogue() -> dict[str, str]:
    with files("chain").joinpath("locale/zh.po").open("rb") as source:
        return {str(message.id): str(message.string) for message in read_po(source, locale="zh") if message.id}


def translate(sentence: str, language: str) -> str:
    """The sentence in ``language``; English where the catalogue has none."""
    if language != "zh":
        return sentence
    return _catalogue().get(sentence) or sentence


def language_of_environment() -> str:
    """``zh`` when LANGUAGE, LC_ALL, LC_MESSAGES or LANG, in that order, asks for Chinese; else ``en``."""
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"
