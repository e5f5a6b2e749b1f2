"""Sentences for people name enterprises, number documents and count in whole units; ids and minor units are for machines."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from msgspec import to_builtins

from chain.documents.model import DocumentType, Finding
from chain.language import fill
from chain.money import Money

_KEY = re.compile(rf"(?:{'|'.join(DocumentType)})\|[^|]+\|(?P<number>.+)")


def for_people(values: Mapping[str, Any], names: Mapping[str, str], currency: str | None = None) -> dict[str, Any]:
    """The values of a sentence with each enterprise's id as its name (``names``), a document's key as its number, and
    what is named ``…_minor`` as an amount of ``currency``."""
    return {name: _said(name, value, names, currency) for name, value in values.items()}


def finding_as_json(finding: Finding, language: str, names: Mapping[str, str]) -> dict[str, Any]:
    """A finding for machines, and ``text``: what people read in its place, in the reader's language."""
    plain: dict[str, Any] = to_builtins(finding)
    return plain | {"text": fill(finding.template, for_people(finding.values, names), language)}


def _said(name: str, value: Any, names: Mapping[str, str], currency: str | None) -> Any:
    if isinstance(value, int) and currency and name.endswith("_minor"):
        return f"{Money(value, currency).decimal:,f} {currency}"
    if not isinstance(value, str):
        return value
    if key := _KEY.fullmatch(value):
        return key["number"]
    return " → ".join(names.get(part, part) for part in value.split(" → "))
