"""Money as integer minor units with an ISO 4217 currency; never a float."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache

from babel.numbers import format_currency
from iso4217 import Currency

from chain.errors import AmountMalformed, AmountNotRepresentable, CurrencyMismatch, CurrencyUnknown

#: ISO 4217 numeric codes do not fit one byte; on chain a currency is an index into this list (position + 1).
#: The list is append-only: an index never changes its meaning.
CHAIN_CURRENCIES = ("CNY", "EUR", "USD", "GBP", "HKD", "JPY", "SGD", "CHF", "AUD", "KWD")

#: What a contract's word for an amount holds.
MOST_MINOR = 2**63 - 1

#: xsd:decimal, which is what every format here writes: digits with at most one point, and a sign.
PLAIN_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")

#: How a number of the contracts that has no currency here is written.
UNNAMED = re.compile(r"#(?:[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5])")


@lru_cache(maxsize=1_000)
def exponent(currency: str) -> int:
    """Number of decimal digits of the currency's minor unit (ISO 4217). Raises CurrencyUnknown."""
    try:
        digits = Currency(currency).exponent
    except ValueError:
        raise CurrencyUnknown(currency=currency) from None
    if digits is None:  # gold, test codes and the like have no minor unit
        raise CurrencyUnknown(currency=currency)
    return digits


def chain_currency_index(currency: str) -> int:
    """The currency's one-byte number in the contracts, from 1: the inverse of `chain_currency`. Raises CurrencyUnknown."""
    if UNNAMED.fullmatch(currency):
        return int(currency[1:])
    try:
        return CHAIN_CURRENCIES.index(currency) + 1
    except ValueError:
        raise CurrencyUnknown(currency=currency) from None


def chain_currency(index: int) -> str:
    """The ISO 4217 code of a currency number in the contracts; ``#123`` for a number that this list has not got.

    The contracts take any number, so that whoever grants a line in one, or registers a document, must not stop the books.
    """
    return CHAIN_CURRENCIES[index - 1] if 1 <= index <= len(CHAIN_CURRENCIES) else f"#{index}"


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in integer minor units of one currency."""

    minor: int
    currency: str

    @classmethod
    def parse(cls, text: str, currency: str) -> Money:
        """Read a plain decimal amount such as ``1234.50``.

        Raises AmountMalformed when it is no plain decimal, AmountNotRepresentable when it is finer than the
        currency's minor unit (nothing is rounded away), CurrencyUnknown when the currency is none of ISO 4217.
        """
        digits = exponent(currency)
        text = text.strip()
        if not PLAIN_DECIMAL.fullmatch(text):  # Python would also take '1_000', '1E3', 'NaN' and foreign digits
            raise AmountMalformed(text=text[:40])
        whole, _, fraction = text.partition(".")
        if len(text) > 60 or len(whole.lstrip("+-0")) > 31:
            raise AmountMalformed(text=text[:40])
        fraction = fraction.rstrip("0")
        if len(fraction) > digits:
            raise AmountNotRepresentable(text=text[:40], currency=currency, digits=digits)
        return cls(int((whole if whole[-1:].isdigit() else f"{whole}0") + fraction.ljust(digits, "0")), currency)

    @classmethod
    def rounded(cls, value: Decimal, currency: str) -> Money:
        """The nearest minor unit, halves away from zero (EN 16931 rounding)."""
        wide = Context(prec=100)  # for any text that a sender writes; the usual 28 digits would be an error
        return cls(int(value.scaleb(exponent(currency), wide).quantize(Decimal(1), ROUND_HALF_UP, wide)), currency)

    @property
    def decimal(self) -> Decimal:
        """The amount in major units; of a currency without a name (`chain_currency`) as it is counted."""
        digits = 0 if UNNAMED.fullmatch(self.currency) else exponent(self.currency)
        return Decimal(self.minor).scaleb(-digits)

    def __add__(self, other: Money) -> Money:
        self._same_currency(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same_currency(other)
        return Money(self.minor - other.minor, self.currency)

    def _same_currency(self, other: Money) -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(left=self.currency, right=other.currency)

    @property
    def written(self) -> str:
        """Within a sentence of any language, as documents write amounts: ``1234.50 CNY``."""
        return f"{self.decimal:f} {self.currency}"

    def text(self, language: str = "en") -> str:
        """For people: with the currency's sign and thousands separators."""
        return format_currency(self.decimal, self.currency, locale="zh_CN" if language == "zh" else "en_US")
