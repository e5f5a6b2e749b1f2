"""The fuzzer's own tests, without the fuzzer: seeds and a few changes of each hold what must hold, and what does not is told.

1. Every seed, and every seed with some changes, holds all invariants.
2. Each invariant is broken by what it is there for.
3. An input that broke something is written down, and replayed from there.
"""

import json
from dataclasses import replace
from datetime import date
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.documents.model import DocumentLine, DocumentType, Finding, PartyIdentifier, Severity, TradeDocument
from chain.documents.reading import FileOutcome, read_file
from tests.effort import examples
from tests.fuzzing import invariants
from tests.fuzzing.families import FAMILIES, joined, parts_of
from tests.fuzzing.findings import fault_of, replay, told, write_down
from tests.fuzzing.invariants import Broken, hold, hold_document, hold_finding, hold_outcome, hold_writing
from tests.fuzzing.mutation import mutated
from tests.fuzzing.seeds import samples

INVOICE = samples.ubl_invoice()


@pytest.mark.parametrize("family", FAMILIES.values(), ids=lambda family: family.name)
def test_every_seed_holds(family):
    for content in family.seeds():
        hold(family, content)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("family", FAMILIES.values(), ids=lambda family: family.name)
@settings(max_examples=examples(40), deadline=None)
@given(data=st.data())
def test_every_seed_with_changes_holds(family, data):
    content = data.draw(st.sampled_from(family.seeds()))
    hold(family, mutated(content, Random(data.draw(st.integers(0, 2**32)))))


def test_changes_depend_on_the_random_source_alone_and_often_stay_readable():
    made = [mutated(INVOICE, Random(seed)) for seed in range(60)]
    assert made == [mutated(INVOICE, Random(seed)) for seed in range(60)]
    assert len(set(made)) > 50
    assert sum(read_file("a", content).read for content in made) > 10


NAMES = st.text(st.characters(exclude_characters="\n", exclude_categories=["C"]), min_size=1, max_size=20)


@given(st.lists(st.tuples(NAMES, st.binary(max_size=40).filter(lambda part: b"====" not in part))))
def test_parts_are_joined_and_taken_apart(parts):
    assert parts_of(joined(parts)) == parts


# -------------------------------------------------------------------------------------------- what breaks is told


def outcome() -> FileOutcome:
    return read_file("input", INVOICE)


def changed(**facts: object) -> FileOutcome:
    (content,) = outcome().contents
    return replace(outcome(), contents=(replace(content, **facts),))


def finding(**facts: object) -> Finding:
    return replace(Finding("FileEmpty", Severity.REFUSED, "the file is empty"), **facts)


@pytest.mark.parametrize(
    ("broken", "rule"),
    [
        (replace(outcome(), contents=()), "neither read nor refused"),
        (changed(findings=(finding(),)), "read and refused"),
        (changed(findings=(finding(rule="TotalsDoNotAddUp", severity=Severity.BLOCKED),)), "blocked by a rule"),
        (changed(key="invoice|A|B"), "another key or digest"),
        (changed(findings=(finding(severity=Severity.FLAGGED, rule="NoSuchRule"),)), "no rule of documents"),
    ],
)
def test_an_outcome_that_cannot_be_is_told(broken, rule):
    with pytest.raises(Broken, match=rule):
        hold_outcome(broken)


@pytest.mark.parametrize(
    ("broken", "rule"),
    [
        (finding(rule="NoSuchRule"), "no rule of documents"),
        (finding(template="nobody translated this"), "no Chinese"),
        (finding(template="{what}", rule="FormatUnknown"), "no Chinese"),
        (finding(template="not supported yet: {what}", values={"what": "x" * 30_000}), "as long as the file"),
    ],
)
def test_a_finding_that_says_nothing_is_told(broken, rule):
    with pytest.raises(Broken, match=rule):
        hold_finding(broken)


def document(**facts: object) -> TradeDocument:
    return samples.document(DocumentType.INVOICE, "INV-1", **facts)


@pytest.mark.parametrize(
    ("broken", "rule"),
    [
        (document(payable_minor=2**63), "payable is no whole number"),
        (document(payable_minor=1.0), "payable is no whole number"),
        (document(lines=(DocumentLine("1", net_minor=2**63),)), "line net is no whole number"),
        (document(due_date=date(2149, 6, 7)), "no day of the ledger"),
        (document(seller=replace(samples.party(), identifiers=(PartyIdentifier("LEI", "ﷺ" * 200),))), "longer than"),
        (document(currency=None), "its canonical JSON is refused"),
        (document(payable_minor=11_301), "its canonical JSON says other broken_rules"),
    ],
)
def test_a_document_that_should_not_have_been_taken_is_told(broken, rule):
    with pytest.raises(Broken, match=rule):
        hold_document(broken)


@pytest.mark.parametrize(
    ("facts", "rule"), [({"number": "INV-2"}, "a number that"), ({"payable_minor": 11_301}, "an amount that")]
)
def test_what_does_not_stand_in_the_file_is_told(facts, rule):
    (read,) = outcome().documents
    with pytest.raises(Broken, match=rule):
        hold_writing(INVOICE, changed(document=replace(read, **facts)))


def test_a_reader_that_reads_another_writing_otherwise_is_told(monkeypatch):
    def confused(name: str, content: bytes, mapping: object = None) -> FileOutcome:
        return read_file(name, content if content == INVOICE or name == "again" else samples.ubl_invoice("INV-2"))

    monkeypatch.setattr(invariants, "read_file", confused)
    with pytest.raises(Broken, match="says something else"):
        hold(FAMILIES["ubl"], INVOICE)


@pytest.mark.parametrize(("limit", "rule"), [("SECONDS", "slow"), ("MEMORY_BYTES", "memory")])
def test_a_reader_that_takes_too_much_is_told(monkeypatch, limit, rule):
    monkeypatch.setattr(invariants, limit, -1)
    with pytest.raises(Broken, match=rule):
        hold(FAMILIES["ubl"], INVOICE)


def test_figures_that_do_not_fit_in_each_other_are_told(monkeypatch):
    class Wrong(invariants.TradeGraph):
        @property
        def receivables(self):
            frame = super().receivables
            return frame.with_columns(evidence_minor=frame["open_minor"] + 1)

    monkeypatch.setattr(invariants, "TradeGraph", Wrong)
    with pytest.raises(Broken, match="do not fit"):
        hold(FAMILIES["lines"], FAMILIES["lines"].seeds()[0])


def test_what_broke_is_written_down_and_replayed(tmp_path, monkeypatch):
    monkeypatch.setattr(invariants, "read_file", lambda *_, **__: json.loads(b"{"))
    with pytest.raises(json.JSONDecodeError) as caught:
        hold(FAMILIES["ubl"], INVOICE)
    path = write_down(tmp_path, "ubl", INVOICE, caught.value)
    assert told(path) == fault_of(caught.value) == "JSONDecodeError in ?"
    with pytest.raises(json.JSONDecodeError):
        replay(path)
    monkeypatch.undo()
    replay(path)
