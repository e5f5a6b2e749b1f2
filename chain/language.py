"""Chinese and English: English sentences are the keys, `chain/locale/zh.po` holds the Chinese."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

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


def fill(template: str, values: Mapping[str, Any], language: str) -> str:
    """The sentence in ``language`` with its values. A value that is itself a sentence of the catalogue is translated,
    too, and filled from the same values; what somebody else wrote is no sentence of the catalogue, and stays as it is."""
    words = {name: translate(value, language) if isinstance(value, str) else value for name, value in values.items()}

    def word(name: str) -> Any:
        value = values[name]
        if isinstance(value, str) and "{" in value and value in _catalogue():
            return words[name].format_map(_Known(words))
        return words[name]

    return translate(template, language).format(**{name: word(name) for name in values})


class _Known(dict[str, Any]):
    """Values by name; a name without one stays as it is written."""

    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"


def language_of_environment() -> str:
    """``zh`` when LANGUAGE, LC_ALL, LC_MESSAGES or LANG, in that order, asks for Chinese; else ``en``."""
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"
