"""One tree of errors. Each class is named by the broken rule and says what to do next.

PearlError
├── DocumentRefused          a file or a document in it cannot be read; becomes a finding, never stops a batch
│   ├── MoneyError           CurrencyUnknown, AmountMalformed, AmountNotRepresentable, CurrencyMismatch
│   └── …                    (chain/documents adds its own leaves)
├── RuleBroken               the product's rules refuse; nothing was changed
│   └── ContractRefused      a contract's custom error, decoded, with its values
├── NotFound                 the caller may not see it, or it does not exist
├── Conflict                 same idempotency key, other input; or something that exists already
├── VersionChanged           somebody else changed meanwhile what is to be changed
├── NotPermitted             the caller is known, but this is not its to do
├── Unavailable              the node or the database cannot be reached; try again later
└── SystemRefused            a file or folder cannot be read or written

HTTP status codes are the API's matter (`api/errors.py`); exit codes the command line's (`chain/cli.py`).
"""

from __future__ import annotations

from typing import Any, ClassVar

from chain.language import fill, translate


class PearlError(Exception):
    """Base of all. ``message`` and ``next_step`` are English templates over the keyword values, translated on display."""

    message: ClassVar[str] = "something went wrong"
    next_step: ClassVar[str] = ""

    def __init__(self, **values: Any) -> None:
        self.values = values
        super().__init__(self.text())

    def __reduce__(self) -> tuple[Any, ...]:
        """An error that is raised in another process arrives with its values."""
        return _remade, (type(self), self.values), self.__dict__

    @property
    def rule(self) -> str:
        """The name of the broken rule."""
        return type(self).__name__

    def text(self, language: str = "en") -> str:
        """One sentence with what to do next, in the reader's language (``en`` or ``zh``)."""
        parts = [self.sentence(language), self.next_step_text(language)]
        return ("；" if language == "zh" else "; ").join(part for part in parts if part)

    def sentence(self, language: str = "en") -> str:
        """What is wrong, in the reader's language."""
        return fill(self.message, self.values, language)

    def next_step_text(self, language: str = "en") -> str:
        """What to do next, in the reader's language; empty where nothing can be done."""
        return fill(self.next_step, self.values, language)


def _remade(error: type[PearlError], values: dict[str, Any]) -> PearlError:
    return error(**values)


class DocumentRefused(PearlError):
    """A document cannot be read as what it claims to be."""

    message = "the document cannot be read: {reason}"
    next_step = "ask its sender for a corrected document"


class MoneyError(DocumentRefused):
    """An amount or a currency is unusable."""


class CurrencyUnknown(MoneyError):
    message = "{currency} is no currency of ISO 4217 that this ledger knows"
    next_step = "use the three-letter code, such as CNY or EUR"


class AmountMalformed(MoneyError):
    message = "'{text}' is no plain decimal amount"
    next_step = "write it with digits and one decimal point"


class AmountNotRepresentable(MoneyError):
    message = "'{text}' is finer than the minor unit of {currency}, which has {digits} decimals"
    next_step = "round it at the source"


class CurrencyMismatch(MoneyError):
    message = "{left} is not {right}, and amounts of several currencies are never added"
    next_step = "keep each currency apart"


class RuleBroken(PearlError):
    """A rule of the product refuses a command; nothing was changed."""


class ContractRefused(RuleBroken):
    """A contract's custom error, decoded. ``name`` is the error's name and the rule; ``arguments`` its values."""

    message = "the ledger refuses: {name} ({arguments})"

    @property
    def rule(self) -> str:
        return str(self.values["name"])

    def next_step_text(self, language: str = "en") -> str:
        return translate(str(self.values["advice"]), language)


class NotFound(PearlError):
    message = "there is no {what} {id} that you may see"
    next_step = "check how it is written"


class Conflict(PearlError):
    message = "{what} exists already with other content"
    next_step = "use another key, or send the same content again"


class VersionChanged(PearlError):
    message = "the {what} {id} was changed meanwhile"
    next_step = "read it again, and decide on what it is now"


class NotPermitted(PearlError):
    """``role``, where it is given, is the one whose act it is."""

    message = "{actor} may not {action}"
    next_step = "act for the enterprise that owns it"

    def next_step_text(self, language: str = "en") -> str:
        if "role" not in self.values:
            return super().next_step_text(language)
        role = translate(str(self.values["role"]).replace("_", " "), language)
        return translate("only one in the role of {role} does that", language).format(role=role)


class SystemRefused(PearlError):
    """What the operating system refuses; ``reason`` is its own word for it."""

    message = "the system refuses {what}: {reason}"
    next_step = "name another file or folder, or its owner gives the right to it"


class Unavailable(PearlError):
    message = "{what} cannot be reached"
    next_step = "try again in a moment; nothing was lost"
