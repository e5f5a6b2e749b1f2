"""Three flows: what is paid, answered, billed and seen on the way. Rules held here:

1. Payments and bills that name an invoice reduce what is open, and first of all what may back credit.
2. A payment that names nothing settles nothing: it is proposed, or said to be open.
3. The buyer's last answer counts: what it contests or rejects backs nothing.
4. Confidence is the sum of its reasons, and each reason names a document.
5. What looks wrong, and may be right, is flagged and changes nothing.
"""

import itertools
from dataclasses import replace
from datetime import date, timedelta

import pytest
from document_samples import KEEPER, OTHER, TODAY, document, lines, party, to, trade, warehouse_receipt
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.documents.directory import Directory
from chain.documents.matching import Matching, match
from chain.documents.model import Answer, DocumentType, Movement, Severity, TradeDocument
from chain.documents.receivable import ReceivableState, Stage
from tests.effort import examples


def matched(*documents: TradeDocument, found: dict[str, TradeDocument] | None = None, today: date = TODAY) -> Matching:
    every = [*(trade() if found is None else found).values(), *documents]
    return match(every, Directory.from_documents(every), {}, today)


def rules(matching: Matching) -> list[str]:
    return [finding.rule for finding in matching.findings]


def payment(minor: int, number: str = "PAY-1", of: tuple[str, ...] = ("INV-1",), **facts) -> TradeDocument:
    facts = {"currency": "CNY", "invoices": to(*of)} | facts
    return document(DocumentType.PAYMENT, number, payable_minor=minor, **facts)


def response(answer: Answer, number: str = "IR-1", **facts) -> TradeDocument:
    return document(DocumentType.INVOICE_RESPONSE, number, answer=answer, invoices=to("INV-1"), **facts)


# ------------------------------------------------------------------------------------------------------------- money


@pytest.mark.parametrize(
    ("paid", "left", "state"), [(5_000, 6_300, ReceivableState.PARTLY_PAID), (11_300, 0, ReceivableState.PAID)]
)
def test_a_payment_reduces_the_invoice_that_it_names(paid, left, state):
    matching = matched(payment(paid))
    (receivable,) = matching.receivables
    assert matching.findings == ()
    assert (receivable.paid_minor, receivable.open_minor, receivable.evidence_minor) == (paid, left, left)
    assert (receivable.state, receivable.blocked_by, len(receivable.payments)) == (state, None, 1)


def test_part_payments_add_up_and_what_is_too_much_is_flagged():
    matching = matched(payment(5_000), payment(9_000, "PAY-2"))
    assert matching.receivables[0].open_minor == 0
    assert rules(matching) == ["PaymentAboveInvoices"]
    assert "27.00 CNY" in matching.findings[0].text()


def test_one_payment_on_the_statements_of_both_sides_counts_once():
    other = payment(5_000, keeper=party(OTHER))
    assert matched(payment(5_000), other).receivables[0].paid_minor == 5_000


@pytest.mark.parametrize(
    ("facts", "paid"),
    [
        ({}, 5_000), ({"invoices": ()}, 5_000), ({"issue_date": date(2026, 5, 13)}, 5_000),
        ({"issue_date": date(2026, 5, 14)}, 10_000), ({"keeper": party(KEEPER)}, 10_000), ({"end_to_end": ""}, 10_000),
        ({"end_to_end": "E-2"}, 10_000), ({"payable_minor": 4_000}, 9_000),
    ],
)  # fmt: skip
def test_one_payment_numbered_by_two_banks_is_known_by_its_end_to_end_id(facts, paid):
    one = payment(5_000, "A", end_to_end="E-1", keeper=party(KEEPER), issue_date=date(2026, 5, 10))
    other = replace(one, **({"number": "B", "keeper": party(OTHER)} | facts))
    for papers in ((one, other), (other, one)):
        assert matched(*papers).receivables[0].paid_minor == paid


