"""Sentences for people name enterprises and number documents; ids are for machines."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from chain.documents.model import DocumentType

_KEY = re.compile(rf"(?:{'|'.join(DocumentType)})\|[^|]+\|(?P<number>.+)")


def for_people(values: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The values of a sentence with each enterprise's id as its name (``names``), and a document's key as its number."""
    return {name: _said(value, names) if isinstance(value, str) else value for name, value in values.items()}


def _said(value: str, names: Mapping[str, str]) -> str:
    if key := _KEY.fullmatch(value):
        return key["number"]
    return " → ".join(names.get(part, part) for part in value.split(" → "))
