"""The columns of every report: how each cell is read from what the viewer is shown (`chain.commands.seen`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from chain.commands.seen.documents import Backing
from chain.commands.seen.viewer import Participant
from chain.commands.seen.vouchers import Voucher
from chain.money import Money
from chain.reporting.sheet import CURRENCY, Column, Kind

MINOR = "minor units of the row's currency"
DAYS = "days"
BASIS_POINTS = "basis points a year"


@dataclass
class Due:
    """What falls due on one day from one issuer. Amounts in minor units of ``currency``."""

    maturity: date
    days: int
    """From the report's day on; below nothing where it is over."""
    issuer: Participant
    currency: str
    pieces: int = 0
    minor: int = 0
    receive: int = 0
    """Of it in the reader's hands, accepted."""
    pay: int = 0
    """Of it to be paid by the reader."""
    overdue: int = 0
    """Of it on obligations that are marked as not paid."""

    def add(self, voucher: Voucher, reader: str) -> None:
        """Take a live piece into account."""
        minor = 0 if voucher.amount is None else voucher.amount.minor
        self.pieces += 1
        self.minor += minor
        if voucher.owner.id == reader and voucher.state != "offered":
            self.receive += minor
        if voucher.issuer.id == reader:
            self.pay += minor
        if voucher.overdue:
            self.overdue += minor


@dataclass(frozen=True, slots=True)
class Financing:
    """A piece that a bank bought, and which side of the sale the reader is on."""

    voucher: Voucher
    reader: str

    @property
    def side(self) -> str:
        """``bought``, ``sold``, or ``between_others``."""
        if self.voucher.owner.id == self.reader:
            return "bought"
        return "sold" if self.voucher.given_by.id == self.reader else "between_others"

    @property
    def discount(self) -> Money | None:
        """What the bank took; None for who is not told the price."""
        price = self.voucher.price
        return None if price is None else self.voucher.initial - price


def _party(
    name: str, heading: str, value: Callable[[Any], Participant | None], *, printed: bool = False
) -> tuple[Column, Column]:
    """An enterprise by its name, which is what paper has, and by its id."""

    def part(field: str) -> Callable[[Any], str | None]:
        def read(entry: Any) -> str | None:
            party = value(entry)
            return None if party is None else getattr(party, field)

        return read

    id_headings = {
        "issuer": "issuer's id", "holder": "holder's id", "giver": "giver's id", "bank": "bank's id",
        "seller": "seller's id", "buyer": "buyer's id", "keeper": "keeper's id",
    }  # fmt: skip
    return (
        Column(name, Kind.TEXT, heading=heading, value=part("name"), printed=printed),
        Column(f"{name}_id", Kind.TEXT, heading=id_headings[name], value=part("id")),
    )


def _money(
    name: str, heading: str, value: Callable[[Any], Money | None], *, printed: bool = False, totalled: bool = False
) -> Column:
    """An amount of the row's currency."""

    def minor(entry: Any) -> int | None:
        amount = value(entry)
        return None if amount is None else amount.minor

    return Column(f"{name}_minor", Kind.MONEY, heading, minor, unit=MINOR, printed=printed, totalled=totalled)


def _sum(name: str, heading: str, value: Callable[[Any], int]) -> Column:
    """An amount that is minor units already, with its total."""
    return Column(f"{name}_minor", Kind.MONEY, heading, value, unit=MINOR, printed=True, totalled=True)


def _backing(field: str) -> Callable[[Any], Any]:
    """Of an invoice: what it may back; nothing of other documents."""

    def read(document: Any) -> Any:
        backing: Backing | None = document.backing
        return None if backing is None else getattr(backing, field)

    return read


def _currency_of_document(document: Any) -> str | None:
    if document.payable is not None:
        return str(document.payable.currency)
    return None if document.backing is None else str(document.backing.owed.currency)


