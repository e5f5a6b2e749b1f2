"""Two writings of one paper of goods, or of one order. Rules held here:

1. The same facts by another way (words, more ids of a party, units, order of lines) are one paper, whichever came first.
2. A writing that says less than another says nothing against it; the one that says all counts.
3. What differs in party, reference, day, article, quantity or amount contradicts, and so do two writings of which each
   says what the other does not.
4. Which facts count, and whether they are contradicted, does not depend on the order in which writings come.
5. Documents in any batches give what the same documents give at once.
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import permutations

import pytest
from document_samples import BUYER, OTHER, SELLER, TODAY, document, lines, party, to, trade, warehouse_receipt
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.documents.directory import Directory
from chain.documents.face import face_of
from chain.documents.matching import match
from chain.documents.model import DocumentLine, DocumentType, Means, Party, PartyIdentifier, Publicity
from chain.graph.trade_graph import TradeGraph
from tests.effort import examples

GLN = PartyIdentifier("ICD:0088", "7300010000001")
FOUND = trade()
LINE = lines()[0]
PRICED = FOUND["order"].lines[0]


def matched(documents):
    return match(documents, Directory.from_documents(documents), {}, TODAY)


def again(kind, **facts):
    """The trade, and one of its papers by another way before or after."""
    copy = replace(FOUND[kind], source=replace(FOUND[kind].source, path="zz/again.csv"), **facts)
    return [*FOUND.values(), copy], [copy, *FOUND.values()]


def identified(usc, *more, name="示例公司"):
    return Party(name=name, identifiers=(PartyIdentifier("USCC", usc), *more), country="CN")


SAME = [
    ("receipt", {"buyer": identified(BUYER, name="示例公司 ")}),
    ("receipt", {"seller": identified(SELLER, GLN)}),
    ("receipt", {"seller": replace(party(SELLER), country=None)}),
    ("receipt", {"lines": (replace(LINE, quantity=Decimal("10000.0"), unit="g", number="7"),)}),
    ("receipt", {"orders": to("po 1"), "despatches": to("DN1")}),
    ("order", {"lines": (replace(PRICED, description="阴极铜"),)}),
    ("order", {"due_date": date(2026, 7, 1)}),
    ("order", {"lines": (replace(PRICED, item=None),)}),
    ("order", {"lines": (replace(PRICED, net_minor=None),)}),
    ("order", {"tax_minor": None}),
    ("despatch", {"lines": ()}),
    ("despatch", {"orders": ()}),
    ("receipt", {"lines": ()}),
    ("receipt", {"delivery_date": None, "despatches": ()}),
]


@pytest.mark.parametrize(("kind", "facts"), SAME)
def test_the_same_paper_by_another_way_or_saying_less_is_one_paper(kind, facts):
    for documents in again(kind, **facts):
        matching = matched(documents)
        assert [finding.rule for finding in matching.findings] == ["DocumentTwice"]
        assert [receivable.evidence_minor for receivable in matching.receivables] == [11_300]


def test_lines_in_another_order_are_the_same_lines():
    two = (*lines(4), replace(LINE, number="2", item="AL", order_line="2"))
    for documents in again("order", lines=two[::-1]):
        swapped = [replace(one, lines=two) if one is FOUND["order"] else one for one in documents]
        said = {finding.rule for finding in matched(swapped).findings}
        assert "DocumentTwice" in said
        assert "IdentityWithAnotherFace" not in said


OTHERWISE = [
    ("receipt", {"lines": lines(6)}, "their lines"),
    ("receipt", {"lines": (replace(LINE, unit="TNE"),)}, "their lines"),
    ("receipt", {"lines": (replace(LINE, item="AL"),)}, "their lines"),
    ("receipt", {"lines": (replace(LINE, order_line="2"),)}, "their lines"),
    (
        "receipt",
        {"lines": (replace(LINE, quantity=Decimal(5)), replace(LINE, number="2", quantity=Decimal(5)))},
        "their lines",
    ),
    ("receipt", {"delivery_date": date(2026, 5, 4)}, "their days"),
    ("receipt", {"orders": to("PO-2")}, "the papers that they name"),
    ("receipt", {"seller": party(OTHER)}, "their sellers"),
    ("despatch", {"buyer": party(OTHER)}, "their buyers"),
    ("despatch", {"issue_date": date(2026, 5, 2)}, "their days"),
    ("order", {"payable_minor": 11_301}, "their amounts"),
    ("order", {"currency": "USD"}, "their amounts"),
    ("order", {"lines": (replace(PRICED, net_minor=9_999),)}, "their lines"),
    ("order", {"broken_rules": ("TotalsDoNotAddUp",)}, "the rules that they break"),
]


@pytest.mark.parametrize(("kind", "facts", "difference"), OTHERWISE)
def test_what_truly_differs_contradicts_whichever_came_first_and_is_named(kind, facts, difference):
    for documents in again(kind, **facts):
        matching = matched(documents)
        (finding,) = [one for one in matching.findings if one.rule == "IdentityWithAnotherFace"]
        assert f"differ in {difference} (" in finding.text()
        assert sum(receivable.evidence_minor for receivable in matching.receivables) == 0


def test_of_two_writings_the_one_that_says_more_caps():
    said = replace(FOUND["receipt"], lines=lines(5))
    for silent in (replace(said, lines=()), replace(said, lines=(), delivery_date=None)):
        for receipts in permutations((said, silent)):
            (receivable,) = matched([FOUND["order"], FOUND["despatch"], *receipts, FOUND["invoice"]]).receivables
            assert receivable.evidence_minor == 5_650


def test_two_writings_of_which_each_says_what_the_other_does_not_prove_nothing_until_one_says_both():
    dated = replace(FOUND["receipt"], lines=())
    counted = replace(FOUND["receipt"], delivery_date=None)
    others = [FOUND["order"], FOUND["despatch"], FOUND["invoice"]]
    for receipts in permutations((dated, counted)):
        assert matched([*others, *receipts]).receivables[0].evidence_minor == 0
    for receipts in permutations((dated, counted, FOUND["receipt"])):
        assert matched([*others, *receipts]).receivables[0].evidence_minor == 11_300


def test_a_keepers_second_writing_that_names_buyer_and_order_stands_in_for_the_first():
    """It is what `GoodsHeldForNobody` asks for."""
    silent = warehouse_receipt(buyer=None, orders=())
    named = warehouse_receipt()
    order = FOUND["order"]
    invoice = replace(FOUND["invoice"], despatches=(), receipts=to("WR-1"))
    assert matched([order, silent, invoice]).receivables[0].evidence_minor == 0
    for receipts in permutations((silent, named)):
        assert matched([order, *receipts, invoice]).receivables[0].evidence_minor == 11_300
    assert matched([order, named, replace(named, pledged=True), invoice]).receivables[0].evidence_minor == 0


def test_an_assignment_of_another_moment_or_amount_is_another():
    means = Publicity(Means.REGISTRATION, 5)
    claim = document(DocumentType.ASSIGNMENT, "R", keeper=party(OTHER), currency="CNY", publicity=means)
    claim = replace(claim, invoices=tuple(replace(one, amount_minor=5) for one in to("INV-1")))
    more = replace(claim, invoices=tuple(replace(one, amount_minor=6) for one in to("INV-1")))
    for other in (more, replace(claim, publicity=Publicity(Means.REGISTRATION, 6)), replace(claim, reversal=True)):
        assert not face_of(claim, 1, 2, 3).is_of(face_of(other, 1, 2, 3))
    assert face_of(claim, 1, 2, 3).is_of(face_of(replace(claim, due_date=TODAY), 1, 2, 3))


# ------------------------------------------------------------------------------------------- writings in any order

DAYS = st.sampled_from([None, date(2026, 5, 2), date(2026, 5, 3)])
LINES = st.lists(
    st.builds(
        DocumentLine, st.just("1"), quantity=st.sampled_from([None, Decimal(5), Decimal(10)]), unit=st.just("KGM"),
        order_line=st.sampled_from([None, "1"]), item=st.sampled_from([None, "CU"]),
    ),
    max_size=2,
).map(tuple)  # fmt: skip
RECEIPTS = st.builds(
    lambda **facts: replace(FOUND["receipt"], **facts), lines=LINES, delivery_date=DAYS,
    despatches=st.sampled_from([(), to("DN-1")]), buyer=st.sampled_from([party(BUYER), party(BUYER, "别名")]),
)  # fmt: skip
STORED = st.builds(
    warehouse_receipt, lines=LINES, delivery_date=DAYS, orders=st.sampled_from([(), to("PO-1")]),
    buyer=st.sampled_from([None, party(BUYER)]),
)  # fmt: skip
ORDERS = st.builds(
    lambda **facts: replace(FOUND["order"], **facts), lines=LINES, tax_minor=st.sampled_from([None, 1_300]),
    payable_minor=st.sampled_from([None, 11_300, 11_300, 5_650]),
)  # fmt: skip
WRITINGS = st.lists(st.one_of(RECEIPTS, STORED, ORDERS), max_size=7)


@given(st.lists(RECEIPTS, min_size=2, max_size=4))
def test_saying_all_that_another_says_is_an_order_among_faces(documents):
    faces = [face_of(one, 1, 2, None) for one in documents]
    for one in faces:
        assert one.covers(one)
        for other in faces:
            assert one.is_of(other) == other.is_of(one)
            assert all(one.covers(third) for third in faces if one.covers(other) and other.covers(third))


@settings(max_examples=examples(200), deadline=None)
@given(WRITINGS, st.randoms(use_true_random=False))
def test_what_counts_does_not_depend_on_the_order_of_the_writings(documents, random):
    rest = [FOUND["despatch"], FOUND["invoice"]]
    one, other = (
        matched([*rest, *some]).receivables[0] for some in (documents, random.sample(documents, len(documents)))
    )
    assert one.evidence_minor == other.evidence_minor
    assert ("IdentityWithAnotherFace" in one.rules) == ("IdentityWithAnotherFace" in other.rules)


@settings(max_examples=examples(100), deadline=None)
@given(WRITINGS, st.lists(st.integers(0, 4), max_size=3), st.booleans())
def test_writings_in_any_batches_give_what_they_give_at_once(documents, sizes, named_late):
    late = [document(DocumentType.DESPATCH_ADVICE, "L", seller=identified(SELLER, GLN), buyer=identified(BUYER))]
    by_gln = [replace(FOUND["receipt"], seller=Party("x", (GLN,)), source=replace(FOUND["receipt"].source, path="g"))]
    pledged = [replace(one, pledged=True) for one in documents[:1] if one.type is DocumentType.WAREHOUSE_RECEIPT]
    documents = [FOUND["invoice"], *documents, *pledged, *(by_gln + late if named_late else ()), FOUND["despatch"]]
    at_once, batches, begin = TradeGraph(None, TODAY), TradeGraph(None, TODAY), 0
    at_once.add(documents)
    for size in (*sizes, *[1] * len(documents)):
        batches.add(documents[begin : begin + size])
        begin += size
    assert batches.findings == at_once.findings
    assert batches.matching.receivables == at_once.matching.receivables
