"""The reader's language, from the Accept-Language header (RFC 9110, 12.5.4)."""

from __future__ import annotations

from chain.language import LANGUAGES

DEFAULT = "en"


def language_of(header: str | None) -> str:
    """The most wanted of the languages that the product speaks; English where none is asked for."""
    best, best_weight = DEFAULT, 0.0
    for part in (header or "").split(",")[:20]:
        tag, _, parameters = part.partition(";")
        language = tag.strip().lower().partition("-")[0]
        weight = _weight(parameters)
        if language in LANGUAGES and weight > best_weight:
            best, best_weight = language, weight
    return best


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return min(1.0, max(0.0, float(value)))
    except ValueError:
        return 0.0