PORTFOLIO = (
    Column("voucher", Kind.TEXT, heading="voucher", value=lambda v: v.id, printed=True),
    Column("parent", Kind.TEXT, heading="parent", value=lambda v: v.parent),
    Column("obligation", Kind.TEXT, heading="obligation", value=lambda v: v.obligation),
    Column("line", Kind.TEXT, heading="line", value=lambda v: v.line),
    *_party("issuer", "issuer", lambda v: v.issuer, printed=True),
    *_party("holder", "holder", lambda v: v.owner, printed=True),
    *_party("giver", "given by", lambda v: v.given_by, printed=True),
    Column("state", Kind.CODE, heading="state", value=lambda v: v.state, printed=True),
    Column(CURRENCY, Kind.TEXT, heading="currency", value=lambda v: v.initial.currency, printed=True),
    _money("amount", "amount", lambda v: v.amount, printed=True, totalled=True),
    _money("initial", "amount when made", lambda v: v.initial, printed=True),
    Column("hops", Kind.INTEGER, heading="hops", value=lambda v: v.hops),
    Column("tier", Kind.INTEGER, heading="tier", value=lambda v: v.tier, printed=True),
    Column("maturity", Kind.DATE, heading="maturity", value=lambda v: v.maturity, printed=True),
    Column("overdue", Kind.FLAG, heading="overdue", value=lambda v: v.overdue, printed=True),
    Column("financed", Kind.FLAG, heading="financed", value=lambda v: v.financed, printed=True),
    _money("price", "price", lambda v: v.price),
    Column("document", Kind.KEY, heading="invoice", value=lambda v: v.document, printed=True),
    Column("offer_deadline", Kind.TIME, heading="offer's deadline", value=lambda v: v.offer_deadline),
    Column("created_at", Kind.TIME, heading="made at", value=lambda v: v.created_at),
    Column("closed_at", Kind.TIME, heading="closed at", value=lambda v: v.closed_at),
)

EXPOSURE = (
    *_party("bank", "bank", lambda c: c.bank, printed=True),
    *_party("issuer", "issuer", lambda c: c.issuer, printed=True),
    Column("group", Kind.INTEGER, heading="issuer's group", value=lambda c: c.group or None, printed=True),
    Column("kind", Kind.CODE, heading="kind", value=lambda c: c.kind, printed=True),
    Column("tier", Kind.INTEGER, heading="tier", value=lambda c: c.tier, printed=True),
    Column("bucket", Kind.CODE, heading="days to maturity", value=lambda c: c.bucket or None, unit=DAYS, printed=True),
    Column(CURRENCY, Kind.TEXT, heading="currency", value=lambda c: c.amount.currency, printed=True),
    _money("amount", "amount", lambda c: c.amount, printed=True, totalled=True),
)

MATURITIES = (
    Column("maturity", Kind.DATE, heading="maturity", value=lambda d: d.maturity, printed=True),
    Column("days", Kind.INTEGER, heading="days to maturity", value=lambda d: d.days, unit=DAYS, printed=True),
    *_party("issuer", "issuer", lambda d: d.issuer, printed=True),
    Column("pieces", Kind.INTEGER, heading="pieces", value=lambda d: d.pieces, printed=True),
    Column(CURRENCY, Kind.TEXT, heading="currency", value=lambda d: d.currency, printed=True),
    _sum("amount", "amount", lambda d: d.minor),
    _sum("receive", "you receive", lambda d: d.receive),
    _sum("pay", "you pay", lambda d: d.pay),
    _sum("overdue", "overdue", lambda d: d.overdue),
)

LINES = (
    Column("line", Kind.TEXT, heading="line", value=lambda one: one.id, printed=True),
    *_party("bank", "bank", lambda one: one.bank, printed=True),
    *_party("issuer", "issuer", lambda one: one.issuer, printed=True),
    Column(CURRENCY, Kind.TEXT, heading="currency", value=lambda one: one.limit.currency, printed=True),
    _money("limit", "limit", lambda one: one.limit, printed=True, totalled=True),
    _money("used", "used", lambda one: one.used, printed=True, totalled=True),
    _money("available", "available", lambda one: one.available, printed=True, totalled=True),
    # These two are of bank and issuer, and stand at each of their lines: their sums would count them twice.
    _money("financing_limit", "financing limit", lambda one: one.financing_limit, printed=True),
    _money("financed", "financed", lambda one: one.financed, printed=True),
    Column("expiry", Kind.DATE, heading="expiry", value=lambda one: one.expiry, printed=True),
    Column("suspended", Kind.FLAG, heading="suspended", value=lambda one: one.suspended, printed=True),
    Column("annual_rate_basis_points", Kind.INTEGER, heading="annual rate in basis points",
           value=lambda one: one.annual_rate_basis_points, unit=BASIS_POINTS, printed=True),
)  # fmt: skip

