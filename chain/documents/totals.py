"""Do the totals of an invoice add up? EN 16931-1 business rules BR-CO-10 to BR-CO-16, on exact decimals.

Colombia (DIAN, Anexo técnico de factura electrónica de venta 1.9, FAU06 and FAU14) puts tax first: the total with tax is
lines and tax, allowances and charges come after it, and TaxExclusiveAmount is what was taxed, which is no sum of these.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Totals:
    """The figures as written (None where absent) beside the sums of their parts. Business terms of EN 16931 in brackets."""

    lines: Decimal
    """Σ invoice line net amount (BT-131)."""
    allowances: Decimal
    """Σ document level allowance (BT-92)."""
    charges: Decimal
    """Σ document level charge (BT-99)."""
    taxes: Decimal | None
    """Σ tax category amounts (BT-117); None where no subtotal is written."""
    line_total: Decimal | None
    """BT-106."""
    allowance_total: Decimal | None
    """BT-107."""
    charge_total: Decimal | None
    """BT-108."""
    without_tax: Decimal | None
    """BT-109."""
    tax: Decimal | None
    """BT-110."""
    with_tax: Decimal | None
    """BT-112."""
    prepaid: Decimal | None
    """BT-113."""
    rounding: Decimal | None
    """BT-114."""
    payable: Decimal | None
    """BT-115."""
    has_lines: bool = True
    tax_first: bool = False
    """As in Colombia."""

    @property
    def on_top(self) -> Decimal:
        """What comes on top of the lines: charges less allowances of the whole document."""
        allowances = self.allowance_total if self.allowance_total is not None else self.allowances
        return (self.charge_total if self.charge_total is not None else self.charges) - allowances


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A total and what it should be."""

    rule: str
    """BR-CO-10 to BR-CO-16 of EN 16931, or FAU06, FAU14 of DIAN."""
    field: str
    written: Decimal
    computed: Decimal


def mismatches(totals: Totals, digits: int) -> Iterator[Mismatch]:
    """Each total that is not what its parts add up to, after rounding both to ``digits`` decimals.

    A total that is absent is taken to be what it should be; so a figure further down is still held against the parts
    that are there (national UBL often writes the payable amount alone).
    """
    unit = Decimal(1).scaleb(-digits)
    with localcontext(Context(prec=100, rounding=ROUND_HALF_UP)):
        for rule, field, written, computed in _rules(totals):
            if written is not None and written.quantize(unit) != computed.quantize(unit):
                yield Mismatch(rule, field, written, computed)


def _rules(totals: Totals) -> Iterator[tuple[str, str, Decimal | None, Decimal]]:
    line_total = totals.line_total if totals.line_total is not None else totals.lines
    tax = totals.tax if totals.tax is not None else totals.taxes or ZERO
    rounding = totals.rounding or ZERO
    if totals.has_lines:
        yield "BR-CO-10", "LineExtensionAmount", totals.line_total, totals.lines
    yield "BR-CO-11", "AllowanceTotalAmount", totals.allowance_total, totals.allowances
    yield "BR-CO-12", "ChargeTotalAmount", totals.charge_total, totals.charges
    if totals.taxes is not None:
        yield "BR-CO-14", "TaxAmount", totals.tax, totals.taxes
    if totals.tax_first:
        with_tax = totals.with_tax if totals.with_tax is not None else line_total + tax
        yield "FAU06", "TaxInclusiveAmount", totals.with_tax, line_total + tax
        due = with_tax + totals.on_top - (totals.prepaid or ZERO) + rounding
        yield "FAU14", "PayableAmount", totals.payable, due
        return
    expected_without_tax = line_total + totals.on_top
    without_tax = totals.without_tax if totals.without_tax is not None else expected_without_tax
    with_tax = totals.with_tax if totals.with_tax is not None else without_tax + tax
    if totals.has_lines or totals.line_total is not None:  # Factur-X MINIMUM has neither
        yield "BR-CO-13", "TaxExclusiveAmount", totals.without_tax, expected_without_tax
    if rounding and totals.with_tax == without_tax + tax + rounding:
        rounding = ZERO  # CEN BII, before EN 16931, had the rounding in the total with tax already
    else:
        yield "BR-CO-15", "TaxInclusiveAmount", totals.with_tax, without_tax + tax
    yield "BR-CO-16", "PayableAmount", totals.payable, with_tax - (totals.prepaid or ZERO) + rounding