@pytest.mark.parametrize("end_to_end", ["", "E-1"])
@pytest.mark.parametrize("number", ["A", "B"])
def test_of_two_writings_of_one_payment_that_which_names_the_invoice_counts_whichever_comes_first(number, end_to_end):
    named = payment(11_300, "A", keeper=party(KEEPER), end_to_end="E-1" if number == "B" else "")
    silent = replace(named, number=number, keeper=party(OTHER), invoices=())
    silent = silent if number == "B" else replace(silent, end_to_end=end_to_end)
    for papers in ((named, silent), (silent, named)):
        matching = matched(*papers)
        assert (matching.receivables[0].open_minor, rules(matching)) == (0, [])


@pytest.mark.parametrize("unsaid", [{"buyer": None}, {"invoices": ()}, {"payable_minor": 1}])
def test_of_two_writings_of_one_payment_that_which_takes_most_off_counts_whichever_comes_first(unsaid):
    named = payment(11_300, keeper=party(KEEPER))
    for papers in ((named, replace(named, **unsaid)), (replace(named, **unsaid), named)):
        assert matched(*papers).receivables[0].open_minor == 0


@settings(max_examples=examples(40), deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("ABCD"), st.sampled_from([KEEPER, OTHER]), st.sampled_from(["", "E1", "E2"]),
                  st.integers(1, 8), st.booleans()),
        max_size=8, unique_by=lambda one: one[:2],
    ),
    st.randoms(),
)  # fmt: skip
def test_what_is_paid_does_not_depend_on_the_order_in_which_statements_come(written, shuffle):
    papers = [
        payment(100, number, of=("INV-1",) if names else (), keeper=party(bank), end_to_end=end_to_end,
                issue_date=date(2026, 5, day))
        for number, bank, end_to_end, day, names in written
    ]  # fmt: skip
    paid = matched(*papers).receivables[0].paid_minor
    shuffle.shuffle(papers)
    assert matched(*papers).receivables[0].paid_minor == paid


@pytest.mark.parametrize("back", [11_300, 4_000])
def test_what_is_paid_again_after_it_was_returned_is_paid(back):
    first = payment(11_300, "A", issue_date=date(2026, 5, 10))
    returned = payment(back, "B", issue_date=date(2026, 5, 11), reversal=True)
    again = payment(back, "C", issue_date=date(2026, 5, 12))
    for papers in itertools.permutations((first, returned, again)):
        matching = matched(*papers)
        assert matching.receivables[0].state is ReceivableState.PAID
        assert rules(matching) == []


def test_a_payment_over_several_invoices_pays_what_it_says_of_each():
    second = replace(trade()["invoice"], number="INV-2")
    found = trade(ordered=99_999) | {"second": second}
    stated = (replace(to("INV-1")[0], amount_minor=1_000), replace(to("INV-2")[0], amount_minor=2_000))
    receivables = matched(payment(3_000, invoices=stated), found=found).receivables
    assert [receivable.paid_minor for receivable in receivables] == [1_000, 2_000]
    assert rules(matched(payment(9_000, invoices=stated))) == []  # the rest pays something else
    receivables = matched(payment(12_300, of=("INV-1", "INV-2")), found=found).receivables
    assert [receivable.paid_minor for receivable in receivables] == [11_300, 1_000]


@pytest.mark.parametrize("kind", [DocumentType.PAYMENT, DocumentType.CREDIT_NOTE, DocumentType.BILL])
def test_what_names_one_invoice_is_taken_off_it_before_what_names_several_whichever_comes_first(kind):
    second = replace(trade()["invoice"], number="INV-2")
    found = trade(ordered=99_999) | {"second": second}
    one = document(kind, "ONE", currency="CNY", payable_minor=11_000, invoices=to("INV-1"))
    several = document(kind, "SEVERAL", currency="CNY", payable_minor=11_600, invoices=to("INV-1", "INV-2"))
    for papers in itertools.permutations((one, several)):
        matching = matched(*papers, found=found)
        assert [receivable.open_minor for receivable in matching.receivables] == [0, 0]
        assert not {"PaymentAboveInvoices", "CreditNoteAboveInvoice"} & set(rules(matching))


