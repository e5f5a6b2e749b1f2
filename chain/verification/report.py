"""What a verification says: checks with their figures, and differences that name the piece."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from chain.language import translate


@dataclass(frozen=True, slots=True)
class Difference:
    """Two sources that should agree and do not. ``subject`` names the thing: ``piece 7.1.3.2``, ``line 7.1`` …"""

    subject: str
    template: str
    """English sentence over ``values``, translated on display."""
    values: dict[str, str | int] = field(default_factory=dict)

    def text(self, language: str = "en") -> str:
        """The sentence after the subject, in the reader's language."""
        kind, _, identifier = self.subject.partition(" ")
        # The values are figures and ids, but for the name of the field that differs.
        values = (
            self.values | {"what": translate(str(self.values["what"]), language)}
            if "what" in self.values
            else self.values
        )
        sentence = translate(self.template, language).format(**values)
        return f"{translate(kind, language)} {identifier}: {sentence}"

    def __str__(self) -> str:
        return self.text()


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must hold. ``figures`` are what was compared, also where all is well."""

    name: str
    """Short and stable, for machines: ``invariant_1``, ``chain_is_books`` …"""
    title: str
    """English sentence, translated on display."""
    figures: dict[str, int | str]
    differences: tuple[Difference, ...]

    @property
    def ok(self) -> bool:
        """No difference."""
        return not self.differences

    def figures_text(self, language: str = "en") -> str:
        """The figures on one line, for people."""
        return " · ".join(
            f"{figure_label(name, language)} {f'{value:,}' if isinstance(value, int) else value}"
            for name, value in self.figures.items()
        )

    def as_json(self, language: str = "en") -> dict[str, Any]:
        """JSON-able."""
        return {
            "name": self.name,
            "title": translate(self.title, language),
            "ok": self.ok,
            "figures": dict(self.figures),
            "differences": [
                {"subject": difference.subject, "text": difference.text(language)} for difference in self.differences
            ],
        }


@dataclass(frozen=True, slots=True)
class VerificationReport:
    """All checks, at one block."""

    block_number: int
    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Every check holds."""
        return all(check.ok for check in self.checks)

    @property
    def differences(self) -> tuple[Difference, ...]:
        """Those of all checks, in order."""
        return tuple(difference for check in self.checks for difference in check.differences)

    def as_json(self, language: str = "en") -> dict[str, Any]:
        """JSON-able; ``verify`` of `report.json`."""
        return {
            "ok": self.ok,
            "block_number": self.block_number,
            "checks": [check.as_json(language) for check in self.checks],
        }


def figure_label(figure: str, language: str) -> str:
    """A figure's name for people; one that begins with a currency keeps it."""
    first, _, rest = figure.partition("_")
    if first.isupper():
        return f"{first} {figure_label(rest, language)}"
    return translate(figure.replace("_", " "), language)
