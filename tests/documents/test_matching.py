"""Three-flow matching. Rules held here:

1. One receivable an invoice; evidence ≤ open ≤ payable; open = payable - credited, never below zero.
2. Evidence exists only with goods behind it, received by today, and with nothing broken; a blocked one names its rule.
3. A document counts once; the same identity with another face is blocked, the first is kept.
4. All invoices of an order together back at most what was ordered; of goods, at most what was received.
5. More documents that take back (credit notes, pledges, copies) never make evidence larger.
"""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from document_samples import BUYER, KEEPER, OTHER, SELLER, TODAY, document, lines, party, to, trade, warehouse_receipt
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.documents.directory import Directory
from chain.documents.matching import Matching, ReceivableState, match
from chain.documents.model import (
    Answer,
    DocumentLine,
    DocumentType,
    Means,
    Party,
    PartyIdentifier,
    Publicity,
    Severity,
    TradeDocument,
)
from chain.documents.trade.thresholds import ROUNDING_MINOR
from tests.effort import examples
from tests.work import steps_of


def matched(documents, groups=None, today: date = TODAY) -> Matching:
    documents = list(documents.values() if isinstance(documents, dict) else documents)
    return match(documents, Directory.from_documents(documents), groups or {}, today)


def rules(matching: Matching) -> list[str]:
    return [finding.rule for finding in matching.findings]


def without(found: dict[str, TradeDocument], *names: str) -> list[TradeDocument]:
    return [value for name, value in found.items() if name not in names]


def changed(found: dict[str, TradeDocument], name: str, **facts) -> dict[str, TradeDocument]:
    return found | {name: replace(found[name], **facts)}


def test_three_flows_that_agree_back_the_whole_amount():
    matching = matched(trade())
    (receivable,) = matching.receivables
    assert matching.findings == ()
    assert (receivable.seller, receivable.buyer) == (f"USCC:{SELLER}", f"USCC:{BUYER}")
    assert (receivable.payable_minor, receivable.open_minor, receivable.evidence_minor) == (11_300, 11_300, 11_300)
    assert (receivable.blocked_by, receivable.state) == (None, ReceivableState.OPEN)
    assert receivable.delivery_date == date(2026, 5, 3)
    assert receivable.due_date == date(2026, 5, 3) + timedelta(days=60)
    assert {proof.partition("|")[0] for proof in receivable.proofs} == {"order", "despatch_advice", "receipt_advice"}


# ------------------------------------------------------------------------------------------------------------- goods


@pytest.mark.parametrize("missing", [("despatch",), ("receipt",), ("despatch", "receipt")])
def test_no_goods_behind_the_money_blocks(missing):
    matching = matched(without(trade(), *missing))
    assert rules(matching) == ["NoGoodsBehindMoney"]
    assert matching.receivables[0].evidence_minor == 0
    assert matching.receivables[0].blocked_by == "NoGoodsBehindMoney"
    assert all(name in matching.findings[0].text() for name in missing)


def test_goods_found_by_the_order_prove_an_invoice_that_names_only_the_order():
    found = changed(trade(), "invoice", despatches=(), receipts=())
    assert matched(found).receivables[0].evidence_minor == 11_300


def test_a_receipt_of_a_despatch_of_the_order_proves_an_invoice_that_names_only_the_order():
    """As most receipt advices are: they name the despatch advice, and that the order."""
    found = changed(changed(trade(), "invoice", despatches=(), receipts=()), "receipt", orders=())
    for papers in ([*found.values()], [*found.values()][::-1]):
        assert matched(papers).receivables[0].evidence_minor == 11_300
    assert rules(matched(found | {"receipt": replace(found["receipt"], orders=to("PO-2"))})) == ["NoGoodsBehindMoney"]


def test_another_delivery_of_the_order_does_not_prove_an_invoice_that_names_its_own():
    found = changed(trade(), "invoice", despatches=to("DN-2"), receipts=to("RA-2"))
    assert matched(found).receivables[0].blocked_by == "NoGoodsBehindMoney"


def test_goods_that_went_to_somebody_else_prove_nothing():
    found = trade()
    for name in ("despatch", "receipt"):
        found = changed(found, name, buyer=party(OTHER))
    assert matched(found).receivables[0].blocked_by == "NoGoodsBehindMoney"


def test_an_invoice_without_order_is_allowed_when_its_goods_are_proven():
    found = changed(trade(), "invoice", orders=())
    matching = matched(without(found, "order"))
    assert matching.findings == ()
    assert matching.receivables[0].evidence_minor == 11_300


def test_an_order_that_is_not_there_is_flagged_and_caps_nothing():
    matching = matched(without(trade(), "order"))
    assert rules(matching) == ["OrderNotFound"]
    assert matching.receivables[0].evidence_minor == 11_300


def test_an_invoice_cannot_escape_the_order_of_its_goods_by_naming_one_that_is_not_there():
    found = changed(trade(payable=22_600, ordered=11_300), "invoice", orders=to("PO-9"))
    matching = matched(found)
    assert rules(matching) == ["OrderNotFound", "MoreInvoicedThanReceived", "OverInvoicedOrder", "PriceAboveOrder"]
    assert matching.receivables[0].evidence_minor == 11_300


def test_nor_what_was_received_of_that_order():
    found = changed(changed(trade(), "invoice", orders=to("PO-9")), "receipt", lines=lines(6))
    matching = matched(found)
    assert rules(matching) == ["OrderNotFound", "MoreInvoicedThanReceived"]
    assert matching.receivables[0].evidence_minor == 6_780


@pytest.mark.parametrize("named", [True, False])
def test_a_receipt_of_nothing_proves_no_goods(named):
    found = changed(trade(), "receipt", lines=lines(0))
    found = found if named else changed(found, "invoice", receipts=())
    assert matched(found).receivables[0].blocked_by == "NoGoodsBehindMoney"


def test_money_before_delivery_is_a_prepayment():
    assert matched(trade(), today=date(2026, 5, 2)).receivables[0].blocked_by == "Prepayment"
    found = changed(trade(), "invoice", delivery_date=TODAY + timedelta(days=1))
    assert matched(without(found, "despatch", "receipt")).receivables[0].blocked_by == "Prepayment"


