"""Faults are found where there are any, tried as the seed says, and those that no test finds are told."""

import json
from collections import Counter

import pytest

from tests.mutation.hunt import Bench, SuiteOrder, Verdict, Verdicts, hunt
from tests.mutation.operators import OPERATORS, mutants
from tests.mutation.report import report
from tests.mutation.sample import quotas
from tests.mutation.survivors import Kind, Known, SurvivorsUnreadable, entry, line_of, read
from tests.solidity.build import SuitesFail, build
from tests.solidity.syntax import Project
from tests.solidity.toys import lay


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    root = lay(tmp_path_factory.mktemp("toy"))
    built = build(root, root / "var")
    return root, built, Project.read(built.trees)


@pytest.fixture(scope="module")
def everything(toy):
    root, built, project = toy
    order = SuiteOrder(built.milliseconds)
    bench = Bench(root, project, built, order)
    found = mutants(project)
    try:
        verdicts = Verdicts(built.folder / "verdicts.jsonl")
        return hunt(found, len(found), 1, verdicts, [bench], lambda _: False, lambda *_: None)
    finally:
        bench.close()


def of(pairs, operator):
    return {
        (mutant.original, mutant.mutated): outcome.verdict for mutant, outcome in pairs if mutant.operator == operator
    }


def test_each_operator_finds_its_places(toy):
    assert {mutant.operator for mutant in mutants(toy[2])} == set(OPERATORS) - {"call"}


def test_a_dropped_guard_is_found_by_the_test_of_its_error(everything):
    verdicts = of(everything, "guard")
    assert verdicts["if (amount > content) revert TooMuch(amount, content);", "{}"] is Verdict.KILLED
    assert verdicts["if (msg.sender != owner) revert NotTheOwner(msg.sender);", "{}"] is Verdict.KILLED
    # The test calls as the owner: nothing shows that another could not take.
    assert Counter(mutant.place for mutant, _ in everything if mutant.original == "onlyOwner") == {
        "Till.fill": 1,
        "Till.take": 1,
    }
    survived = {
        mutant.place
        for mutant, outcome in everything
        if mutant.original == "onlyOwner" and outcome.verdict is Verdict.SURVIVED
    }
    assert survived == {"Till.take"}


def test_a_dropped_state_update_is_found_when_a_test_reads_the_state(everything):
    verdicts = of(everything, "update")
    assert verdicts["content += Cents.rounded(amount);", "{}"] is Verdict.KILLED
    assert verdicts["movements++;", "{}"] is Verdict.SURVIVED


def test_a_dropped_event_is_found_when_a_test_expects_it(everything):
    assert of(everything, "event") == {("emit Filled(amount);", "{}"): Verdict.KILLED}


def test_a_library_is_tried_in_the_contract_that_holds_it(everything):
    assert of(everything, "operands")["amount - (amount % 5)", "(amount % 5) - amount"] is Verdict.KILLED


def test_what_the_compiler_refuses_is_left_out(everything):
    refused = [outcome for _, outcome in everything if outcome.verdict is Verdict.UNCOMPILABLE]
    assert all(outcome.reason for outcome in refused)
    assert not any(outcome.verdict.counts for outcome in refused)


def test_a_run_goes_on_where_it_was(toy, everything):
    built = toy[1]
    verdicts = Verdicts(built.folder / "verdicts.jsonl")
    again = hunt(mutants(toy[2]), 10**6, 1, verdicts, [None], lambda _: False, lambda *_: None)
    assert again == everything


def test_the_seed_chooses_whatever_the_number_asked_for(toy, everything):
    built, found = toy[1], mutants(toy[2])

    def chosen(seed, count):
        verdicts = Verdicts(built.folder / "verdicts.jsonl")
        outcomes = hunt(found, count, seed, verdicts, [None], lambda _: False, lambda *_: None)
        assert sum(outcome.verdict.counts for _, outcome in outcomes) == count
        return {mutant.key for mutant, _ in outcomes}

    assert chosen(1, 20) == chosen(1, 20)
    assert chosen(1, 20) != chosen(2, 20)


def test_every_file_and_operator_has_its_part():
    sizes = {("a", "guard"): 100, ("a", "event"): 1, ("b", "constant"): 25}
    assert quotas(sizes, 3) == {("a", "guard"): 1, ("a", "event"): 1, ("b", "constant"): 1}
    assert quotas(sizes, 10) == {("a", "guard"): 6, ("a", "event"): 1, ("b", "constant"): 3}
    assert quotas(sizes, 1000) == sizes


def test_a_known_survivor_keeps_its_reason_when_lines_move(toy, everything, tmp_path):
    project = toy[2]
    survivors = [mutant for mutant, outcome in everything if outcome.verdict is Verdict.SURVIVED]
    text = "".join(entry(mutant, line_of(project, mutant)) for mutant in survivors).replace(
        'reason = ""', 'reason = "why"'
    )
    (tmp_path / "survivors.toml").write_text(text)
    known = read(tmp_path / "survivors.toml")
    found = report(project, 1, mutants(project), everything, known, 0.0)
    assert len(survivors) > 3
    assert not found.unexplained
    assert not found.stale
    assert found.score < 1
    json.dumps(found.as_dict())


def test_an_equivalent_survivor_does_not_count(toy, everything):
    project = toy[2]
    mutant = next(mutant for mutant, outcome in everything if outcome.verdict is Verdict.SURVIVED)
    fields = (mutant.file, mutant.place, mutant.operator, line_of(project, mutant), mutant.original, mutant.mutated)
    known = Known(*fields, Kind.EQUIVALENT, "why")
    found = report(project, 1, mutants(project), everything, [known], 0.0)
    assert found.counted == report(project, 1, mutants(project), everything, [], 0.0).counted - 1


def test_an_entry_whose_fault_a_test_finds_is_stale(toy, everything):
    project = toy[2]
    mutant = next(mutant for mutant, outcome in everything if outcome.verdict is Verdict.KILLED)
    fields = (mutant.file, mutant.place, mutant.operator, line_of(project, mutant), mutant.original, mutant.mutated)
    known = Known(*fields, Kind.ACCEPTED, "why")
    gone = Known("contracts/Gone.sol", "", "guard", "", "", "", Kind.ACCEPTED, "why")
    assert report(project, 1, mutants(project), everything, [known, gone], 0.0).stale == [known, gone]


def test_a_survivor_needs_a_reason(tmp_path):
    fields = dict.fromkeys(("file", "place", "operator", "source", "original", "mutated", "reason"), '""')
    lines = [f"{name} = {value}" for name, value in (fields | {"kind": '"accepted"'}).items()]
    (tmp_path / "survivors.toml").write_text("\n".join(["[[survivor]]", *lines]))
    with pytest.raises(SurvivorsUnreadable):
        read(tmp_path / "survivors.toml")


def test_a_test_that_fails_without_a_fault_is_told(tmp_path):
    root = lay(tmp_path / "toy")
    path = root / "contracts" / "test" / "Till.t.sol"
    path.write_text(path.read_text().replace("content() == 50", "content() == 51"))
    with pytest.raises(SuitesFail, match="test_what_is_filled_is_there"):
        build(root, root / "var")


def test_the_file_of_known_survivors_is_readable():
    read()
