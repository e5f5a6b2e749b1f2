"""From where on something in a trade counts, or is flagged."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

#: State Council order 802: the legal norm for what a large firm owes a small one; stands in where no due date is written.
USUAL_TERM_DAYS = 60

#: Days between the bookings of one payment at its payer's and its payee's bank.
STATEMENT_DAYS = 3

#: Days by which calendars around the world differ, so that a paper that was answered at once may look older than its answer.
CALENDAR_DAYS = 1

#: The highest standard rate of VAT or GST in use, per cent: Hungary's, since 2012 (Council Directive 2006/112/EC sets no
#: highest one). What an invoice asks above it on its net amount is no tax.
HIGHEST_TAX_PERCENT = 27

#: What rounding of quantities and taxes can make of a line, in minor units.
ROUNDING_MINOR = 2


@dataclass(frozen=True, slots=True)
class Suspicions:
    """From where on something in a trade is flagged. None blocks, so each may be wrong now and then; what a person would
    look at decides, not what a data set has."""

    retyped_edits: int = 2
    """Letters or digits by which the numbers of one invoice written twice differ: one slip, or two digits changed."""
    retyped_days: int = 10
    """Days between them; monthly rates of one amount are further apart."""
    retyped_digits: int = 4
    """Numbers shorter than this differ by one edit all the time."""
    retyped_most: int = 20
    """The last so many invoices for the same goods are compared; a file with more of them shows it anyway."""
    price_basis_points: int = 200
    """Above the agreed price: more than rounding of a unit price, less than any margin worth a fraud."""
    term_days: int = 180
    """Tenor cap of notice 银发〔2025〕77号: what is paid later than that is no trade credit."""
    term_growth: int = 2
    """A term that is so many times the trade's own median before it was stretched (and above the legal norm)."""
    term_history: int = 3
    """Invoices that make a median."""


SUSPICIONS = Suspicions()

#: A price is another than the agreed one from so many times it on.
DEARER = 1 + Decimal(SUSPICIONS.price_basis_points) / 10_000