def test_a_warehouse_receipt_of_the_order_proves_goods():
    found = changed(trade(), "invoice", despatches=(), receipts=())
    matching = matched([*without(found, "despatch", "receipt"), warehouse_receipt()])
    (receivable,) = matching.receivables
    assert receivable.evidence_minor == 11_300
    assert receivable.delivery_date == date(2026, 5, 2)
    assert len(receivable.warehouse_receipts) == 1


def test_a_warehouse_receipt_held_for_somebody_else_proves_nothing():
    found = without(changed(trade(), "invoice", despatches=(), receipts=()), "despatch", "receipt")
    for receipt in (warehouse_receipt(buyer=party(OTHER)), warehouse_receipt(seller=party(OTHER))):
        assert matched([*found, receipt]).receivables[0].blocked_by == "NoGoodsBehindMoney"


@pytest.mark.parametrize("pledged", [{"number": "WR-1"}, {"number": "WR-2", "orders": ()}])
def test_goods_that_back_a_loan_cannot_back_a_receivable(pledged):
    """Invariant 9: also when the loan rests on another receipt of the same lot, and though the goods were received."""
    receipts = {
        receipt.number: receipt for receipt in (warehouse_receipt(), warehouse_receipt(pledged=True, **pledged))
    }
    matching = matched([*trade().values(), *receipts.values()])
    assert matching.receivables[0].blocked_by == "GoodsPledged"
    assert matching.receivables[0].evidence_minor == 0
    assert {finding.case for finding in matching.findings if finding.rule == "GoodsPledged"} == {"C6"}


@pytest.mark.parametrize("groups", [{f"USCC:{KEEPER}": "G", f"USCC:{SELLER}": "G"}, {}])
def test_a_keeper_of_the_owners_group_proves_nothing(groups):
    found = without(changed(trade(), "invoice", despatches=(), receipts=()), "despatch", "receipt")
    receipt = warehouse_receipt() if groups else warehouse_receipt(keeper=party(SELLER))
    matching = matched([*found, receipt], groups)
    assert rules(matching)[0] == "KeeperNotIndependent"
    assert matching.receivables[0].blocked_by == "NoGoodsBehindMoney"


@pytest.mark.parametrize("groups", [{}, {f"USCC:{KEEPER}": "G", f"USCC:{SELLER}": "G"}])
def test_a_seller_that_keeps_the_buyers_goods_proves_nothing(groups):
    found = without(changed(trade(), "invoice", despatches=(), receipts=()), "despatch", "receipt")
    keeper = party(KEEPER) if groups else party(SELLER)
    receipt = warehouse_receipt(seller=party(BUYER), keeper=keeper)
    matching = matched([*found, receipt], groups)
    assert matching.receivables[0].blocked_by == "NoGoodsBehindMoney"
    assert "KeeperNotIndependent" in rules(matching)
    assert matched([*found, replace(receipt, keeper=party(OTHER))], groups).receivables[0].blocked_by is None


@pytest.mark.parametrize("name", ["despatch", "receipt"])
def test_a_broken_paper_of_the_goods_proves_nothing(name):
    matching = matched(changed(trade(), name, broken_rules=("AnsweredByOther",)))
    assert matching.receivables[0].blocked_by == "NoGoodsBehindMoney"
    assert matching.receivables[0].evidence_minor == 0


@pytest.mark.parametrize("pledged", [False, True])
def test_a_broken_warehouse_receipt_proves_nothing_but_its_pledge_still_blocks(pledged):
    found = without(changed(trade(), "invoice", despatches=(), receipts=()), "despatch", "receipt")
    receipt = warehouse_receipt(broken_rules=("EndorsementNotConfirmed",), pledged=pledged)
    receivable = matched([*found, receipt]).receivables[0]
    assert receivable.blocked_by == ("GoodsPledged" if pledged else "NoGoodsBehindMoney")
    assert receivable.warehouse_receipts == ()


def test_one_lot_in_several_receipts_is_flagged():
    matching = matched([*trade().values(), warehouse_receipt("WR-1"), warehouse_receipt("WR-2", orders=())])
    assert [(finding.rule, finding.case) for finding in matching.findings] == [("LotInSeveralReceipts", "C8")]


def test_more_invoiced_than_received_backs_only_what_was_received():
    found = trade()
    found = changed(found, "receipt", lines=lines(6))
    matching = matched(found)
    assert rules(matching) == ["MoreInvoicedThanReceived"]
    assert matching.receivables[0].evidence_minor == 6_780  # six tenths of it, with tax
    assert matching.receivables[0].blocked_by is None


@pytest.mark.parametrize("quantity", ["9" * 30, "9" * 30 + ".999", "0." + "0" * 30 + "1"])
@pytest.mark.parametrize("name", ["invoice", "receipt"])
def test_a_quantity_of_any_length_is_matched(quantity, name):
    matching = matched(changed(trade(), name, lines=lines(quantity, net=10_000)))
    assert 0 <= matching.receivables[0].evidence_minor <= 11_300
    assert (rules(matching) == ["MoreInvoicedThanReceived"]) == ((name == "invoice") == (quantity[0] == "9"))


def test_the_same_goods_invoiced_again_back_nothing():
    found = trade(ordered=99_999)
    again = replace(found["invoice"], number="INV-2", issue_date=date(2026, 5, 9))
    matching = matched([*found.values(), again])
    assert [receivable.evidence_minor for receivable in matching.receivables] == [11_300, 0]
    assert matching.receivables[1].blocked_by == "MoreInvoicedThanReceived"


def test_an_invoice_that_was_credited_and_written_anew_is_not_more_than_was_received():
    found = trade()
    anew = replace(found["invoice"], number="INV-2", issue_date=date(2026, 5, 9))
    matching = matched([*found.values(), anew, note(11_300)])
    assert matching.findings == ()
    assert [receivable.evidence_minor for receivable in matching.receivables] == [0, 11_300]


def test_a_partial_credit_note_makes_room_for_what_was_not_received():
    matching = matched([*changed(trade(), "receipt", lines=lines(6)).values(), note(4_520)])
    assert matching.findings == ()
    assert matching.receivables[0].evidence_minor == 6_780


def test_an_invoice_cannot_escape_its_order_by_not_naming_it():
    found = changed(trade(payable=22_600, ordered=11_300), "invoice", orders=(), lines=())
    matching = matched(found)
    assert rules(matching) == ["ReceivedWorthLess", "OverInvoicedOrder"]
    assert matching.receivables[0].evidence_minor == 11_300