FINANCINGS = (
    Column("voucher", Kind.TEXT, heading="voucher", value=lambda f: f.voucher.id, printed=True),
    Column("sold_at", Kind.TIME, heading="sold at", value=lambda f: f.voucher.created_at, printed=True),
    Column("side", Kind.CODE, heading="side", value=lambda f: f.side, printed=True),
    *_party("seller", "seller", lambda f: f.voucher.given_by, printed=True),
    *_party("bank", "bank", lambda f: f.voucher.owner, printed=True),
    *_party("issuer", "issuer", lambda f: f.voucher.issuer, printed=True),
    Column("line", Kind.TEXT, heading="line", value=lambda f: f.voucher.line),
    Column(CURRENCY, Kind.TEXT, heading="currency", value=lambda f: f.voucher.initial.currency, printed=True),
    _money("face", "face", lambda f: f.voucher.initial, printed=True, totalled=True),
    _money("price", "price", lambda f: f.voucher.price, printed=True, totalled=True),
    _money("discount", "discount", lambda f: f.discount, printed=True, totalled=True),
    Column("maturity", Kind.DATE, heading="maturity", value=lambda f: f.voucher.maturity, printed=True),
    Column("state", Kind.CODE, heading="state", value=lambda f: f.voucher.state, printed=True),
)

DOCUMENTS = (
    Column("document", Kind.TEXT, heading="document", value=lambda d: d.key),
    Column("type", Kind.CODE, heading="type", value=lambda d: d.type, printed=True),
    Column("number", Kind.TEXT, heading="document's number", value=lambda d: d.number, printed=True),
    *_party("seller", "seller", lambda d: d.seller, printed=True),
    *_party("buyer", "buyer", lambda d: d.buyer, printed=True),
    *_party("keeper", "keeper", lambda d: d.keeper),
    Column("issue_date", Kind.DATE, heading="issued on", value=lambda d: d.issue_date, printed=True),
    Column("due_date", Kind.DATE, heading="due on", value=lambda d: d.due_date, printed=True),
    Column("delivery_date", Kind.DATE, heading="delivered on", value=lambda d: d.delivery_date),
    Column(CURRENCY, Kind.TEXT, heading="currency", value=_currency_of_document, printed=True),
    _money("payable", "payable", lambda d: d.payable, printed=True, totalled=True),
    _money("owed", "owed", _backing("owed"), printed=True, totalled=True),
    _money("netted", "netted", _backing("netted")),
    _money("proven", "proven", _backing("proven"), printed=True, totalled=True),
    _money("used", "used", _backing("used"), printed=True, totalled=True),
    Column(
        "state",
        Kind.CODE,
        heading="state of the debt",
        value=_backing("state"),
        printed=True,
        words={"open": "owed in full"},
    ),
    Column("rules", Kind.CODES, heading="rules that block or cap it", value=_backing("rules"), printed=True),
    Column("broken_rules", Kind.CODES, heading="broken rules", value=lambda d: d.broken_rules),
    Column("proofs", Kind.KEYS, heading="documents behind it", value=_backing("proofs")),
    Column("file", Kind.TEXT, heading="file", value=lambda d: d.file),
    Column("sha256", Kind.TEXT, heading="SHA-256 of the file", value=lambda d: d.sha256),
)

FINDINGS = (
    Column("rule", Kind.CODE, heading="rule", value=lambda f: f.rule, printed=True),
    Column("severity", Kind.CODE, heading="effect", value=lambda f: f.severity, printed=True),
    Column("text", Kind.TEXT, heading="why", value=lambda f: f.text, printed=True),
    Column("documents", Kind.KEYS, heading="documents", value=lambda f: f.documents, printed=True),
    Column("file", Kind.TEXT, heading="file", value=lambda f: f.path, printed=True),
    Column("member", Kind.TEXT, heading="file within it", value=lambda f: f.member),
    Column("place", Kind.TEXT, heading="where", value=lambda f: f.place, printed=True),
    Column("case", Kind.TEXT, heading="case", value=lambda f: f.case),
)

#: The last columns of every report: when it is of. They are the same in every row; paper says it in its head.
MOMENT = (
    Column("as_of_day", Kind.DATE, heading="as of the day", value=lambda m: m.day),
    Column("as_of_block", Kind.INTEGER, heading="as of block", value=lambda m: m.block),
    Column("as_of_time", Kind.TIME, heading="ledger's time", value=lambda m: m.time),
)
