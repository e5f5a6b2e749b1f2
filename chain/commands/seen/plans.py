"""Plans as a viewer may see them: the whole to who reads everything, its own steps, outcome and nettings to a party."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from pydantic import Field
from sqlalchemy import select

from chain.commands.names import for_people
from chain.commands.netting import nettings_of
from chain.commands.plan import load_plan, what_if
from chain.commands.seen.current import CurrentTrade, Known
from chain.commands.seen.nettings import Netting, in_circle, netting_seen
from chain.commands.seen.viewer import Participant, Viewer
from chain.commands.workspace import Home
from chain.documents.model import Frozen
from chain.errors import NotFound
from chain.language import fill
from chain.money import Money
from chain.planning import what_if as planning
from chain.planning.model import PlanStep, PropagationPlan, Refusal
from chain.planning.pricing import COST_OF_ONE_MINOR
from chain.store.tables import plans

#: Plans that are in memory at a time where many are looked through.
PLANS_AT_ONCE = 10
#: Who is in a step.
PARTS = ("bank", "issuer", "payer", "recipient")


class PlannedStep(Frozen):
    """One piece that the plan makes. ``document`` is null for who is no party to the invoice."""

    number: int
    wave: int
    kind: str
    """``issue`` or ``transfer``."""
    bank: Participant
    issuer: Participant
    payer: Participant
    recipient: Participant
    amount: Money
    maturity: date
    document: str | None
    parent: int | None
    """Number of the step whose piece this one is cut from."""


class Left(Frozen):
    """What the plan leaves out. ``text`` is null for a party: the reason may name others' figures."""

    subject: str
    rule: str
    text: str | None


class Bound(Frozen):
    """One thing that would have to grow first. ``name`` is null where it is not the caller's to see."""

    kind: str
    """``line``, ``document`` or ``financing_limit``."""
    name: str | None


class Outcome(Frozen):
    """What the plan does for one enterprise, and what keeps it from more."""

    enterprise: Participant
    need: Money
    met: Money
    met_below_first_tier: Money
    received: Money
    passed_on: Money
    netted: Money
    """What nettings of this plan take off what it owes, and off what it is owed, once they are agreed."""
    rule: str | None
    """Why its need is not met; null where it is."""
    bound_by: tuple[Bound, ...]


class Totals(Frozen):
    """What the plan reaches, and what no plan can exceed."""

    met: Money
    met_below_first_tier: Money
    bound: Money
    bound_below_first_tier: Money
    optimal: bool
    proof: str


class Planned(Frozen):
    """What is decided on a day, or the part of it that the caller is in (then without totals)."""

    currency: str
    day: date
    steps: tuple[PlannedStep, ...]
    left_out: tuple[Left, ...]
    outcomes: tuple[Outcome, ...] = Field(description="The caller's own; of all enterprises for who reads everything.")
    nettings: tuple[Netting, ...] = Field(description="Proposed by this plan, as they stand now; a party's own legs.")
    totals: Totals | None = Field(description="Null for a party: the network's figures are not its own.")


class Plan(Planned):
    """A plan, or the part of it that the caller is in (then without totals)."""

    id: int
    started: bool


class Difference(Frozen):
    """One amount of today's plan and of the other one."""

    what: str
    """``met``, ``met_below_first_tier``, ``netting`` and ``cost`` of the whole; ``met`` of an enterprise, ``line``: issued
    under it, ``document``: passed over it."""
    name: str | None
    """Of the enterprise, line or document; null: of the whole."""
    before: Money
    after: Money


class WhatIf(Frozen):
    """What would be planned today if the changes were made. It is kept nowhere and cannot be run."""

    plan: Planned
    steps_before: int
    """How many steps today's plan has without the changes."""
    differences: tuple[Difference, ...] = Field(description="The whole's, and what of the rest is not the same.")


class ListedPlan(Frozen):
    """A plan in the list. ``GET /v1/plans/{number}`` has what is in it."""

    id: int
    currency: str
    day: date
    started: bool
    steps: int = Field(description="How many steps the caller is in; of all enterprises for who reads everything.")


def plans_seen(
    home: Home, viewer: Viewer, *, before: int | None = None, most: int = 100
) -> tuple[list[ListedPlan], int | None]:  # fmt: skip
    """The plans with a step of the viewer's, the newest first, older than ``before``; for who reads everything all of them. And
    where the next page begins, None on the last."""
    statement = select(plans).order_by(plans.c.id.desc())
    if before is not None:
        statement = statement.where(plans.c.id < before)
    found: list[ListedPlan] = []
    with home.store.read() as connection:
        for row in connection.execution_options(yield_per=PLANS_AT_ONCE).execute(statement):
            steps = sum(_in(viewer, *(step[part] for part in PARTS)) for step in row.body["steps"])
            if not (steps or viewer.sees_all):
                continue
            if len(found) == most:
                return found, found[-1].id
            found.append(
                ListedPlan(
                    id=row.id, currency=row.currency, day=row.day, started=row.started_at is not None, steps=steps
                )
            )
    return found, None


