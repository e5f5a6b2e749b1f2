"""The default world tells the demo's story: credit goes down to the last tier, and limits are felt on the way.

1. In each batch the plan meets need at tiers 2, 3 and 4, is optimal, and does not meet all need: something binds.
2. Both batches together have 80 to 250 steps, so that the demo carries them out in about a minute.
3. What the first batch issues matures before the story ends; some of the second is live then.
4. Several banks carry the plans, a line and a financing limit bind, some holders sell, and some recipients reject.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date

import pytest

from chain.graph.trade_graph import TradeGraph
from chain.network import Network
from chain.planning.inputs import Backed, planning_input
from chain.planning.model import Line, PlanningInput, PlanStep, PropagationPlan, StepKind
from chain.planning.propagation import plan
from chain.world.generator import make_world
from chain.world.model import Damage, World

TODAY = date(2026, 11, 23)


@dataclass(frozen=True)
class Chapter:
    """One batch: what the planner was given and what it decided."""

    inputs: PlanningInput
    plan: PropagationPlan


def tell(world: World) -> list[Chapter]:
    """Plan batch after batch; every offer is accepted, and what matures is paid."""
    chapters: list[Chapter] = []
    documents = []
    backed: dict[str, int] = defaultdict(int)
    for batch in world.batches:
        sound = (Damage.TRUNCATED, Damage.UNKNOWN_CURRENCY, Damage.WRONG_TOTAL)
        documents += [file.document for file in batch.files if file.damage not in sound]
        graph = TradeGraph(world.network, batch.date)
        graph.add(documents)
        live = [step for chapter in chapters for step in chapter.plan.steps if step.maturity > batch.date]
        held = kept(live)
        inputs = planning_input(
            graph.receivables, world.network, free_lines(world.network, live),
            {key: Backed(minor, backed[key]) for key, minor in graph.receivables.select("document", "evidence_minor").rows()},
            held, batch.date, world.currency,
        )  # fmt: skip
        made = plan(inputs)
        chapters.append(Chapter(inputs, made))
        for step in made.steps:
            backed[step.document] += step.amount_minor
    return chapters


def kept(steps: list[PlanStep]) -> Counter[str]:
    """Enterprise → what it received and did not pass on."""
    result: Counter[str] = Counter()
    for step in steps:
        result[step.recipient] += step.amount_minor
        if step.kind is StepKind.TRANSFER:
            result[step.payer] -= step.amount_minor
    return result


def free_lines(network: Network, live: list[PlanStep]) -> list[Line]:
    used: Counter[tuple[str, str]] = Counter()
    for step in live:
        if step.kind is StepKind.ISSUE:
            used[step.bank, step.issuer] += step.amount_minor
    return [
        Line(
            line.bank, line.issuer, line.currency, line.limit_minor - used[line.bank, line.issuer],
            line.financing_limit_minor, line.expiry, line.annual_rate_basis_points,
        )
        for line in network.lines
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(1, 6))
def test_the_default_world_tells_the_demos_story(seed: int) -> None:
    world = make_world(seed, TODAY)
    chapters = tell(world)
    enterprises = {enterprise.id: enterprise for enterprise in world.network.enterprises}
    for chapter in chapters:
        met: Counter[int] = Counter()
        for enterprise, minor in chapter.plan.met.items():
            met[world.tiers[enterprise]] += minor
        assert min(met[tier] for tier in (2, 3, 4)) > 0, f"seed {seed}: {met}"
        assert max(step.wave for step in chapter.plan.steps) == 4
        assert chapter.plan.optimal, f"seed {seed}: {chapter.plan.proof}"
        assert chapter.plan.met_minor < sum(chapter.inputs.needs.values()), "something binds"
    steps = [step for chapter in chapters for step in chapter.plan.steps]
    assert 80 <= len(steps) <= 250, f"seed {seed}"
    assert all(step.maturity <= TODAY for step in chapters[0].plan.steps)
    assert any(step.maturity > TODAY for step in chapters[-1].plan.steps)
    assert len({step.bank for step in steps}) == 3
    first = chapters[0]
    issued: Counter[tuple[str, str]] = Counter()
    for step in first.plan.steps:
        if step.kind is StepKind.ISSUE:
            issued[step.bank, step.issuer] += step.amount_minor
    limits = {(line.bank, line.issuer): line.available_minor for line in first.inputs.lines}
    assert any(issued[place] == limit for place, limit in limits.items()), f"seed {seed}: no line is used up"
    assert sum(enterprises[name].discounts for name in kept(list(first.plan.steps))) >= 5
    rejected = [
        step
        for step in steps
        if (rule := enterprises[step.recipient].acceptance)
        and rule.reject_above_minor is not None
        and step.amount_minor > rule.reject_above_minor
    ]
    assert 1 <= len(rejected) <= len(steps) // 10, f"seed {seed}"
