"""Sentences for people name enterprises, number documents and count in whole units; ids and minor units are for machines."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from chain.documents.model import DocumentType
from chain.money import Money

_KEY = re.compile(rf"(?:{'|'.join(DocumentType)})\|[^|]+\|(?P<number>.+)")


def for_people(values: Mapping[str, Any], names: Mapping[str, str], currency: str | None = None) -> dict[str, Any]:
    """The values of a sentence with each enterprise's id as its name (``names``), a document's key as its number, and
    what is named ``…_minor`` as an amount of ``currency``."""
    return {name: _said(name, value, names, currency) for name, value in values.items()}


def _said(name: str, value: Any, names: Mapping[str, str], currency: str | None) -> Any:
    if isinstance(value, int) and currency and name.endswith("_minor"):
        return f"{Money(value, currency).decimal:,f} {currency}"
    if not isinstance(value, str):
        return value
    if key := _KEY.fullmatch(value):
        return key["number"]
    return " → ".join(names.get(part, part) for part in value.split(" → "))
