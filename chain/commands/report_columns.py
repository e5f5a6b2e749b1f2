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
    name: str, heading: str, value: Callable[[Any], Participant | None], width: float = 0
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
        Column(name, Kind.TEXT, heading=heading, value=part("name"), width=width),
        Column(f"{name}_id", Kind.TEXT, heading=id_headings[name], value=part("id")),
    )


def _money(
    name: str, heading: str, value: Callable[[Any], Money | None], width: float = 0, *, totalled: bool = False
) -> Column:
    """An amount of the row's currency."""

    def minor(entry: Any) -> int | None:
        amount = value(entry)
        return None if amount is None else amount.minor

    return Column(f"{name}_minor", Kind.MONEY, heading, minor, unit=MINOR, width=width, totalled=totalled)


def _sum(name: str, heading: str, value: Callable[[Any], int], width: float) -> Column:
    """An amount that is minor units already, with its total."""
    return Column(f"{name}_minor", Kind.MONEY, heading, value, unit=MINOR, width=width, totalled=True)


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
    Column("voucher", Kind.TEXT, heading="voucher", value=lambda v: v.id, width=48),
    Column("parent", Kind.TEXT, heading="parent", value=lambda v: v.parent),
    Column("obligation", Kind.TEXT, heading="obligation", value=lambda v: v.obligation),
    Column("line", Kind.TEXT, heading="line", value=lambda v: v.line),
    *_party("issuer", "issuer", lambda v: v.issuer, 92),
    *_party("holder", "holder", lambda v: v.owner, 92),
    *_party("giver", "given by", lambda v: v.given_by, 92),
    Column("state", Kind.CODE, heading="state", value=lambda v: v.state, width=44),
    Column(CURRENCY, Kind.TEXT, heading="currency", value=lambda v: v.initial.currency, width=38),
    _money("amount", "amount", lambda v: v.amount, 66, totalled=True),
    _money("initial", "amount when made", lambda v: v.initial, 66),
    Column("hops", Kind.INTEGER, heading="hops", value=lambda v: v.hops),
    Column("tier", Kind.INTEGER, heading="tier", value=lambda v: v.tier, width=26),
    Column("maturity", Kind.DATE, heading="maturity", value=lambda v: v.maturity, width=48),
    Column("overdue", Kind.FLAG, heading="overdue", value=lambda v: v.overdue, width=36),
    Column("financed", Kind.FLAG, heading="financed", value=lambda v: v.financed, width=38),
    _money("price", "price", lambda v: v.price),
    Column("document", Kind.KEY, heading="invoice", value=lambda v: v.document, width=84),
    Column("offer_deadline", Kind.TIME, heading="offer's deadline", value=lambda v: v.offer_deadline),
    Column("created_at", Kind.TIME, heading="made at", value=lambda v: v.created_at),
    Column("closed_at", Kind.TIME, heading="closed at", value=lambda v: v.closed_at),
)

EXPOSURE = (
    *_party("bank", "bank", lambda c: c.bank, 120),
    *_party("issuer", "issuer", lambda c: c.issuer, 120),
    Column("group", Kind.INTEGER, heading="issuer's group", value=lambda c: c.group or None, width=44),
    Column("kind", Kind.CODE, heading="kind", value=lambda c: c.kind, width=60),
    Column("tier", Kind.INTEGER, heading="tier", value=lambda c: c.tier, width=30),
    Column("bucket", Kind.CODE, heading="days to maturity", value=lambda c: c.bucket or None, unit=DAYS, width=60),
    Column(CURRENCY, Kind.TEXT, heading="currency", value=lambda c: c.amount.currency, width=44),
    _money("amount", "amount", lambda c: c.amount, 90, totalled=True),
)

MATURITIES = (
    Column("maturity", Kind.DATE, heading="maturity", value=lambda d: d.maturity, width=56),
    Column("days", Kind.INTEGER, heading="days to maturity", value=lambda d: d.days, unit=DAYS, width=44),
    *_party("issuer", "issuer", lambda d: d.issuer, 150),
    Column("pieces", Kind.INTEGER, heading="pieces", value=lambda d: d.pieces, width=44),
    Column(CURRENCY, Kind.TEXT, heading="currency", value=lambda d: d.currency, width=44),
    _sum("amount", "amount", lambda d: d.minor, 88),
    _sum("receive", "you receive", lambda d: d.receive, 88),
    _sum("pay", "you pay", lambda d: d.pay, 88),
    _sum("overdue", "overdue", lambda d: d.overdue, 88),
)