@pytest.mark.parametrize("proof", ["receipt", "warehouse"])
def test_goods_that_nothing_measures_stand_behind_one_invoice_only(proof):
    found = {name: replace(one, orders=(), lines=()) for name, one in trade().items()}
    documents = without(found, "order")
    if proof == "warehouse":
        invoice = replace(found["invoice"], despatches=(), receipts=to("WR-1"))
        documents = [invoice, warehouse_receipt(orders=())]
    second = replace(
        next(one for one in documents if one.type is DocumentType.INVOICE), number="INV-2", issue_date=date(2026, 5, 20)
    )
    matching = matched([*documents, second])
    assert {receivable.number: receivable.evidence_minor for receivable in matching.receivables} == {
        "INV-1": 11_300, "INV-2": 0,
    }  # fmt: skip
    assert rules(matching) == ["GoodsInvoicedTwice"]


@pytest.mark.parametrize("left_out", [(), ("order",)])
def test_an_invoice_that_comes_later_takes_nothing_from_one_before_it_whatever_date_it_bears(left_out):
    """The first may back credit on the ledger already; an earlier date would back the same goods a second time."""
    documents = without(trade(), *left_out)
    dated_back = replace(trade()["invoice"], number="INV-0", issue_date=date(2026, 4, 1))
    first, second = matched([*documents, dated_back]).receivables
    assert (first.number, first.evidence_minor, second.evidence_minor) == ("INV-1", 11_300, 0)


@pytest.mark.parametrize("rule", ["Prepayment", "TotalsDoNotAddUp", "CorrectedInvoice", None])
def test_an_invoice_that_can_never_back_leaves_goods_and_order_to_the_next(rule):
    """It breaks a rule by itself, or its buyer rejected it."""
    found = trade()
    void = replace(found["invoice"], number="INV-0", broken_rules=(rule,) if rule else ())
    no = document(DocumentType.INVOICE_RESPONSE, "IR-1", answer=Answer.REJECTED, invoices=to("INV-0"))
    papers = [*without(found, "invoice"), void, *([] if rule else [no]), found["invoice"]]
    assert [one.evidence_minor for one in matched(papers).receivables] == [0, 11_300]


@pytest.mark.parametrize("later", ["correction", "assignment", "dispute"])
def test_what_is_said_later_of_an_invoice_short_of_a_rejection_frees_neither_goods_nor_order(later):
    found = trade()
    says = {
        "correction": replace(found["invoice"], number="X-3", broken_rules=("CorrectedInvoice",), invoices=to("INV-1")),
        "assignment": document(
            DocumentType.ASSIGNMENT, "AS-1", keeper=party(OTHER), currency="CNY", payable_minor=1, invoices=to("INV-1"),
            publicity=Publicity(Means.REGISTRATION, 1),
        ),
        "dispute": document(DocumentType.INVOICE_RESPONSE, "IR-1", answer=Answer.DISPUTED, invoices=to("INV-1")),
    }  # fmt: skip
    again = replace(found["invoice"], number="INV-2")
    assert {one.evidence_minor for one in matched([*found.values(), says[later], again]).receivables} == {0}


@pytest.mark.parametrize(
    ("code", "written"),
    [("KGM", "KG kg KGS 千克 公斤 ㎏ ｋｇ"), ("TNE", "t T 吨 公吨"), ("C62", "PCE PCS pcs ST NAR XPP H87 EA 个 件 台"),
     ("MTR", "m 米"), ("MTK", "㎡ m² m2 平方米"), ("MTQ", "m³ 立方米"), ("LTR", "l 升"), ("XBX", "BX")],
)  # fmt: skip
def test_a_unit_is_the_same_however_its_sender_writes_it(code, written):
    for unit in written.split():
        found = trade()
        received = replace(lines()[0], unit=unit)
        asked = replace(lines(net=10_000)[0], unit=code)
        papers = changed(changed(found, "receipt", lines=(received,)), "invoice", lines=(asked,))
        assert matched(papers).receivables[0].evidence_minor == 11_300, unit


def test_an_article_that_was_ordered_in_one_line_is_that_line():
    """The buyer receives by its own article; the seller invoices by the line of the order, and by its own."""
    found = changed(trade(), "receipt", lines=(replace(lines()[0], order_line=None),))
    found = changed(found, "invoice", lines=(replace(lines(net=10_000)[0], item="S-77"),))
    assert matched(found).receivables[0].evidence_minor == 11_300
    other = changed(found, "invoice", lines=(replace(lines(net=10_000)[0], item="S-77", order_line="2"),))
    assert matched(other).receivables[0].evidence_minor == 0


def test_an_invoice_over_one_order_of_a_collective_receipt_is_no_invoice_over_another_order():
    found = trade()
    second = replace(found["order"], number="PO-2")
    papers = changed(found, "receipt", orders=to("PO-1", "PO-2"))
    assert rules(matched([*papers.values(), second])) == []


