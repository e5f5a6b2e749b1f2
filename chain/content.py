"""Content that a schema refuses, as an error of ours: which place, and why, in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from chain.errors import PearlError
from chain.language import fill, translate

MOST_COMPLAINTS = 10

#: How a kind of complaint begins, as pydantic names it → our sentence. The first that fits is taken.
REASONS = {
    "missing": "Field required",
    "extra_forbidden": "Extra inputs are not permitted",
    "unexpected_keyword_argument": "Extra inputs are not permitted",
    "json_invalid": "this is no JSON from line {line}, column {column} on",
    "enum": "it is none of {expected}",
    "greater_than_equal": "Input should be greater than or equal to {ge}",
    "greater_than": "Input should be greater than {gt}",
    "less_than_equal": "Input should be less than or equal to {le}",
    "date": "Input should be a valid date",
    "int": "Input should be a valid integer",
    "bool": "Input should be a valid boolean",
    "string": "Input should be a valid string",
    "tuple": "Input should be a valid list",
    "list": "Input should be a valid list",
    "model": "Input should be a valid dictionary",
    "dict": "Input should be a valid dictionary",
}
OTHERWISE = "it is not what is expected here"


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
    template = next((said for kind, said in REASONS.items() if detail["type"].startswith(kind)), OTHERWISE)
    try:
        reason = translate(template, language).format(**_values(detail))
    except KeyError:
        reason = translate(OTHERWISE, language)
    place = ".".join(map(str, detail["loc"]))
    return f"{place} ({reason})" if place and language != "zh" else f"{place}（{reason}）" if place else reason


def _values(detail: ErrorDetails) -> Mapping[str, Any]:
    values = dict(detail.get("ctx", {}))
    if found := re.search(r"line (\d+) column (\d+)", str(values.get("error", ""))):
        values["line"], values["column"] = found.groups()
    if "expected" in values:
        values["expected"] = ", ".join(re.findall(r"'([^']*)'", str(values["expected"])))
    return values
