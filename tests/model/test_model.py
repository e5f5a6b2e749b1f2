"""The ledger on chain and a model of it in dictionaries agree on every step of random histories.

1. An action is refused by the contracts exactly if it breaks a rule of the model, and the refusal's name is such a rule's.
2. After each step every word that the model touched is the same in storage; every 1,000 steps, and at the end, all words
   are, and there is no other word in the storage of ledger, registry, participants and rulebook.

More of the same: ``make test-deep``.
"""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.issuance.compilation import build
from tests.model.__main__ import main
from tests.model.chain import ROOT, START, Difference, private_key
from tests.model.driver import Run
from tests.model.histories import WEIGHTS, Action
from tests.model.ledger import Ledger
from tests.model.shrinking import difference_of, shrunk
from tests.model.state import DAY
from tests.model.words import TABLES

STEPS = 1_500
SEEDS = (1, 2, 3, 4)


@pytest.fixture(scope="module")
def artifacts():
    return build(ROOT)


@pytest.mark.parametrize("seed", SEEDS)
def test_model_and_contracts_agree(artifacts, seed):
    run = Run(seed, artifacts)
    try:
        run.run(STEPS)
    except Difference as difference:
        step = run.figures.steps + 1
        pytest.fail(
            f"seed {seed}, step {step}: {difference}\n"
            f"replay: python -m tests.model --seed {seed} --steps {step} --history {step}"
        )
    assert run.figures.steps == STEPS


def test_day_zero_is_refused_by_a_rule(artifacts):
    """Found by a history: where days begin with UTC's, the rule's own arithmetic failed instead."""
    run = Run(0, artifacts)
    bank, issuer = run.history.keys[1], run.history.keys[4]
    run.step(Action(1, bank, "CreditLedger", "grantLine", (5, 10**6, 1, START // DAY + 90, 0, 0)))
    leg = (8, 10, 1, START + 9)
    run.step(Action(1, issuer, "CreditLedger", "issue", (5 << 8 | 1, 1, 0, False, [leg])))
    assert set(run.figures.refused) <= {"DeadlineBeyondMaturity", "MaturityNotAhead"}
    assert run.figures.refused.total() == 1


def test_a_history_is_its_seed(artifacts):
    one, other = Run(7, artifacts), Run(7, artifacts)
    one.run(60)
    other.run(60)
    assert one.actions == other.actions


def test_a_model_that_forgets_one_rule_is_caught(artifacts):
    forgetful = Run(3, artifacts)
    forgetful.model.need = _without_rule(forgetful.model.need, "NotTheOwner")  # type: ignore[method-assign]
    with pytest.raises(Difference, match="NotTheOwner"):
        forgetful.run(3_000)


def test_a_word_that_the_model_does_not_know_is_found(artifacts):
    run = Run(5, artifacts)
    run.run(5)
    run.chain.evm.insert_account_storage(run.chain.addresses["CreditLedger"], 2**200, 7)
    with pytest.raises(Difference, match="does not know"):
        run.compare_all()


def _without_rule(need, rule):
    return lambda holds, name: True if name == rule else need(holds, name)


def _without_rule_in_class(need, rule):
    return lambda self, holds, name: True if name == rule else need(self, holds, name)


def test_a_history_that_agrees_cannot_be_shrunk(artifacts):
    run = Run(2, artifacts)
    run.run(20)
    assert difference_of(2, run.history_actions, artifacts) is None
    assert shrunk(2, run.history_actions, artifacts) is None


def test_a_difference_is_told_in_few_steps(artifacts, monkeypatch):
    """Steps that have nothing to do with it are left out."""
    monkeypatch.setattr(Ledger, "need", _without_rule_in_class(Ledger.need, "RoleMissing"))
    run = Run(3, artifacts)
    with pytest.raises(Difference):
        run.run(3_000)
    shorter = shrunk(3, run.history_actions, artifacts)
    assert shorter is not None
    actions, text = shorter
    assert len(actions) < 10
    assert "RoleMissing" in text


def test_the_command_tells_its_figures(capsys):
    assert main(["--steps", "80", "--history", "50", "--seed", "11", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert (figures["steps"], figures["seeds"]) == (80, [11, 12])


@given(st.data())
def test_a_word_is_taken_apart_as_it_is_put_together(data):
    layout = TABLES[data.draw(st.sampled_from(sorted(TABLES)))].layout
    row = {}
    for name, bits in layout.fields:
        low, high = (-(1 << -bits - 1), (1 << -bits - 1) - 1) if bits < 0 else (0, (1 << bits) - 1)
        row[name] = data.draw(st.integers(low, high))
    assert layout.unpack(layout.pack(row)) == {**row, "beyond": 0}


def test_no_field_is_in_two_places():
    for name, table in TABLES.items():
        assert sum(abs(bits) for _, bits in table.layout.fields) <= 256, name


def test_private_keys_are_all_different():
    assert len({private_key(number).to_hex() for number in range(100)}) == 100


def test_every_kind_of_action_is_drawn():
    chosen = random.Random(1).choices(list(WEIGHTS), list(WEIGHTS.values()), k=20_000)
    assert set(chosen) == set(WEIGHTS)