@pytest.mark.parametrize(
    "kind",
    ["lines", "no lines", "receipts", "units", "keepers", "payments", "reversals", "assigned", "released", "dates",
     "orders", "orders without lines", "collective"],
)  # fmt: skip
def test_the_work_of_matching_grows_with_the_documents_no_faster(kind):
    """Counted in steps of the interpreter: of twice as much, at most a little more than twice."""

    def papers(n: int) -> list[TradeDocument]:
        found = trade(payable=10 * n, ordered=10 * n)
        many = [
            DocumentLine(str(k), quantity=Decimal(1), unit="C62", order_line=str(k), item=f"IT{k}") for k in range(n)
        ]
        priced = tuple(replace(line, net_minor=10) for line in many)
        numbers = to(*(f"PO-{k}" for k in range(n)))
        match kind:
            case "lines" | "no lines":
                found = changed(changed(found, "order", lines=priced), "receipt", lines=tuple(many))
                return list(changed(found, "invoice", lines=priced if kind == "lines" else ()).values())
            case "receipts":  # each of no order, so that each is by itself
                found = changed(changed(found, "order", lines=priced), "invoice", lines=priced)
                came = [
                    replace(found["receipt"], number=f"R{k}", orders=(), despatches=(), lines=(many[k],))
                    for k in range(n)
                ]
                bought = replace(found["invoice"], receipts=to(*(one.number for one in came)))
                return [found["order"], replace(found["despatch"], orders=()), *came, bought]
            case "orders" | "orders without lines":  # each with a price of its own, received by itself
                ordered = [
                    replace(found["order"], number=one.number, lines=(priced[k],)) for k, one in enumerate(numbers)
                ]
                came = [
                    replace(found["receipt"], number=f"R{k}", orders=to(f"PO-{k}"), despatches=(), lines=(many[k],))
                    for k in range(n)
                ]
                names = {"orders": numbers, "receipts": to(*(one.number for one in came)), "despatches": to("DN-1")}
                bought = replace(found["invoice"], lines=priced if kind == "orders" else (), **names)
                return [*ordered, replace(found["despatch"], orders=()), *came, bought]
            case "units":  # what is in the middle is used up by its article, the rest is taken by the unit alone
                came = (
                    replace(many[0], order_line=None, item="A", quantity=Decimal(4 * n)),
                    *many,
                    replace(many[0], item="B"),
                )
                articles = tuple(replace(line, order_line=None) for line in priced)
                alone = tuple(replace(line, order_line=None, item=None) for line in priced)
                found = changed(changed(found, "receipt", lines=came), "invoice", lines=(*articles, *alone))
                return list(found.values())
            case "keepers":
                kept = [
                    warehouse_receipt(f"W{k}", invoices=to(f"I{k}A"), lots=(f"L{k}",), lines=(many[k],))
                    for k in range(n)
                ]
                bought = [
                    replace(
                        found["invoice"], number=f"I{k}A", lines=(priced[k],), receipts=to("RA-1" if k % 2 else f"W{k}")
                    )
                    for k in range(n)
                ]
                return [
                    *changed(changed(found, "order", lines=priced), "receipt", lines=tuple(many)).values(),
                    *kept,
                    *bought,
                ]
            case (
                "collective"
            ):  # as many over both orders as over the first one alone, and as many again for which is no room
                found = trade(payable=1_130, ordered=1_130 * n)
                came, bought = replace(found["receipt"], orders=()), replace(found["invoice"], receipts=())
                over = [to("PO-1", "PO-2"), to("PO-1"), to("PO-1", "PO-2")]
                sent = [
                    [replace(found["despatch"], number=f"DN-{k}", orders=over[k // n]),
                     replace(came, number=f"RA-{k}", despatches=to(f"DN-{k}")),
                     replace(bought, number=f"I{k}A", orders=over[k // n], despatches=to(f"DN-{k}"))]
                    for k in range(3 * n)
                ]  # fmt: skip
                return [
                    found["order"],
                    replace(found["order"], number="PO-2"),
                    *(one for three in sent for one in three),
                ]
            case "reversals":
                paid = document(DocumentType.PAYMENT, "P", keeper=party(OTHER), currency="CNY", payable_minor=1,
                                invoices=to("INV-1"))  # fmt: skip
                back = [replace(paid, number=f"B{k}", end_to_end=f"E{k}", reversal=True) for k in range(n)]
                return [*found.values(), *(replace(paid, number=f"P{k}", end_to_end=f"E{k}") for k in range(n)), *back]
            case "payments":
                paid = document(DocumentType.PAYMENT, "P", keeper=party(OTHER), currency="CNY", payable_minor=1,
                                end_to_end="SALARY", invoices=to("INV-1"))  # fmt: skip
                return [*found.values(), *(replace(paid, number=f"P{k}") for k in range(n))]
            case "assigned" | "released":
                sold = [replace(found["invoice"], number=f"I{k}A") for k in range(n)]
                given = document(DocumentType.ASSIGNMENT, "AS-1", keeper=party(OTHER), currency="CNY",
                                 invoices=to(*(one.number for one in sold)),
                                 publicity=Publicity(Means.REGISTRATION, 1))  # fmt: skip
                back = replace(given, number="AS-2", reversal=True, publicity=Publicity(Means.REGISTRATION, 2))
                return [*sold, given, *([back] if kind == "released" else [])]
            case _:
                ordered = [replace(found["order"], number=one.number) for one in numbers]
                sent = [replace(found["despatch"], number=f"DN-{k}", orders=to(f"PO-{k}")) for k in range(n)]
                return [
                    *ordered,
                    *sent,
                    replace(found["invoice"], orders=numbers, despatches=to(*(d.number for d in sent))),
                ]

    def work(n: int) -> int:
        documents = papers(n)
        directory = Directory.from_documents(documents)
        return steps_of(lambda: match(documents, directory, {}, TODAY))

    work(10)
    assert work(120) <= 2.3 * work(60)


def test_a_receipt_of_ones_own_warehouse_does_not_stand_in_for_what_was_not_received():
    found = changed(trade(), "receipt", lines=lines(6))
    own = warehouse_receipt(keeper=party(SELLER))
    assert matched([*found.values(), own]).receivables[0].evidence_minor == 6_780


@pytest.mark.parametrize("other", [{"quantity": None}, {"unit": "C62"}, {"item": "AL", "order_line": None}])
def test_a_line_that_no_receipt_answers_was_not_received(other):
    found = trade()
    measured, answered = lines(1, net=100)[0], replace(lines(1, net=9_900)[0], number="2", **other)
    invoices = [replace(found["invoice"], number=number, lines=(measured, answered)) for number in ("A", "B")]
    receivables = matched([found["despatch"], found["receipt"], *invoices]).receivables
    assert [receivable.evidence_minor for receivable in receivables] == [113, 113]
    rule = "QuantitiesNotComparable" if "unit" in other else "MoreInvoicedThanReceived"
    assert {receivable.rules for receivable in receivables} == {(rule,)}


@pytest.mark.parametrize("named", [{}, {"order_line": None}, {"item": None}, {"order_line": None, "item": None}])
def test_what_was_received_in_a_unit_that_cannot_be_compared_is_told_as_that_and_not_as_too_little(named):
    pieces = replace(lines(4)[0], unit="C62")
    asked = replace(lines(net=10_000)[0], **named)
    found = changed(changed(trade(), "receipt", lines=(pieces,)), "invoice", lines=(asked,))
    matching = matched(found)
    assert rules(matching) == ["QuantitiesNotComparable"]
    assert matching.findings[0].values["received"] == "4 C62"
    assert "cannot be compared" in matching.findings[0].text("en")
    both = changed(found, "receipt", lines=(pieces, replace(lines(3)[0], number="2")))
    assert rules(matched(both)) == ["MoreInvoicedThanReceived"]
    assert matched(both).receivables[0].evidence_minor == 3_390
    other = changed(found, "receipt", lines=(replace(pieces, order_line="2", item="AL"),))
    assert rules(matched(other)) == [
        "MoreInvoicedThanReceived" if asked.order_line or asked.item else "QuantitiesNotComparable"
    ]


@settings(max_examples=examples(60), deadline=None)
@given(st.integers(0, 10), st.integers(0, 10), st.integers(0, 11_300), st.booleans())
def test_what_never_came_is_the_first_that_a_credit_note_takes_back(copper, aluminium, credited, second_invoice):
    """Four kilograms for 101.70 and six for 11.30, with tax: what is owed after the credit note is backed as far as goods of
    that worth came, whichever of them, and goods are used once."""
    net = credited * 100 // 113
    note = document(
        DocumentType.CREDIT_NOTE, "CN-1", net_minor=net, tax_minor=credited - net, payable_minor=credited,
        invoices=to("INV-1"),
    )  # fmt: skip
    priced = (
        replace(lines(4, 9_000)[0]),
        DocumentLine("2", quantity=Decimal(6), unit="KGM", net_minor=1_000, order_line="2", item="AL"),
    )
    came = tuple(
        replace(line, net_minor=None, quantity=Decimal(much))
        for line, much in zip(priced, (min(copper, 4), min(aluminium, 6)), strict=True)
    )
    found = changed(changed(trade(), "order", lines=priced), "receipt", lines=came)
    found = changed(found, "invoice", lines=priced)
    again = [replace(found["invoice"], number="INV-2")] if second_invoice else []
    worth = (min(copper, 4) * 9_000 // 4 + min(aluminium, 6) * 1_000 / 6) * 1.13
    backed = [one.evidence_minor for one in matched([*found.values(), note, *again]).receivables]
    assert backed[0] >= min(11_300 - credited, worth) - 6
    assert sum(backed) <= worth + 6


def test_a_line_that_was_credited_in_full_and_never_came_takes_nothing_off_the_others():
    note = document(
        DocumentType.CREDIT_NOTE, "CN-1", net_minor=1_000, tax_minor=130, payable_minor=1_130, invoices=to("INV-1")
    )
    priced = (
        lines(4, 9_000)[0],
        DocumentLine("2", quantity=Decimal(6), unit="KGM", net_minor=1_000, order_line="2", item="AL"),
    )
    found = changed(changed(trade(), "order", lines=priced), "invoice", lines=priced)
    found = changed(found, "receipt", lines=(lines(4)[0], replace(priced[1], quantity=Decimal(0), net_minor=None)))
    assert matched([*found.values(), note]).receivables[0].evidence_minor == 10_170
    assert matched(found).receivables[0].evidence_minor == 10_170


# ------------------------------------------------------------------------------------------------ the same paper twice


def test_the_same_document_twice_counts_once():
    found = trade()
    copy = replace(found["invoice"], source=replace(found["invoice"].source, path="copy.xml"))
    matching = matched([*found.values(), copy])
    assert [(f.rule, f.case, f.severity, f.path) for f in matching.findings] == [
        ("DocumentTwice", "C4", Severity.FLAGGED, "copy.xml")
    ]
    assert len(matching.receivables) == 1


@pytest.mark.parametrize("number", ["inv 1", "ＩＮＶ－１", "INV-0001"])
def test_a_retyped_invoice_is_the_same_invoice(number):
    found = trade()
    retyped = replace(found["invoice"], number=number, lines=())
    assert rules(matched([*found.values(), retyped])) == ["DocumentTwice"]


def test_a_sellers_other_id_makes_no_second_invoice():
    found = trade()
    vat = PartyIdentifier(scheme="VAT", value="DE136695976")
    both = Party(name="甲", identifiers=(*found["invoice"].seller.identifiers, vat))
    again = replace(found["invoice"], seller=Party(name="乙", identifiers=(vat,)))
    matching = matched([*changed(found, "despatch", seller=both).values(), again])
    assert rules(matching) == ["DocumentTwice"]


@pytest.mark.parametrize("face", [{"payable_minor": 20_000}, {"buyer": party(OTHER)}, {"currency": "USD"}])
def test_two_writings_of_one_number_that_contradict_each_other_back_nothing(face):
    found = trade()
    matching = matched([*found.values(), replace(found["invoice"], **face)])
    finding, *_ = matching.findings
    assert (finding.rule, finding.case, finding.severity) == ("IdentityWithAnotherFace", "C4", Severity.BLOCKED)
    assert "113.00 CNY" in finding.text()
    (receivable,) = matching.receivables
    assert (receivable.evidence_minor, receivable.blocked_by) == (0, "IdentityWithAnotherFace")


def own(document):
    """As its author sent it: what an enterprise sends is kept under its own name."""
    author = SELLER if document.type in (DocumentType.INVOICE, DocumentType.DESPATCH_ADVICE) else BUYER
    return replace(document, source=replace(document.source, path=f"USCC:{author}/{document.number}.xml"))


@pytest.mark.parametrize(("one", "other"), [("INV-1O", "INV-10"), ("INV-I2", "INV-12"), ("A-B2", "A-В2")])
def test_numbers_that_look_alike_do_not_back_the_same_goods_twice(one, other):
    """Under an order with room for both."""
    found = trade(ordered=99_999)
    invoices = [
        replace(found["invoice"], number=number, receipts=(), despatches=(), lines=()) for number in (one, other)
    ]
    matching = matched([*list(found.values())[:3], *invoices])
    assert sorted(receivable.evidence_minor for receivable in matching.receivables) in ([0, 11_300], [11_300])
    assert {"NumberLooksAlike", "DocumentTwice"} & set(rules(matching))


FORGED = {
    "invoice": [{"payable_minor": 20_000}, {"buyer": party(OTHER)}, {"due_date": date(2026, 12, 1)}, {"receipts": ()}],
    "order": [{"payable_minor": 1}, {"net_minor": 1}], "despatch": [{"orders": to("PO-9")}, {"orders": ()}],
    "receipt": [{"lines": lines(6)}, {"lines": ()}, {"delivery_date": None}],
}  # fmt: skip


@pytest.mark.parametrize(("kind", "face"), [(kind, face) for kind, faces in FORGED.items() for face in faces])
@pytest.mark.parametrize("first", [True, False])
def test_the_authors_own_writing_counts_whatever_others_wrote_before_or_after(kind, face, first):
    found = {name: own(one) for name, one in trade().items()}
    forged = replace(found[kind], source=replace(found[kind].source, path="x.json"), **face)
    documents = [forged, *found.values()] if first else [*found.values(), forged]
    matching = matched(documents)
    (receivable,) = matching.receivables
    assert receivable.evidence_minor == 11_300
    assert {"DocumentTwice", "IdentityWithAnotherFace"} & set(rules(matching))
    assert matching.documents[receivable.document] == found["invoice"]


@pytest.mark.parametrize("kind", ["order", "despatch", "receipt"])
def test_what_two_others_say_differently_proves_nothing(kind):
    found = trade()
    (receivable,) = matched([*found.values(), replace(found[kind], **FORGED[kind][0])]).receivables
    assert receivable.evidence_minor == 0


@pytest.mark.parametrize("rule", ["Prepayment", "FactoredInvoice", "CorrectedInvoice"])
def test_a_clean_writing_does_not_hide_what_another_one_breaks(rule):
    found = trade()
    for documents in ([found["invoice"], replace(found["invoice"], broken_rules=(rule,))],) * 2:
        (receivable,) = matched([*list(found.values())[:3], *documents]).receivables
        assert receivable.evidence_minor == 0
        documents.reverse()


@pytest.mark.parametrize("small", [{"payable_minor": 1}, {"invoices": ()}])
def test_of_two_credit_notes_under_one_number_the_one_that_takes_most_off_counts(small):
    note = document(DocumentType.CREDIT_NOTE, "CN-1", net_minor=10_000, tax_minor=1_300, payable_minor=11_300,
                    invoices=to("INV-1"))  # fmt: skip
    for notes in ([replace(note, **small), note], [note, replace(note, **small)]):
        (receivable,) = matched([*trade().values(), *notes]).receivables
        assert (receivable.credited_minor, receivable.evidence_minor) == (11_300, 0)


# ------------------------------------------------------------------------------------------------------------- parties


def test_an_invoice_to_oneself_backs_nothing():
    found = {name: replace(one, buyer=party(SELLER)) for name, one in trade().items()}
    matching = matched(found)
    assert "SelfInvoice" in matching.receivables[0].rules
    assert matching.receivables[0].evidence_minor == 0


def test_related_parties_back_nothing():
    matching = matched(trade(), {f"USCC:{SELLER}": "G", f"USCC:{BUYER}": "G"})
    assert rules(matching) == ["RelatedParties"]
    assert matching.receivables[0].blocked_by == "RelatedParties"


def test_what_reading_found_broken_backs_nothing():
    matching = matched(changed(trade(), "invoice", broken_rules=("TotalsDoNotAddUp",)))
    assert matching.receivables[0].blocked_by == "TotalsDoNotAddUp"
    assert matching.receivables[0].evidence_minor == 0


def test_an_invoice_without_currency_backs_nothing():
    assert matched(changed(trade(), "invoice", currency=None)).receivables[0].blocked_by == "CurrencyMissing"


@pytest.mark.parametrize("first", ["invoice", "correction"])
def test_a_corrected_invoice_and_its_correction_back_nothing(first):
    found = trade(ordered=99_999)
    correction = replace(found["invoice"], number="INV-2", broken_rules=("CorrectedInvoice",), invoices=to("INV-1"))
    documents = [*found.values(), correction] if first == "invoice" else [correction, *found.values()]
    matching = matched(documents)
    assert [receivable.evidence_minor for receivable in matching.receivables] == [0, 0]
    assert "InvoiceCorrected" in rules(matching)


# ------------------------------------------------------------------------------------------------------- credit notes


def note(amount: int, number: str = "CN-1", of: tuple[str, ...] = ("INV-1",)) -> TradeDocument:
    return document(
        DocumentType.CREDIT_NOTE, number, payable_minor=amount, net_minor=amount * 100 // 113,
        tax_minor=amount - amount * 100 // 113, invoices=to(*of),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("amount", "left", "state"),
    [(1_300, 10_000, ReceivableState.PARTLY_CREDITED), (11_300, 0, ReceivableState.CREDITED)],
)
def test_a_credit_note_reduces_its_invoice(amount, left, state):
    matching = matched([*trade().values(), note(amount)])
    (receivable,) = matching.receivables
    assert (receivable.open_minor, receivable.evidence_minor, receivable.state) == (left, left, state)
    assert matching.findings == ()
    assert len(receivable.credit_notes) == 1


def test_a_credit_note_above_its_invoice_leaves_nothing_and_is_flagged():
    matching = matched([*trade().values(), note(20_000)])
    assert matching.receivables[0].open_minor == 0
    assert [(finding.rule, finding.case) for finding in matching.findings] == [("CreditNoteAboveInvoice", "C12")]
    assert "87.00 CNY" in matching.findings[0].text()


def test_a_credit_note_of_an_unknown_invoice_is_flagged():
    matching = matched([*trade().values(), note(1_000, of=("INV-9",))])
    assert rules(matching) == ["CreditNoteWithoutInvoice"]
    assert matching.receivables[0].open_minor == 11_300


def test_another_sellers_credit_note_reduces_nothing():
    foreign = replace(note(11_300), seller=party(OTHER))
    assert matched([*trade().values(), foreign]).receivables[0].open_minor == 11_300


# ------------------------------------------------------------------------------------------------------------- orders


def test_an_invoice_above_its_order_backs_at_most_what_was_ordered():
    matching = matched(trade(payable=22_600, ordered=11_300))
    (receivable,) = matching.receivables
    assert "OverInvoicedOrder" in rules(matching)
    assert (receivable.open_minor, receivable.evidence_minor) == (22_600, 11_300)


def test_an_order_without_tax_is_compared_without_tax():
    found = changed(trade(), "order", tax_minor=None, net_minor=10_000, payable_minor=10_000)
    matching = matched(found)
    assert matching.findings == ()
    assert matching.receivables[0].evidence_minor == 11_300


def test_an_order_without_amount_is_flagged_and_caps_nothing():
    found = changed(trade(), "order", tax_minor=None, net_minor=None, payable_minor=None, currency=None)
    matching = matched(found)
    assert rules(matching) == ["OrderWithoutAmount"]
    assert matching.receivables[0].evidence_minor == 11_300


@settings(max_examples=examples(80), deadline=None)
@given(st.lists(st.integers(1, 5_000), min_size=1, max_size=6), st.integers(1, 12_000), st.randoms())
def test_all_invoices_of_an_order_back_at_most_what_was_ordered(amounts, ordered, shuffle):
    found = trade(ordered=ordered)
    invoices = [
        replace(found["invoice"], number=f"INV-{n}", payable_minor=amount, net_minor=amount, tax_minor=0, lines=(),
                    issue_date=date(2026, 5, 1) + timedelta(days=n))
        for n, amount in enumerate(amounts)
    ]  # fmt: skip
    documents = [*without(found, "invoice"), *invoices]
    shuffle.shuffle(documents)
    matching = matched(documents)
    evidence = {receivable.number: receivable.evidence_minor for receivable in matching.receivables}
    assert sum(evidence.values()) == min(sum(amounts), ordered)
    left, above = ordered, False  # what came first, first
    for invoice in (one for one in documents if one.type is DocumentType.INVOICE):
        backed = min(invoice.payable_minor, left)
        assert evidence[invoice.number] == backed
        left -= backed
        # Parts of an order with their taxes rounded may be a few minor units more.
        above = above or not 0 < backed >= invoice.payable_minor - ROUNDING_MINOR
    assert ("OverInvoicedOrder" in rules(matching)) == above


def over(number: int, orders: tuple[str, ...], payable: int, net: int = 0) -> list[TradeDocument]:
    """An invoice over orders, and its goods, of which nobody says how much."""
    found = trade()
    return [
        replace(found["despatch"], number=f"DN-{number}", orders=to(*orders), lines=()),
        replace(found["receipt"], number=f"RA-{number}", orders=(), despatches=to(f"DN-{number}"), lines=()),
        replace(
            found["invoice"], number=f"I{number}A", orders=to(*orders[::-1]), despatches=to(f"DN-{number}"), receipts=(),
            lines=(), payable_minor=payable, net_minor=net or payable, tax_minor=payable - (net or payable),
        ),
    ]  # fmt: skip


@pytest.mark.parametrize("first", [("PO-1", "PO-2"), ("PO-2", "PO-1")])
def test_a_collective_invoice_leaves_each_order_what_is_still_to_be_invoiced_of_it(first):
    order = replace(trade()["order"], net_minor=10_000, tax_minor=None, payable_minor=10_000, lines=())
    orders = [order, replace(order, number="PO-2")]
    papers = [*orders, *over(1, first, 10_000), *over(2, first, 2_000), *over(3, ("PO-1",), 4_000)]
    both = matched([*papers, *over(4, ("PO-2",), 4_000)])
    assert [one.evidence_minor for one in both.receivables] == [10_000, 2_000, 4_000, 4_000]
    more = matched([*papers, *over(4, ("PO-2",), 4_001 + ROUNDING_MINOR)])
    assert [one.evidence_minor for one in more.receivables] == [10_000, 2_000, 4_000, 4_000]
    assert rules(more) == ["OverInvoicedOrder"]


def test_parts_whose_taxes_were_rounded_up_are_no_more_than_was_ordered():
    order = replace(trade()["order"], net_minor=300, tax_minor=39, payable_minor=339, lines=())
    parts = [one for k in range(2) for one in over(k, ("PO-1",), 170, net=150)]  # 19.5 of tax each
    matching = matched([order, *parts])
    assert ([one.evidence_minor for one in matching.receivables], rules(matching)) == ([170, 169], [])


def delivered(number: int, order: str, *rows: DocumentLine, on_receipt: bool = True) -> list[TradeDocument]:
    """A despatch of an order, and its receipt."""
    found = trade()
    return [
        replace(found["despatch"], number=f"DN-{number}", orders=to(order), lines=rows),
        replace(
            found["receipt"], number=f"RA-{number}", despatches=to(f"DN-{number}"), lines=rows,
            orders=to(order) if on_receipt else (),
        ),
    ]  # fmt: skip


def order_of(number: str, *rows: DocumentLine) -> TradeDocument:
    net = sum(row.net_minor or 0 for row in rows)
    return replace(trade()["order"], number=number, net_minor=net, tax_minor=0, payable_minor=net, lines=rows)


def invoice_of(net: int, *rows: DocumentLine, **named) -> TradeDocument:
    facts = {"orders": (), "despatches": (), "receipts": (), "tax_minor": 0} | named
    return replace(trade()["invoice"], net_minor=net, payable_minor=net, lines=rows, **facts)


def test_goods_of_a_cheap_order_are_not_paid_for_at_the_price_of_a_dear_one():
    one = lines(10)[0]
    orders = [order_of("PO-1", replace(one, net_minor=100)), order_of("PO-2", replace(one, net_minor=10_000))]
    asked = invoice_of(10_000, replace(one, net_minor=10_000), orders=to("PO-1", "PO-2"), receipts=to("RA-1", "RA-2"))
    received = [*delivered(1, "PO-1", one), *delivered(2, "PO-2", replace(one, quantity=Decimal(1)))]
    (receivable,) = matched([*orders, *received, asked]).receivables
    assert 1_100 <= receivable.evidence_minor <= 1_100 * 102 // 100


def test_an_invoice_without_quantities_asks_for_the_goods_of_each_order_at_its_price():
    one = lines(10)[0]
    orders = [order_of("PO-1", replace(one, net_minor=100)), order_of("PO-2", replace(one, net_minor=10_000))]
    asked = invoice_of(10_100, orders=to("PO-1", "PO-2"), receipts=to("RA-1", "RA-2"))
    for came in ([1, 2], [2, 1]):
        received = [paper for n in came for paper in delivered(n, f"PO-{n}", one)]
        (receivable,) = matched([*orders, *received, asked]).receivables
        assert (receivable.evidence_minor, receivable.rules) == (10_100, ())


def test_a_few_minor_units_over_an_order_that_is_used_up_are_over_it():
    order = replace(trade()["order"], net_minor=100, tax_minor=None, payable_minor=100, lines=())
    matching = matched([order, *over(1, ("PO-1",), 100), *over(2, ("PO-1",), 1)])
    assert ([one.evidence_minor for one in matching.receivables], rules(matching)) == ([100, 0], ["OverInvoicedOrder"])


@pytest.mark.parametrize("quantity", [Decimal(10), None])
def test_an_article_that_was_ordered_at_two_prices_is_invoiced_at_each(quantity):
    """The buyer's receipt names the article alone."""
    rows = [
        DocumentLine(number=n, item="CU", quantity=Decimal(10), unit="KGM", net_minor=m)
        for n, m in (("1", 1_000), ("2", 3_000))
    ]
    received = [replace(row, net_minor=None) for row in rows]
    asked = [replace(row, order_line=row.number, quantity=quantity) for row in rows]
    papers = [order_of("PO-1", *rows), *delivered(1, "PO-1", *received), invoice_of(4_000, *asked, orders=to("PO-1"))]
    assert rules(matched(papers)) == []


def test_the_orders_of_goods_are_those_of_each_receipt_by_itself_or_through_its_despatch():
    one = lines(10)[0]
    orders = [order_of(number, replace(one, net_minor=1_000)) for number in ("PO-1", "PO-2")]
    papers = [*orders, *delivered(1, "PO-1", one), *delivered(2, "PO-2", one, on_receipt=False)]
    asked = invoice_of(2_000, *[replace(one, net_minor=1_000)] * 2, receipts=to("RA-1", "RA-2"))
    matching = matched([*papers, asked])
    assert (matching.receivables[0].evidence_minor, rules(matching)) == (2_000, [])


ARTICLES = {"CU": 700, "AL": 210}
DELIVERIES = st.lists(
    st.tuples(st.sampled_from(["PO-1", "PO-2"]), st.sampled_from([*ARTICLES]), st.integers(1, 9), st.booleans()),
    min_size=1, max_size=7,
)  # fmt: skip


@settings(max_examples=examples(150), deadline=None)
@given(DELIVERIES, st.sampled_from(["receipts", "despatches"]), st.booleans(), st.booleans(), st.randoms())
def test_an_honest_trade_is_backed_in_full_whichever_of_its_papers_come_first(
    deliveries, named, quantities, order_on_receipt, shuffle
):
    """Two orders of the same articles, delivered in parts, and invoices over some of the deliveries of both."""

    def row(number: int, item: str, quantity: int, net: int | None = None) -> DocumentLine:
        return DocumentLine(number=str(number), item=item, quantity=Decimal(quantity), unit="KGM", net_minor=net)

    papers: list[TradeDocument] = []
    for order in ("PO-1", "PO-2"):
        asked = {item: sum(much for po, of, much, _ in deliveries if (po, of) == (order, item)) for item in ARTICLES}
        rows = tuple(row(n, item, much, much * ARTICLES[item]) for n, (item, much) in enumerate(asked.items()) if much)
        net = sum(one.net_minor or 0 for one in rows)
        papers.append(
            document(DocumentType.ORDER, order, net_minor=net, tax_minor=0, payable_minor=net, lines=rows)
        )  # fmt: skip
    invoices: list[list[int]] = [[]]
    for place, (order, item, much, last) in enumerate(deliveries):
        goods = (row(1, item, much),)
        papers.append(document(DocumentType.DESPATCH_ADVICE, f"DN-{place}", orders=to(order), lines=goods))
        papers.append(
            document(
                DocumentType.RECEIPT_ADVICE, f"RA-{place}", despatches=to(f"DN-{place}"), lines=goods,
                orders=to(order) if order_on_receipt else (),
            )
        )  # fmt: skip
        invoices[-1].append(place)
        invoices += [[]] if last else []
    for number, places in enumerate(filter(None, invoices)):
        rows = tuple(
            row(n, item, much, much * ARTICLES[item]) for n, (_, item, much, _) in enumerate(map(deliveries.__getitem__, places))
        )  # fmt: skip
        net = sum(one.net_minor or 0 for one in rows)
        naming = {named: to(*(f"{'RA' if named == 'receipts' else 'DN'}-{place}" for place in places))}
        papers.append(
            document(
                DocumentType.INVOICE, f"INV-{number}", net_minor=net, tax_minor=0, payable_minor=net, **naming,
                lines=rows if quantities else tuple(replace(one, quantity=None, unit=None) for one in rows),
            )
        )  # fmt: skip
    shuffle.shuffle(papers)
    matching = matched(papers)
    assert rules(matching) == []
    assert all(one.evidence_minor == one.payable_minor for one in matching.receivables)


# --------------------------------------------------------------------------------------------------------- invariants


@st.composite
def worlds(draw):
    """Trades with things missing, wrong, doubled, credited and pledged."""
    documents = []
    for n in range(draw(st.integers(1, 3))):
        found = trade(payable=draw(st.integers(1, 30_000)), ordered=draw(st.integers(1, 30_000)))
        found = {
            name: replace(one, number=f"{one.number}{n}", orders=to(f"PO-1{n}") if one.orders else (),
                                         despatches=to(f"DN-1{n}") if one.despatches else (),
                                         receipts=to(f"RA-1{n}") if one.receipts else ())
            for name, one in found.items()
        }  # fmt: skip
        documents += [one for one in found.values() if draw(st.integers(0, 5))]
    return documents


EXTRAS = [
    note(500, "CN-1", ("INV-10",)), note(40_000, "CN-2", ("INV-11", "INV-10")), note(7, "CN-3", ("INV-9",)),
    warehouse_receipt("WR-1", orders=to("PO-10"), pledged=True),
    warehouse_receipt("WR-2", orders=to("PO-11"), pledged=True, lots=("LOT-2",)),
]  # fmt: skip


@settings(max_examples=examples(80), deadline=None)
@given(
    worlds(),
    st.lists(st.sampled_from(EXTRAS), max_size=4),
    st.booleans(),
    st.dates(date(2026, 4, 25), date(2026, 6, 1)),
)
def test_evidence_never_exceeds_what_is_open_and_taking_back_never_adds(documents, extras, copied, today):
    before = matched(documents, today=today)
    after = matched(documents + extras + (documents if copied else []), today=today)
    evidence = {receivable.document: receivable.evidence_minor for receivable in before.receivables}
    for receivable in after.receivables:
        assert 0 <= receivable.evidence_minor <= receivable.open_minor <= receivable.payable_minor
        assert receivable.open_minor == max(0, receivable.payable_minor - receivable.credited_minor)
        assert receivable.evidence_minor == 0 or receivable.proofs
        assert (receivable.blocked_by is None) == (receivable.evidence_minor > 0 or receivable.open_minor == 0)
        assert set(receivable.rules) <= {finding.rule for finding in after.findings}
        assert set(receivable.proofs) <= set(after.documents)
    total = sum(receivable.evidence_minor for receivable in after.receivables)
    assert total <= sum(evidence.values())
    assert [receivable.document for receivable in after.receivables] == list(evidence)
    assert all(finding.text("en") and set(finding.documents) <= set(after.documents) for finding in after.findings)
