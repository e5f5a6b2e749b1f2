"""What the decision takes and gives: plain frozen values, no database, no chain, no clock."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from hashlib import sha256

from chain.prices import Price

#: So many letters of its hash name a netting.
ID_LETTERS = 32


@dataclass(frozen=True, slots=True)
class Line:
    """A credit line as the planner sees it: what is free now. ``financing_minor`` is what the bank will still finance."""

    bank: str
    issuer: str
    currency: str
    available_minor: int
    financing_minor: int
    expiry: date
    annual_rate_basis_points: int
    """Where no row of ``prices`` fits."""
    prices: tuple[Price, ...] = ()
    """The pricing table; the first row that fits a piece counts."""


@dataclass(frozen=True, slots=True)
class Payable:
    """An open, evidence-backed debt: ``debtor`` owes ``creditor``. ``document`` is the invoice's key; ``proofs`` those of
    the order, despatch, receipt or warehouse receipt behind it."""

    document: str
    debtor: str
    creditor: str
    currency: str
    open_minor: int
    delivery: date
    due: date
    proofs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TenorCap:
    """From ``effective`` on, a voucher lives ``days`` days at most."""

    effective: date
    days: int


@dataclass(frozen=True, slots=True)
class PlanningRules:
    """The rulebook's figures that bind a plan (domain.md, 'Rules of the field'; notice 银发〔2025〕77号)."""

    max_tenor_days: int = 180
    max_hops: int = 16
    max_pieces: int = 500
    min_ticket_minor: int = 1
    """A piece below this is not worth its cost; 1 means no minimum."""
    min_tenor_days: int = 7
    """A new obligation lives at least this long: its waves take days to be signed, also for a payable that is due now."""
    tenor_caps: tuple[TenorCap, ...] = ()
    """Caps that come into force on a day; the last one in force on the plan's day replaces ``max_tenor_days``."""

    def longest_tenor(self, day: date) -> int:
        """The longest tenor, in days, of what is issued on ``day``."""
        in_force = [cap for cap in self.tenor_caps if cap.effective <= day]
        return max(in_force, key=lambda cap: (cap.effective, -cap.days)).days if in_force else self.max_tenor_days


@dataclass(frozen=True, slots=True)
class PlanningInput:
    """One currency's world on one day."""

    today: date
    currency: str
    lines: tuple[Line, ...]
    payables: tuple[Payable, ...]
    needs: dict[str, int]
    """Enterprise → minor units asked for."""
    groups: dict[str, str]
    """Enterprise → group of related parties; absent means its own."""
    rules: PlanningRules = PlanningRules()
    eligible_issuers: dict[str, frozenset[str]] | None = None
    """Enterprise → issuers whose paper it can finance; None means any."""
    finances: frozenset[str] | None = None
    """Enterprises that will discount what they get at the line's bank, so that it uses the bank's financing limit;
    None means nobody, so no financing limit binds."""
    eligible_banks: dict[str, frozenset[str]] | None = None
    """Enterprise → banks that serve it; None means any."""
    netted: dict[str, int] = field(default_factory=dict)
    """Document → minor units of it that are cancelled before anything is planned, as if everybody in a circle of debts
    consented."""
    keys_elsewhere: frozenset[str] = frozenset()
    """Enterprises that keep their keys themselves: they may get credit, which waits for their own answer, and give none."""


class StepKind(StrEnum):
    ISSUE = "issue"
    """The issuer pays a direct supplier with a new piece under a line."""
    TRANSFER = "transfer"
    """A holder pays its own supplier with part or all of a piece it received."""


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One piece to make. Steps of one wave can go together; a step's parent is in an earlier wave."""

    number: int
    wave: int
    """= hops of the new piece."""
    kind: StepKind
    obligation: str
    """Plan-local name of the obligation; issue steps that share it are legs of one issuance."""
    bank: str
    issuer: str
    payer: str
    recipient: str
    amount_minor: int
    currency: str
    maturity: date
    document: str
    """The invoice that backs this hop (payer is its buyer, recipient its seller)."""
    proofs: tuple[str, ...]
    parent: int | None
    """Number of the step whose piece this one is cut from; None for an issue."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something the plan leaves out, and the rule that says so. ``subject`` is a document key or an enterprise."""

    subject: str
    rule: str
    template: str
    values: dict[str, str | int]


@dataclass(frozen=True, slots=True)
class NettedInvoice:
    """One debt of a circle, and what the netting takes off it."""

    document: str
    debtor: str
    creditor: str
    minor: int
    open_minor: int = 0
    """Of which so much is taken off; 0 in plans that were kept before it was told."""


@dataclass(frozen=True, slots=True)
class Netting:
    """A proposal: debts that cancel in a circle, each reduced by the same amount, so that nobody's net position changes.
    It counts once all in ``parties`` have consented; until then it changes no step."""

    parties: tuple[str, ...]
    """Round the circle, each owing the next; who has to consent."""
    minor: int
    invoices: tuple[NettedInvoice, ...]
    bound_by: tuple[str, ...] = field(default=(), compare=False)
    """The last documents of debts of which nothing is left: these would have to be larger. Named as in `Outcome`."""

    @property
    def id(self) -> str:
        """Its name: a hash of who owes whom, over which invoices, and what is taken off of how much. Other figures, another
        name, so that no consent to one counts for the other."""
        figures = [(i.document, i.debtor, i.creditor, i.minor, i.open_minor) for i in self.invoices]
        return sha256(json.dumps([self.parties, figures]).encode()).hexdigest()[:ID_LETTERS]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the plan does for one enterprise, and what keeps it from more. Amounts in minor units."""

    enterprise: str
    need_minor: int
    met_minor: int
    met_tier2_minor: int
    received_minor: int
    passed_minor: int
    rule: str | None
    """The rule of its refusal; None where its need is met."""
    bound_by: tuple[str, ...]
    """What would have to grow first: names of lines, documents and financing limits on the minimum cut next above it."""


@dataclass(frozen=True, slots=True)
class PropagationPlan:
    """Issue and transfer steps in waves, with what they reach and the proof that no plan reaches more."""

    currency: str
    steps: tuple[PlanStep, ...]
    refusals: tuple[Refusal, ...]
    met: dict[str, int]
    """Enterprise → need met, minor units."""
    met_tier2_minor: int
    met_minor: int
    bound_tier2_minor: int
    """No plan meets more at tier ≥ 2; equal to ``met_tier2_minor`` when optimal."""
    bound_minor: int
    """No plan that meets ``bound_tier2_minor`` at tier ≥ 2 meets more in all."""
    cost: int
    """Σ amount × annual rate × tenor, in minor units × basis points × days; 3,600,000 of them are one minor unit (/360)."""
    bound_cost: int
    """No plan that meets as much costs less."""
    optimal: bool
    """All three figures are equal to their bounds, and the bounds are proven."""
    proof: str
    """How optimality (or the gap) is known: 'minimum cut', 'integer programme', 'bound'."""
    minimum_cut: tuple[str, ...] = ()
    """What binds: names of lines, documents and needs on the cut."""
    netting: tuple[Netting, ...] = ()
    """Proposals; they count only with everybody's consent."""
    outcomes: tuple[Outcome, ...] = ()
    """One an enterprise that needs, gets or passes on something, sorted."""