def test_a_reversal_takes_the_payment_back_whenever_it_comes():
    back = payment(5_000, "REV-1", reversal=True)
    for papers in ([payment(5_000), back], [back, payment(5_000)]):
        matching = matched(*papers)
        assert (matching.receivables[0].open_minor, matching.findings) == (11_300, ())
    assert rules(matched(back)) == ["ReversalWithoutPayment"]


def test_a_payment_that_names_nothing_is_proposed_and_settles_nothing():
    matching = matched(payment(11_300, of=()))
    assert rules(matching) == ["PaymentProposed"]
    assert matching.receivables[0].open_minor == 11_300
    assert {key.partition("|")[0] for key in matching.findings[0].documents} == {"payment", "invoice"}
    assert rules(matched(payment(11_299, of=()))) == ["PaymentWithoutInvoice"]
    assert rules(matched(payment(11_300, of=("INV-9",)))) == ["PaymentProposed"]


def test_a_payment_in_another_currency_changes_nothing():
    matching = matched(payment(5_000, currency="EUR"))
    assert rules(matching) == ["CurrencyDiffers"]
    assert matching.receivables[0].open_minor == 11_300


def test_a_bill_that_pays_an_invoice_reduces_what_may_back_credit():
    bill = document(DocumentType.BILL, "5" * 30, currency="CNY", payable_minor=4_000, invoices=to("INV-1"))
    (receivable,) = matched(bill).receivables
    assert (receivable.billed_minor, receivable.open_minor, receivable.evidence_minor) == (4_000, 7_300, 7_300)


def test_parts_of_one_bill_are_papers_of_their_own_whoever_holds_them():
    def part(first: int, last: int, **facts) -> TradeDocument:
        return document(
            DocumentType.BILL, "5" * 30, currency="CNY", payable_minor=last - first + 1, sub_range=(first, last),
            invoices=to("INV-1"), **facts,
        )  # fmt: skip

    matching = matched(part(1, 1_000), part(1_001, 3_000), part(1, 1_000))
    assert (matching.receivables[0].billed_minor, rules(matching)) == (3_000, ["DocumentTwice"])
    assert rules(matched(part(1, 1_000), part(1, 1_000, seller=party(OTHER)))) == ["DocumentTwice"]


def test_two_payers_payments_of_one_number_are_two():
    other = replace(payment(700, of=()), buyer=party(OTHER))
    assert rules(matched(payment(5_000), other)) == ["PaymentWithoutInvoice"]


def test_what_is_paid_is_taken_off_what_is_proven_first():
    found = trade() | {"receipt": replace(trade()["receipt"], lines=lines(6))}  # 6,780 of 11,300 are proven
    (receivable,) = matched(payment(5_000), found=found).receivables
    assert (receivable.open_minor, receivable.evidence_minor) == (6_300, 1_780)


def test_a_paid_invoice_still_takes_its_goods():
    found = trade(ordered=11_300)
    again = replace(found["invoice"], number="INV-22", issue_date=date(2026, 5, 20))
    receivables = matched(payment(11_300), again, found=found).receivables
    assert [receivable.evidence_minor for receivable in receivables] == [0, 0]


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(st.tuples(st.integers(1, 9_000), st.booleans()), max_size=6))
def test_open_and_evidence_stay_between_nothing_and_what_is_owed(payments):
    papers = [payment(minor, f"P-{n}", reversal=back) for n, (minor, back) in enumerate(payments)]
    (receivable,) = matched(*papers).receivables
    kept = sum(-minor if back else minor for minor, back in payments)
    expected = min(11_300, max(0, kept))
    assert receivable.paid_minor == expected
    assert receivable.evidence_minor == receivable.open_minor == 11_300 - expected


# ------------------------------------------------------------------------------------------------------------ answers


def test_what_the_buyer_accepts_is_confirmed():
    matching = matched(response(Answer.ACCEPTED))
    (receivable,) = matching.receivables
    assert (receivable.state, matching.findings) == (ReceivableState.CONFIRMED, ())
    assert receivable.confidence > matched().receivables[0].confidence


