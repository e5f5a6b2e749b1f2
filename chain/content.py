"""Content that a schema refuses, as an error of ours: which place, and why, in the reader's language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from string import Formatter
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from chain.errors import PearlError
from chain.language import fill

MOST_COMPLAINTS = 10

#: How a kind of complaint begins, as pydantic names it → our sentence. The first that fits is taken.
REASONS = {
    "missing": "it is missing",
    "extra_forbidden": "there is no such field",
    "repeated": "it is given more than once",
    "body_forbidden": "this address takes no body",
    "unexpected_keyword_argument": "there is no such field",
    "json_invalid": "this is no JSON from line {line}, column {column} on",
    "enum": "it is none of {expected}",
    "literal_error": "it is none of {expected}",
    "greater_than_equal": "it should be at least {ge}",
    "greater_than": "it should be more than {gt}",
    "less_than_equal": "it should be at most {le}",
    "less_than": "it should be less than {lt}",
    "string_too_short": "its length should be at least {min_length}",
    "string_too_long": "its length should be at most {max_length}",
    "string_pattern_mismatch": "it should be written as {pattern} says",
    "too_short": "its length should be at least {min_length}",
    "too_long": "its length should be at most {max_length}",
    "datetime": "it should be a moment, such as 2026-03-01T09:30:00+08:00",
    "timezone": "it should be a moment, such as 2026-03-01T09:30:00+08:00",
    "date": "it should be a day, such as 2026-03-01",
    "int": "it should be a whole number",
    "bool": "it should be true or false",
    "decimal": "it should be a number",
    "float": "it should be a number",
    "finite_number": "it should be a number",
    "string": "it should be text",
    "tuple": "it should be a list",
    "list": "it should be a list",
    "set": "it should be a list",
    "model": "it should be an object with fields",
    "dict": "it should be an object with fields",
    "dataclass": "it should be an object with fields",
}
#: Categories of Unicode: controls, and what is no character alone.
UNPRINTED = frozenset({"Cc", "Cs"})
OTHERWISE = "it is not what is expected here"


class Unusable(ValueError):
    """A value that a model's own validator refuses: a sentence and what fills it, which `reason_of` tells."""

    def __init__(self, *, reason: str, **values: str | int) -> None:
        super().__init__(fill(reason, values, "en"))
        self.reason, self.values = reason, values


def reason_of(detail: ErrorDetails) -> tuple[str, dict[str, str | int]]:
    """Why a schema refuses a value: a sentence of the catalogue, and what it is filled with."""
    error = detail.get("ctx", {}).get("error")
    if isinstance(error, Unusable):
        return error.reason, error.values
    sentence = next((said for kind, said in REASONS.items() if detail["type"].startswith(kind)), OTHERWISE)
    values = _values(detail)
    named = [name for _, name, _, _ in Formatter().parse(sentence) if name]
    if any(name not in values for name in named):
        return OTHERWISE, {}
    return sentence, {name: value if isinstance(value := values[name], int) else str(value) for name in named}


def is_plain(text: str) -> bool:
    """Whether a text is of characters that any database, file and page holds: neither controls nor halves of characters."""
    return text.isprintable() or not any(unicodedata.category(letter) in UNPRINTED for letter in text)


class ContentMalformed(PearlError):
    message = "{what} is not what is expected: {complaints}"
    next_step = "correct what is named"

    def __init__(self, what: str, error: ValidationError) -> None:
        self._details = error.errors(include_url=False, include_input=False)[:MOST_COMPLAINTS]
        super().__init__(what=what)

    def sentence(self, language: str = "en") -> str:
        complaints = (_complaint(detail, language) for detail in self._details)
        values = self.values | {"complaints": ("；" if language == "zh" else "; ").join(complaints)}
        return fill(self.message, values, language)


def _complaint(detail: ErrorDetails, language: str) -> str:
    reason, values = reason_of(detail)
    said, place = fill(reason, values, language), ".".join(map(str, detail["loc"]))
    return f"{place} ({said})" if place and language != "zh" else f"{place}（{said}）" if place else said


def _values(detail: ErrorDetails) -> Mapping[str, Any]:
    values = dict(detail.get("ctx", {}))
    if found := re.search(r"line (\d+) column (\d+)", str(values.get("error", ""))):
        values["line"], values["column"] = found.groups()
    if "expected" in values:
        values["expected"] = ", ".join(re.findall(r"'([^']*)'", str(values["expected"])))
    return values