LINES = (
    Column("line", Kind.TEXT, heading="line", value=lambda one: one.id, width=40),
    *_party("bank", "bank", lambda one: one.bank, 110),
    *_party("issuer", "issuer", lambda one: one.issuer, 110),
    Column(CURRENCY, Kind.TEXT, heading="currency", value=lambda one: one.limit.currency, width=40),
    _money("limit", "limit", lambda one: one.limit, 80, totalled=True),
    _money("used", "used", lambda one: one.used, 80, totalled=True),
    _money("available", "available", lambda one: one.available, 80, totalled=True),
    # These two are of bank and issuer, and stand at each of their lines: their sums would count them twice.
    _money("financing_limit", "financing limit", lambda one: one.financing_limit, 80),
    _money("financed", "financed", lambda one: one.financed, 80),
    Column("expiry", Kind.DATE, heading="expiry", value=lambda one: one.expiry, width=52),
    Column("suspended", Kind.FLAG, heading="suspended", value=lambda one: one.suspended, width=46),
    Column("annual_rate_basis_points", Kind.INTEGER, heading="annual rate in basis points",
           value=lambda one: one.annual_rate_basis_points, unit=BASIS_POINTS, width=46),
)  # fmt: skip

FINANCINGS = (
    Column("voucher", Kind.TEXT, heading="voucher", value=lambda f: f.voucher.id, width=50),
    Column("sold_at", Kind.TIME, heading="sold at", value=lambda f: f.voucher.created_at, width=74),
    Column("side", Kind.CODE, heading="side", value=lambda f: f.side, width=52),
    *_party("seller", "seller", lambda f: f.voucher.given_by, 96),
    *_party("bank", "bank", lambda f: f.voucher.owner, 96),
    *_party("issuer", "issuer", lambda f: f.voucher.issuer, 96),
    Column("line", Kind.TEXT, heading="line", value=lambda f: f.voucher.line),
    Column(CURRENCY, Kind.TEXT, heading="currency", value=lambda f: f.voucher.initial.currency, width=40),
    _money("face", "face", lambda f: f.voucher.initial, 72, totalled=True),
    _money("price", "price", lambda f: f.voucher.price, 72, totalled=True),
    _money("discount", "discount", lambda f: f.discount, 62, totalled=True),
    Column("maturity", Kind.DATE, heading="maturity", value=lambda f: f.voucher.maturity, width=50),
    Column("state", Kind.CODE, heading="state", value=lambda f: f.voucher.state, width=46),
)

DOCUMENTS = (
    Column("document", Kind.TEXT, heading="document", value=lambda d: d.key),
    Column("type", Kind.CODE, heading="type", value=lambda d: d.type, width=54),
    Column("number", Kind.TEXT, heading="number", value=lambda d: d.number, width=88),
    *_party("seller", "seller", lambda d: d.seller, 84),
    *_party("buyer", "buyer", lambda d: d.buyer, 84),
    *_party("keeper", "keeper", lambda d: d.keeper),
    Column("issue_date", Kind.DATE, heading="issued on", value=lambda d: d.issue_date, width=46),
    Column("due_date", Kind.DATE, heading="due on", value=lambda d: d.due_date, width=46),
    Column("delivery_date", Kind.DATE, heading="delivered on", value=lambda d: d.delivery_date),
    Column(CURRENCY, Kind.TEXT, heading="currency", value=_currency_of_document, width=38),
    _money("payable", "payable", lambda d: d.payable, 62, totalled=True),
    _money("owed", "owed", _backing("owed"), 62, totalled=True),
    _money("netted", "netted", _backing("netted")),
    _money("proven", "proven", _backing("proven"), 62, totalled=True),
    _money("used", "used", _backing("used"), 62, totalled=True),
    Column(
        "state",
        Kind.CODE,
        heading="state of the debt",
        value=_backing("state"),
        width=50,
        words={"open": "owed in full"},
    ),
    Column("rules", Kind.CODES, heading="rules that block or cap it", value=_backing("rules"), width=70),
    Column("broken_rules", Kind.CODES, heading="broken rules", value=lambda d: d.broken_rules),
    Column("proofs", Kind.KEYS, heading="documents behind it", value=_backing("proofs")),
    Column("file", Kind.TEXT, heading="file", value=lambda d: d.file),
    Column("sha256", Kind.TEXT, heading="SHA-256 of the file", value=lambda d: d.sha256),
)

FINDINGS = (
    Column("rule", Kind.CODE, heading="rule", value=lambda f: f.rule, width=110),
    Column("severity", Kind.CODE, heading="effect", value=lambda f: f.severity, width=50),
    Column("text", Kind.TEXT, heading="why", value=lambda f: f.text, width=290),
    Column("documents", Kind.KEYS, heading="documents", value=lambda f: f.documents, width=150),
    Column("file", Kind.TEXT, heading="file", value=lambda f: f.path, width=100),
    Column("member", Kind.TEXT, heading="file within it", value=lambda f: f.member),
    Column("place", Kind.TEXT, heading="where", value=lambda f: f.place, width=90),
    Column("case", Kind.TEXT, heading="case", value=lambda f: f.case),
)

#: The last columns of every report: when it is of. They are the same in every row; paper says it in its head.
MOMENT = (
    Column("as_of_day", Kind.DATE, heading="as of the day", value=lambda m: m.day),
    Column("as_of_block", Kind.INTEGER, heading="as of block", value=lambda m: m.block),
    Column("as_of_time", Kind.TIME, heading="ledger's time", value=lambda m: m.time),
)