@pytest.mark.parametrize(
    ("answer", "rule"),
    [
        (Answer.DISPUTED, "InvoiceDisputed"), (Answer.CHANGED, "InvoiceDisputed"), (Answer.REJECTED, "InvoiceRejected"),
        (Answer.PAID, "SaidToBePaid"),
    ],
)  # fmt: skip
def test_what_the_buyer_contests_backs_nothing(answer, rule):
    matching = matched(response(answer))
    assert rules(matching) == [rule]
    assert (matching.receivables[0].blocked_by, matching.receivables[0].evidence_minor) == (rule, 0)
    assert matching.receivables[0].confidence == 0


def test_a_broken_answer_confirms_nothing_and_still_rejects():
    for answer, state in ((Answer.ACCEPTED, ReceivableState.OPEN), (Answer.REJECTED, ReceivableState.DISPUTED)):
        matching = matched(response(answer, broken_rules=("AnsweredByOther",)))
        assert matching.receivables[0].state is state


def test_a_broken_event_corroborates_nothing():
    seen = event(Movement.SHIPPED, orders=to("PO-1"))
    assert matched(seen).receivables[0].events
    assert not matched(replace(seen, broken_rules=("DeclaredWrong",))).receivables[0].events


def test_the_last_answer_by_its_date_counts():
    early, late = response(Answer.DISPUTED, "IR-1"), response(Answer.ACCEPTED, "IR-2", issue_date=date(2026, 5, 9))
    for papers in ([early, late], [late, early]):
        assert matched(*papers).receivables[0].state is ReceivableState.CONFIRMED
    seen = response(Answer.RECEIVED, "IR-3", issue_date=date(2026, 5, 10))
    assert matched(early, late, seen).receivables[0].state is ReceivableState.CONFIRMED


def test_an_order_that_the_seller_rejected_backs_nothing_and_a_smaller_one_caps():
    def answered(answer: Answer, **facts) -> TradeDocument:
        return document(DocumentType.ORDER_RESPONSE, "OR-1", answer=answer, orders=to("PO-1"), currency="CNY", **facts)

    assert matched(answered(Answer.REJECTED)).receivables[0].blocked_by == "OrderRejected"
    amounts = {"net_minor": 5_000, "tax_minor": 650, "payable_minor": 5_650}
    assert matched(answered(Answer.CHANGED, **amounts)).receivables[0].evidence_minor == 5_650
    more = {"net_minor": 50_000, "tax_minor": 6_500, "payable_minor": 56_500}
    assert matched(answered(Answer.CHANGED, **more)).receivables[0].evidence_minor == 11_300


def test_what_the_buyer_changes_its_order_to_is_the_order_and_what_it_withdraws_is_none():
    def changed(answer: Answer, minor: int | None = None) -> TradeDocument:
        amounts = {} if minor is None else {"net_minor": minor - 100, "tax_minor": 100, "payable_minor": minor}
        return document(
            DocumentType.ORDER_RESPONSE,
            "OC-1",
            answer=answer,
            orders=to("PO-1"),
            currency="CNY",
            by_buyer=True,
            **amounts,
        )

    assert matched(changed(Answer.CHANGED, 5_000)).receivables[0].evidence_minor == 5_000
    found = trade(payable=11_300, ordered=8_000)
    assert matched(found=found).receivables[0].evidence_minor == 8_000
    assert matched(changed(Answer.CHANGED, 99_999), found=found).receivables[0].evidence_minor == 11_300
    assert matched(changed(Answer.REJECTED)).receivables[0].blocked_by == "OrderRejected"


# --------------------------------------------------------------------------------------------------------- confidence


def event(movement: Movement, **facts) -> TradeDocument:
    return document(DocumentType.LOGISTICS_EVENT, f"EV-{movement}", movement=movement, despatches=to("DN-1"), **facts)


def test_events_corroborate_and_prove_nothing_by_themselves():
    events = [event(Movement.SHIPPED), event(Movement.RECEIVED, buyer=None)]
    (receivable,) = matched(*events).receivables
    assert len(receivable.events) == 2
    assert receivable.confidence == matched().receivables[0].confidence + 1_000
    bare = {name: one for name, one in trade().items() if name in ("order", "invoice")}
    assert matched(*events, found=bare).receivables[0].blocked_by == "NoGoodsBehindMoney"