def plan_seen(home: Home, current: CurrentTrade, viewer: Viewer, number: int, language: str) -> Plan:
    """A kept plan. Raises NotFound, also where the viewer has no part in it."""
    made = load_plan(home, number)
    with home.store.read() as connection:
        row = connection.execute(select(plans.c.day, plans.c.started_at).where(plans.c.id == number)).one()
    planned = _planned(home, current, viewer, made, row.day, language)
    if not viewer.sees_all and not (planned.steps or planned.left_out or planned.outcomes or planned.nettings):
        raise NotFound(what="plan", id=number)
    return Plan(**dict(planned), id=number, started=row.started_at is not None)


def what_if_seen(
    home: Home, current: CurrentTrade, viewer: Viewer, currency: str, changes: Sequence[str], language: str
) -> WhatIf:
    """What would be planned now if the changes were made, for who reads everything. Raises ChangeNotUnderstood."""
    before, after, found = what_if(home, currency, changes, current.get().trade)
    return WhatIf(
        plan=_planned(home, current, viewer, after, home.date(), language), steps_before=len(before.steps),
        differences=tuple(_difference(one, currency) for one in found if one.what != "steps"),
    )  # fmt: skip


#: How a figure of the whole is called here.
_CALLED = {"met_tier2_minor": "met_below_first_tier", "met_minor": "met", "netting_minor": "netting"}


def _difference(found: planning.Difference, currency: str) -> Difference:
    unit = COST_OF_ONE_MINOR if found.what == "cost" else 1
    before, after = (Money(round(figure / unit), currency) for figure in (found.before, found.after))
    return Difference(what=_CALLED.get(found.what, found.what), name=found.name or None, before=before, after=after)


def _planned(
    home: Home, current: CurrentTrade, viewer: Viewer, made: PropagationPlan, day: date, language: str
) -> Planned:
    known, names = current.get(), home.names()
    steps = tuple(
        _step(names, viewer, step) for step in made.steps if _in(viewer, *(getattr(step, part) for part in PARTS))
    )
    left = tuple(
        _left(viewer, refusal, made.currency, language) for refusal in made.refusals if _about(viewer, refusal, known)
    )
    outcomes = tuple(_outcomes(names, viewer, made, known))
    netted = [netting for netting in nettings_of(home, made, known.trade) if in_circle(viewer, netting)]
    return Planned(
        currency=made.currency, day=day, steps=steps, left_out=left, outcomes=outcomes,
        nettings=tuple(netting_seen(home, viewer, netting) for netting in netted),
        totals=_totals(made) if viewer.sees_all else None,
    )  # fmt: skip


def _in(viewer: Viewer, *parts: str) -> bool:
    return viewer.sees_all or viewer.enterprise in parts


def _about(viewer: Viewer, refusal: Refusal, known: Known) -> bool:
    return (
        viewer.sees_all
        or refusal.subject == viewer.enterprise
        or known.backs(refusal.subject, viewer.enterprise)
    )  # fmt: skip


def _step(names: dict[str, str], viewer: Viewer, step: PlanStep) -> PlannedStep:
    def named(enterprise: str) -> Participant:
        return Participant(id=enterprise, name=names.get(enterprise, enterprise))

    own = viewer.sees_all or viewer.enterprise in (step.bank, step.payer, step.recipient)
    return PlannedStep(
        number=step.number, wave=step.wave, kind=step.kind.value, bank=named(step.bank), issuer=named(step.issuer),
        payer=named(step.payer), recipient=named(step.recipient), amount=Money(step.amount_minor, step.currency),
        maturity=step.maturity, document=step.document if own else None, parent=step.parent,
    )  # fmt: skip


def _left(viewer: Viewer, refusal: Refusal, currency: str, language: str) -> Left:
    values = for_people(refusal.values, {}, currency)
    text = fill(refusal.template, values, language) if viewer.sees_all else None
    return Left(subject=refusal.subject, rule=refusal.rule, text=text)


def _outcomes(names: dict[str, str], viewer: Viewer, made: PropagationPlan, known: Known) -> Iterator[Outcome]:
    def money(minor: int) -> Money:
        return Money(minor, made.currency)

    for one in made.outcomes:
        if viewer.sees_all or viewer.enterprise == one.enterprise:
            yield Outcome(
                enterprise=Participant(id=one.enterprise, name=names.get(one.enterprise, one.enterprise)),
                need=money(one.need_minor), met=money(one.met_minor), met_below_first_tier=money(one.met_tier2_minor),
                received=money(one.received_minor), passed_on=money(one.passed_minor),
                netted=money(sum(n.minor for n in made.netting if one.enterprise in n.parties)), rule=one.rule,
                bound_by=tuple(_bound(viewer, name, known) for name in one.bound_by),
            )  # fmt: skip


def _bound(viewer: Viewer, thing: str, known: Known) -> Bound:
    kind = next(kind for kind in ("line", "document", "financing limit") if thing.startswith(f"{kind} "))
    name = thing.removeprefix(f"{kind} ")
    own = viewer.enterprise in name.split(" → ") or known.backs(name, viewer.enterprise)
    return Bound(kind=kind.replace(" ", "_"), name=name if viewer.sees_all or own else None)


def _totals(made: PropagationPlan) -> Totals:
    def money(minor: int) -> Money:
        return Money(minor, made.currency)

    return Totals(
        met=money(made.met_minor), met_below_first_tier=money(made.met_tier2_minor), bound=money(made.bound_minor),
        bound_below_first_tier=money(made.bound_tier2_minor), optimal=made.optimal, proof=made.proof,
    )  # fmt: skip
