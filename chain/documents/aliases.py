"""An alias: an id or name that an enterprise goes by, and why that is held to be so."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from chain.language import fill

REGISTERED = "the network's register names the enterprise so"
GIVEN = "a person said so: {words}"
ALONE = "a document names the enterprise so, and nothing else joins it"
TOGETHER = "a document writes it beside {other}"
HEARSAY = "a document of another party writes it beside {other}, which joins nothing"
NAMED = "a document writes this name beside {other}; a name decides nothing"

#: Sources of an alias that are no document.
REGISTER, PERSON = "register", "person"


@dataclass(frozen=True, slots=True)
class Alias:
    """One row of the alias table. ``alias`` is ``SCHEME:value`` in its normal form, or ``NAME:`` and the name as written."""

    alias: str
    enterprise: str
    """The id that the directory answers for the alias now."""
    template: str
    """Why, an English sentence with ``values`` filled in on display."""
    source: str
    """Key of the first document that says so, `REGISTER` or `PERSON`."""
    since: date | None = None
    """The document's date of issue, or the day on which the person said it."""
    values: dict[str, str] = field(default_factory=dict)

    def reason(self, language: str = "en") -> str:
        """Why, in the reader's language (``en`` or ``zh``)."""
        return fill(self.template, self.values, language)


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a person decided of an alias: it belongs to the enterprise, or (``belongs`` False) it does not, whatever
    documents say. Of several on one (alias, enterprise) the last one counts."""

    alias: str
    enterprise: str
    belongs: bool
    reason: str
    since: date | None = None