def test_every_reason_names_a_document_and_together_they_are_the_confidence():
    matching = matched(event(Movement.SHIPPED), response(Answer.ACCEPTED), payment(300), warehouse_receipt())
    (receivable,) = matching.receivables
    assert {reason.document for reason in receivable.reasons} <= set(matching.documents)
    assert receivable.confidence == min(10_000, sum(reason.basis_points for reason in receivable.reasons)) == 10_000
    assert receivable.stages == (
        Stage.ORDERED, Stage.SHIPPED, Stage.RECEIVED, Stage.INVOICED, Stage.CONFIRMED, Stage.PARTLY_PAID,
    )  # fmt: skip


# ---------------------------------------------------------------------------------------------------------- suspicions


def flagged(matching: Matching) -> list[str]:
    assert {finding.severity for finding in matching.findings} <= {Severity.FLAGGED}
    return rules(matching)


def test_an_invoice_typed_again_with_a_slip_is_flagged():
    found = trade(ordered=99_999)
    for name in ("despatch", "receipt", "invoice"):
        found[name] = replace(found[name], lines=())
    found["invoice"] = replace(found["invoice"], number="INV-2026-0147")
    slip = replace(found["invoice"], number="INV-2026-0174", issue_date=date(2026, 5, 3))
    assert flagged(matched(slip, found=found)) == ["LooksLikeAnother"]
    assert flagged(matched(replace(slip, payable_minor=11_200), found=found)) == []
    assert flagged(matched(replace(slip, issue_date=date(2026, 5, 30)), found=found)) == []


def test_a_price_above_the_orders_is_flagged_though_the_total_is_within_it():
    found = trade(ordered=22_600)
    found["order"] = replace(found["order"], lines=lines(20, net=10_000))
    found["invoice"] = replace(found["invoice"], lines=lines(10, net=10_000))
    assert flagged(matched(found=found)) == ["PriceAboveOrder"]
    found["order"] = replace(found["order"], lines=lines(20, net=20_000))
    assert flagged(matched(found=found)) == []


def test_goods_that_arrive_before_they_left_are_flagged():
    found = trade()
    found["despatch"] = replace(found["despatch"], delivery_date=date(2026, 5, 4))
    assert flagged(matched(found=found)) == ["DatesOutOfOrder"]


def test_terms_above_the_cap_or_far_above_the_trades_own_are_flagged():
    found = trade()
    found["invoice"] = replace(found["invoice"], due_date=date(2026, 5, 3) + timedelta(days=200))
    assert flagged(matched(found=found)) == ["TermsStretched"]
    usual = []
    for n in range(4):
        days = 150 if n == 3 else 45
        one = trade()
        usual += [
            replace(
                paper, number=f"{paper.number}-{n}", orders=to(*(f"PO-1-{n}" for _ in paper.orders)),
                despatches=to(*(f"DN-1-{n}" for _ in paper.despatches)), receipts=to(*(f"RA-1-{n}" for _ in paper.receipts)),
                due_date=date(2026, 5, 3) + timedelta(days=days) if name == "invoice" else None,
            )
            for name, paper in one.items()
        ]  # fmt: skip
    matching = matched(*usual, found={})
    assert flagged(matching) == ["TermsStretched"]
    assert "150 days" in matching.findings[0].text()
    assert "45 days" in matching.findings[0].text()


def test_a_pledged_lot_that_is_sold_backs_nothing_though_no_receipt_is_named():
    """C6: the invoice names the lot, and the lot backs a loan."""
    found = trade()
    found["invoice"] = replace(found["invoice"], lots=("LOT-9",))
    pledged = warehouse_receipt("WR-9", orders=(), lots=("lot 9",), pledged=True)
    matching = matched(pledged, found=found)
    assert (matching.receivables[0].blocked_by, matching.findings[0].case) == ("GoodsPledged", "C6")
