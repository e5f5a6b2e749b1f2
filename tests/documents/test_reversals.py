"""What reversals take back of payments is what is said of them one by one, found without looking at each."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from document_samples import TODAY, document, to
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.documents.model import DocumentType
from chain.documents.trade.papers import Paper, Trade
from chain.documents.trade.reversals import net_of_reversals
from chain.documents.warehouses import Warehouses
from tests.effort import examples


def one_by_one(trade: Trade, paid: list[Paper], reversals: list[Paper]) -> dict[str, int]:
    """The rule as it is written: of all before it, those of its end-to-end id, then of its amount, then the last."""
    left = {paper.key: paper.document.payable_minor for paper in (*paid, *reversals)}
    for back in reversals:
        taken, named = back.document, set(trade.invoices(back.document))
        amount = left[back.key]

        def likeness(paper: Paper, taken=taken, amount=amount) -> tuple:
            one = paper.document
            same = bool(taken.end_to_end) and one.end_to_end == taken.end_to_end
            return same, left[paper.key] == amount, one.issue_date or date.min, paper.place

        before = [
            paper
            for paper in paid
            if named and set(trade.invoices(paper.document)) == named and paper.document.currency == taken.currency
            and (paper.document.issue_date or date.min) <= (taken.issue_date or date.max)
        ]  # fmt: skip
        for paper in sorted(before, key=likeness, reverse=True):
            part = min(left[paper.key], left[back.key])
            left[paper.key] -= part
            left[back.key] -= part
    return left


DAYS = st.one_of(st.none(), st.integers(0, 3).map(lambda days: date(2026, 5, 1) + timedelta(days=days)))
MONEY = st.tuples(
    st.integers(0, 4), DAYS, st.sampled_from(["", "E1", "E2"]), st.booleans(),
    st.sampled_from([("A",), ("A",), ("B",), ("A", "B"), ()]), st.sampled_from(["CNY", "CNY", "EUR"]),
)  # fmt: skip


@settings(max_examples=examples(300), deadline=None)
@given(st.lists(MONEY, max_size=14))
def test_what_is_taken_back_is_found_as_if_all_payments_were_looked_at_for_each_reversal(money):
    papers = [
        Paper(place, number, replace(document(DocumentType.INVOICE, number))) for place, number in enumerate("AB")
    ]
    for place, (minor, day, end_to_end, reversal, named, currency) in enumerate(money, start=len(papers)):
        paid = document(
            DocumentType.PAYMENT, f"P{place}", payable_minor=minor, issue_date=day, end_to_end=end_to_end,
            reversal=reversal, invoices=to(*named), currency=currency,
        )  # fmt: skip
        papers.append(Paper(place, f"P{place}", paid))
    trade = Trade("S", "B", papers, Warehouses({}), TODAY)
    paid = [paper for paper in papers[2:] if not paper.document.reversal]
    back = [paper for paper in papers if paper.document.reversal]
    assert net_of_reversals(trade, paid, back) == one_by_one(trade, paid, back)
