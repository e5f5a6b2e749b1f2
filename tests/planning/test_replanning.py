"""A plan after a change is the plan from scratch, and what no change touches is not decided again.

1. After any change of lines, payables, needs or rules, a planner that planned before gives what a new one gives.
2. A change in one part of the network leaves the others' decisions.
3. A frame of receivables fills the planner's table.
"""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from plan_checks import line, payable, small_worlds, world

from chain.planning import propagation
from chain.planning.model import PlanningInput
from chain.planning.propagation import Planner, plan
from chain.planning.table import as_table
from tests.effort import examples


@st.composite
def changed(draw: st.DrawFn, inputs: PlanningInput) -> PlanningInput:
    number = draw(st.integers(0, 3))
    if number == 0:
        new = payable(99, draw(st.sampled_from(["I1", "S1", "S2"])), draw(st.sampled_from(["S3", "S4"])), 2)
        return replace(inputs, payables=(*inputs.payables, new))
    if number == 1:
        grown = replace(inputs.lines[0], available_minor=inputs.lines[0].available_minor + 1)
        return replace(inputs, lines=(grown, *inputs.lines[1:]))
    if number == 2:
        return replace(inputs, payables=inputs.payables[1:])
    return replace(inputs, needs=inputs.needs | {draw(st.sampled_from(["S1", "S4"])): draw(st.integers(0, 3))})


@settings(max_examples=examples(60), deadline=None)
@given(st.data(), st.booleans())
def test_a_plan_after_a_change_is_the_plan_from_scratch(data: st.DataObject, rules: bool) -> None:
    planner = Planner()
    inputs = data.draw(small_worlds(rules=rules))
    for _ in range(3):
        assert planner.plan(as_table(inputs)).as_plan() == plan(inputs)
        inputs = data.draw(changed(inputs))


def islands(count: int) -> PlanningInput:
    lines, payables, needs = [], [], {}
    for island in range(count):
        names = [f"I{island}", *(f"S{island}.{number:02d}" for number in range(70))]
        lines.append(line(names[0], 500))
        payables += [payable(island * 100 + n, names[n // 3], names[n + 1], 40 + island) for n in range(70)]
        needs |= dict.fromkeys(names[1:], 10)
    return world(lines, payables, needs)


def test_only_the_part_that_a_change_touches_is_decided_again(monkeypatch) -> None:
    planner, inputs, decided = Planner(), islands(3), []
    really = propagation.decide
    monkeypatch.setattr(propagation, "decide", lambda *part: decided.append(part) or really(*part))
    planner.plan(as_table(inputs))
    assert len(decided) == 3
    planner.plan(as_table(inputs))
    assert len(decided) == 3
    more = replace(inputs, payables=(*inputs.payables, payable(999, "S1.05", "S1.60", 7)))
    planned = planner.plan(as_table(more)).as_plan()
    assert len(decided) == 4
    assert planned == plan(more)
