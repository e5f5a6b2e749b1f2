"""A supplier that writes its own papers as it likes gets no more evidence than the buyer's and the keeper's papers say.

1. Of an order: what it leaves in its currency, with at most a tax that is in use; of goods: what was received, in any unit.
2. What a receipt proves is used up, whatever orders its invoices name and whoever they are sent to.
3. What left a store, or cannot be compared with what was measured there, proves nothing.
4. The day of delivery is the receiver's or the keeper's.
"""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from document_samples import BUYER, KEEPER, OTHER, SELLER, TODAY, document, lines, party, to, trade, warehouse_receipt
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.documents.directory import Directory
from chain.documents.identity import document_key
from chain.documents.matching import Matching, match
from chain.documents.model import Answer, DocumentLine, DocumentType, Movement, TradeDocument
from chain.documents.trade.thresholds import DEARER, HIGHEST_TAX_PERCENT
from chain.documents.units import measured
from tests.effort import examples


def matched(*documents: TradeDocument) -> Matching:
    return match(documents, Directory.from_documents(documents), {}, TODAY)


def papers(found: dict[str, TradeDocument], **changes: dict[str, object]) -> list[TradeDocument]:
    """The trade's papers with some facts changed."""
    return [replace(one, **changes.get(name, {})) for name, one in found.items()]


def evidence(*documents: TradeDocument) -> list[int]:
    return [receivable.evidence_minor for receivable in matched(*documents).receivables]


def rules(*documents: TradeDocument) -> set[str]:
    return {finding.rule for finding in matched(*documents).findings}


# ------------------------------------------------------------------------------------------------------------ orders

WITHOUT_TAX = {"tax_minor": None, "net_minor": 10_000, "payable_minor": 10_000}


@settings(max_examples=examples(80), deadline=None)
@given(st.integers(0, 10**6), st.one_of(st.none(), st.integers(0, 10**6)))
def test_no_tax_lifts_an_order_without_tax_above_the_highest_rate_in_use(net, tax):
    invoice = {"net_minor": net, "tax_minor": tax, "payable_minor": net + (tax or 50_000), "lines": ()}
    (backed,) = evidence(*papers(trade(), order=WITHOUT_TAX, invoice=invoice))
    assert backed <= 10_000 * (100 + HIGHEST_TAX_PERCENT) // 100


def test_an_order_without_tax_beside_another_does_not_lift_it():
    second = document(DocumentType.ORDER, "PO-2", tax_minor=None, net_minor=1, payable_minor=1)
    invoice = {
        "orders": to("PO-1", "PO-2"),
        "net_minor": 11_300,
        "tax_minor": 50_000,
        "payable_minor": 61_300,
        "lines": (),
    }
    found = papers(trade(), receipt={"orders": to("PO-1", "PO-2"), "lines": ()}, invoice=invoice)
    assert 11_300 <= evidence(*found, second)[0] <= 11_301


def test_an_order_in_another_currency_has_no_room():
    found = papers(trade(), invoice={"currency": "USD"})
    assert evidence(*found) == [0]
    assert rules(*found) == {"OrderInAnotherCurrency"}


@settings(max_examples=examples(40), deadline=None)
@given(st.integers(1, 11_300), st.integers(0, 10**8))
def test_a_credit_note_makes_no_more_room_than_it_takes_back(credited, net):
    found = papers(trade(), order=WITHOUT_TAX, receipt={"lines": ()}, invoice={"lines": ()})
    second = replace(found[-1], number="INV-2")
    note = document(
        DocumentType.CREDIT_NOTE, "CN-1", net_minor=net, tax_minor=credited - net, payable_minor=credited,
        invoices=to("INV-1"),
    )  # fmt: skip
    assert sum(evidence(*found, second, note)) <= 10_000 * (100 + HIGHEST_TAX_PERCENT) // 100


@pytest.mark.parametrize("by_buyer", [True, False])
@pytest.mark.parametrize(
    ("quantity", "net", "left"),
    [
        (0, None, 0),
        (4, None, 4_520),
        (10, None, 11_300),
        (10, 5_000, 5_650),
        (None, 5_000, 5_650),
        (10, 20_000, 11_300),
    ],
)
def test_an_answer_that_writes_lines_alone_changes_the_order_at_its_prices_or_lower_ones(quantity, net, left, by_buyer):
    number = None if quantity is None else Decimal(quantity)
    line = DocumentLine("1", quantity=number, unit="KGM", net_minor=net, order_line="1")
    answer = document(
        DocumentType.ORDER_RESPONSE, "OC-1", answer=Answer.CHANGED, by_buyer=by_buyer, orders=to("PO-1"), lines=(line,)
    )
    assert evidence(*trade().values(), answer) == [left]


def test_a_changed_line_without_a_price_leaves_the_order_no_room():
    answer = document(
        DocumentType.ORDER_RESPONSE, "OC-1", answer=Answer.CHANGED, by_buyer=True, orders=to("PO-1"), lines=lines(9)
    )
    assert evidence(*papers(trade(), order={"lines": lines(10)}), answer) == [0]


def test_an_order_that_is_not_that_of_the_goods_makes_no_room():
    """The buyer received on PO-1, for 113.00; PO-2 is another order of 1,000.00."""
    other = document(DocumentType.ORDER, "PO-2", net_minor=100_000, tax_minor=0, payable_minor=100_000)
    invoice = {
        "orders": to("PO-2"),
        "net_minor": 50_000,
        "tax_minor": 0,
        "payable_minor": 50_000,
        "lines": lines(10, 50_000),
    }
    found = [*papers(trade(), invoice=invoice), other]
    assert 10_000 <= evidence(*found)[0] <= 10_000 * DEARER + 3
    assert {"OrdersDiffer", "OverInvoicedOrder"} <= rules(*found)
    small = replace(other, net_minor=5_000, payable_minor=5_000)
    assert evidence(*found[:-1], small) == [5_000]
    assert evidence(*found, document(
        DocumentType.ORDER_RESPONSE, "OC-1", answer=Answer.REJECTED, by_buyer=True, orders=to("PO-1")
    )) == [0]  # fmt: skip


# ------------------------------------------------------------------------------------------------------------- goods


def line(quantity: Decimal | None, unit: str | None = "KGM", order_line: str | None = "1", item: str | None = "CU"):
    return DocumentLine("1", quantity=quantity, unit=unit, net_minor=10_000, order_line=order_line, item=item)


QUANTITIES = st.decimals(Decimal("0.001"), 50, places=3)


@settings(max_examples=examples(120), deadline=None)
@given(
    received=QUANTITIES,
    invoiced=QUANTITIES,
    unit=st.sampled_from(["KGM", "kgm", "千克", "公斤", "GRM", "TNE", "吨", "LBR"]),
    order_line=st.sampled_from([None, "1", "01", "0001"]),
    item=st.sampled_from([None, "CU", "cu"]),
    orders=st.sampled_from([("PO-1",), (), ("PO-9",), ("PO-1", "PO-9")]),
)
def test_no_more_is_backed_than_was_received_however_the_invoice_writes_it(
    received, invoiced, unit, order_line, item, orders
):
    written = round(invoiced / measured(Decimal(1), unit)[1], 12)
    invoice = {"lines": (line(written, unit, order_line, item),), "orders": to(*orders)}
    (backed,) = evidence(*papers(trade(), receipt={"lines": (line(received),)}, invoice=invoice))
    fair = 11_300 * min(received, invoiced) / invoiced
    worth = 1_130 * received  # at the order's prices
    assert min(fair, worth) - 3 <= backed <= min(fair, worth * DEARER) + 6


@pytest.mark.parametrize(
    "written",
    [line(None), line(Decimal(-10)), line(Decimal(0)), line(Decimal(10), "C62"), line(Decimal(10), None),
     line(Decimal(10), order_line="2"), line(Decimal(10), order_line=None, item="AL")],
)  # fmt: skip
def test_what_cannot_be_compared_with_what_was_received_was_not_received(written):
    priced = lines(1, net=1)[0]
    invoice = {"lines": (replace(priced, number="9"), written)}
    assert evidence(*papers(trade(), invoice=invoice))[0] <= 3
    assert rules(*papers(trade(), invoice=invoice)) & {"MoreInvoicedThanReceived", "QuantitiesNotComparable"}


def test_an_invoice_without_quantities_asks_for_what_was_received_at_the_orders_prices():
    found = papers(trade(), receipt={"lines": lines(1)}, invoice={"lines": ()})
    assert evidence(*found) == [1_130]
    assert "ReceivedWorthLess" in rules(*found)
    two = document(DocumentType.ORDER, "PO-2", lines=lines(10, 10_000))
    both = papers(
        trade(), receipt={"lines": lines(1), "orders": ()}, invoice={"lines": (), "orders": to("PO-1", "PO-2")}
    )
    both = [replace(one, orders=to("PO-1", "PO-2")) if one.number == "DN-1" else one for one in both]
    assert evidence(*both, two) == [1_130]


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(st.tuples(st.integers(1, 3), st.booleans()), min_size=1, max_size=5), st.booleans(), st.booleans())
def test_one_receipt_stands_behind_no_more_than_was_received_whatever_orders_its_invoices_name(many, names, keeper):
    """Ten kilograms, 113.00 with tax, on one paper; three orders of that amount, and as many invoices as one likes."""
    found = trade()
    orders = [replace(found["order"], number=f"PO-{n}") for n in (1, 2, 3)]
    receipt = replace(found["receipt"], orders=to("PO-1") if names else ())
    goods = [receipt, replace(found["despatch"], orders=())]
    if keeper:
        goods = [warehouse_receipt(orders=to("PO-1") if names else ())]
    shipped = () if keeper else to("DN-1")
    invoices = [
        replace(
            found["invoice"],
            number=f"I{n}",
            orders=to(f"PO-{order}"),
            despatches=shipped,
            receipts=to(goods[0].number),
            lines=found["invoice"].lines if quantities else (),
        )
        for n, (order, quantities) in enumerate(many)
    ]
    backed = evidence(*orders, *goods, *invoices)
    assert sum(backed) <= 11_300 + 3
    assert max(backed) > 0


@settings(max_examples=examples(60), deadline=None)
@given(
    grams=st.integers(1, 10_000), amounts=st.lists(st.one_of(st.none(), st.integers(1, 20_000)), min_size=1, max_size=3),
    many=st.integers(1, 4),
)  # fmt: skip
def test_a_line_is_backed_by_no_more_goods_than_its_amount_buys_at_the_orders_price(grams, amounts, many):
    """Ten kilograms, 113.00 with tax, of an order of two hundred; one gram written on an invoice does not stand for all."""
    found = trade(ordered=226_000)
    found["order"] = replace(found["order"], lines=lines(200, 200_000))
    written = tuple(
        replace(lines(1, net=amount)[0], number=str(n), quantity=Decimal(grams) / 1_000)
        for n, amount in enumerate(amounts)
    )
    invoices = [
        replace(
            found["invoice"], number=f"I{n}A", net_minor=20_000, tax_minor=2_600, payable_minor=22_600, lines=written
        )
        for n in range(many)
    ]
    assert (
        sum(evidence(found["order"], found["despatch"], found["receipt"], *invoices)) <= 11_300 * DEARER + 12 * many
    )  # a few lines rounded


def test_lines_without_prices_that_no_order_prices_take_all_of_a_receipt_for_one_invoice():
    found = trade()
    gram = replace(found["invoice"], lines=lines("0.001"), orders=())
    assert evidence(found["despatch"], found["receipt"], gram, replace(gram, number="INV-2")) == [11_300, 0]


@settings(max_examples=examples(60), deadline=None)
@given(
    received=st.integers(0, 12), kept=st.integers(0, 12), named=st.sampled_from(["order", "invoice", "both"]),
    item=st.sampled_from([None, "CU", "CU-1"]), quantities=st.booleans(), keeper_first=st.booleans(),
)  # fmt: skip
def test_what_the_keeper_and_the_buyer_say_of_one_orders_goods_is_received_once(
    received, kept, named, item, quantities, keeper_first
):
    """Twenty kilograms were ordered, for 226.00 with tax."""
    found = trade(ordered=22_600)
    found["order"] = replace(found["order"], lines=lines(20, 20_000))
    half = replace(found["invoice"], lines=lines(10, 10_000) if quantities else ())
    stored = warehouse_receipt(
        keeper=party("91350211M000100Y46"), lines=(replace(lines(kept)[0], item=item),),
        orders=() if named == "invoice" else to("PO-1"), invoices=() if named == "order" else to("INV-2"),
    )  # fmt: skip
    other = replace(half, number="INV-2", despatches=(), receipts=to("WR-1"))
    if item and quantities:
        other = replace(other, lines=(replace(other.lines[0], item=item),))
    invoices = [other, half] if keeper_first else [half, other]
    backed = evidence(
        found["order"], found["despatch"], replace(found["receipt"], lines=lines(received)), stored, *invoices
    )
    assert sum(backed) <= 1_130 * max(received, kept) * DEARER + 12


@pytest.mark.parametrize("orders", [(), ("PO-9",)])
def test_a_receipt_that_does_not_say_how_much_stands_for_its_own_order_alone(orders):
    """Of twenty kilograms ten were received; RA-9 is another receipt, of an order of 1.13 or of none."""
    found = trade(payable=22_600, ordered=45_200)
    found["order"] = replace(found["order"], lines=lines(40, 40_000))
    tiny = document(DocumentType.ORDER, "PO-9", net_minor=100, tax_minor=13, payable_minor=113)
    silent = document(DocumentType.RECEIPT_ADVICE, "RA-9", orders=to(*orders), delivery_date=date(2026, 5, 3))
    invoice = replace(found["invoice"], lines=lines(20, 20_000), receipts=to("RA-1", "RA-9"))
    again = replace(invoice, number="INV-2", lines=lines(10, 10_000))
    goods = (found["order"], found["despatch"], found["receipt"], tiny, silent)
    assert evidence(*goods, invoice, again) == [11_300, 0]
    both = replace(invoice, orders=to("PO-1", *orders))
    assert evidence(*goods, both, again) == [11_413 if orders else 11_300, 0]


@pytest.mark.parametrize("back", [{}, {"order_line": None}, {"order_line": None, "item": None}])
@pytest.mark.parametrize("lines_of_one", [True, False])
def test_what_the_buyer_sent_back_was_not_received(back, lines_of_one):
    found = trade()
    returned = replace(lines(-4)[0], number="2", **back)
    if lines_of_one:
        goods = [replace(found["receipt"], lines=(*lines(), returned))]
    else:
        goods = [found["receipt"], replace(found["receipt"], number="RA-2", lines=(returned,))]
    assert evidence(found["order"], found["despatch"], *goods, found["invoice"]) == [6_780]


def test_a_keepers_receipt_caps_by_quantity():
    found = trade()
    invoice = replace(found["invoice"], despatches=(), receipts=to("WR-1"))
    assert evidence(found["order"], invoice, warehouse_receipt(lines=lines(4))) == [4_520]
    assert evidence(found["order"], invoice, warehouse_receipt(lines=lines("0.004"))) == [4]


def test_goods_held_for_nobody_prove_nothing_to_anybody():
    """One receipt of goods that the seller keeps for itself, and three buyers that it invoices over it."""
    buyers = (BUYER, OTHER, KEEPER)
    sold = [
        document(DocumentType.INVOICE, f"I{n}", buyer=party(buyer), receipts=to("WR-1"), orders=to("PO-1"))
        for n, buyer in enumerate(buyers)
    ]
    receipt = warehouse_receipt(buyer=None, keeper=party("91350211M000100Y46"), invoices=())
    assert evidence(receipt, *sold) == [0, 0, 0]
    assert "GoodsHeldForNobody" in rules(receipt, *sold)
    named = replace(receipt, invoices=to("I1"))
    assert evidence(named, *sold) == [0, 11_300, 0]
    assert evidence(replace(receipt, buyer=party(OTHER)), *sold) == [0, 11_300, 0]


def test_the_buyers_own_goods_in_store_prove_the_order_that_the_keeper_names():
    """The buyer's goods, of one order; two sellers number their invoices alike."""
    keeper, order = party("91350211M000100Y46"), document(DocumentType.ORDER, "PO-1")
    sold = [
        document(DocumentType.INVOICE, "I1", seller=party(seller), orders=to("PO-1"), receipts=to("WR-1"))
        for seller in (SELLER, OTHER)
    ]
    receipt = warehouse_receipt(seller=party(BUYER), keeper=keeper, invoices=to("I1"))
    assert evidence(order, receipt, *sold) == [11_300, 0]
    assert evidence(order, replace(receipt, orders=()), *sold) == [0, 0]


@pytest.mark.parametrize(
    ("owner", "named", "proves"),
    [
        (SELLER, {}, False), (SELLER, {"orders": to("PO-1")}, False), (SELLER, {"invoices": to("INV-1")}, True),
        (SELLER, {"orders": to("PO-1"), "invoices": to("INV-1")}, True), (SELLER, {"invoices": to("INV-1", "INV-2")}, False),
        (SELLER, {"invoices": to("INV-2")}, False), (BUYER, {}, False), (BUYER, {"orders": to("PO-1")}, True),
        (BUYER, {"orders": to("PO-1", "PO-2")}, False), (BUYER, {"orders": to("PO-9")}, False),
        (BUYER, {"invoices": to("INV-1")}, False),
    ],
)  # fmt: skip
def test_a_receipt_without_a_consignee_proves_the_one_trade_that_it_names_and_no_other(owner, named, proves):
    """The seller's goods to one invoice, the buyer's own to one order that is there."""
    found = trade()
    keeper = party("91350211M000100Y46")
    receipt = warehouse_receipt(seller=party(owner), buyer=None, keeper=keeper, **({"orders": ()} | named))
    told = (found["order"], receipt, replace(found["invoice"], despatches=(), receipts=to("WR-1")))
    assert evidence(*told) == [11_300 if proves else 0]
    assert ("GoodsHeldForNobody" in rules(*told)) is not proves
    pledged = replace(receipt, number="WR-2", pledged=True, invoices=(), orders=())
    assert evidence(*told, pledged) == [0]
    assert {"GoodsPledged", "LotInSeveralReceipts"} <= rules(*told, pledged)


def test_a_lot_that_the_goods_papers_name_and_that_backs_a_loan_blocks():
    pledged = warehouse_receipt(orders=(), pledged=True, buyer=None)
    for name in ("despatch", "receipt"):
        assert evidence(*papers(trade(), **{name: {"lots": ("LOT-1",)}}), pledged) == [0]


@pytest.mark.parametrize(
    ("item", "named", "backs"),
    [("AL", "CU", True), ("CU", "CU", False), ("cu", "CU", False), (None, "CU", False), ("AL", None, False)],
)
@pytest.mark.parametrize("stored", [True, False])
def test_a_pledge_at_another_keeper_blocks_goods_of_its_article_or_where_one_does_not_say_which(
    item, named, backs, stored
):
    """Two keepers may number the lots of different goods alike; the articles are those of all papers that name the lot."""
    found = trade()
    other = party("91350211M000100Y46")
    pledged = warehouse_receipt(
        "P-1", keeper=other, orders=(), buyer=None, pledged=True, lines=(line(Decimal(3), item=item),)
    )
    goods = (line(Decimal(10), item=named),)
    if stored:
        told = [
            found["order"],
            warehouse_receipt(lines=goods),
            replace(found["invoice"], despatches=(), receipts=to("WR-1")),
        ]
    else:
        told = papers(found, despatch={"lots": ("LOT-1",), "lines": goods})
    for order in ([*told, pledged], [pledged, *told]):
        assert ("GoodsPledged" in rules(*order)) is not backs
        assert bool(sum(evidence(*order))) is backs


def test_at_one_keeper_a_lot_is_one_lot_of_whatever_article():
    pledged = warehouse_receipt("P-1", orders=(), buyer=None, pledged=True, lines=(line(Decimal(3), item="AL"),))
    found = trade()
    assert evidence(found["order"], warehouse_receipt(), pledged, replace(found["invoice"], receipts=to("WR-1"))) == [0]


# ------------------------------------------------------------------------------------------------------------- stock


def event(movement: Movement, quantity: int | None, unit: str = "KGM", **facts) -> TradeDocument:
    counted = () if quantity is None else (DocumentLine("1", quantity=Decimal(quantity), unit=unit, lot="LOT-1"),)
    defaults = {
        "buyer": None, "keeper": party(KEEPER), "movement": movement, "lots": ("LOT-1",), "lines": counted,
        "delivery_date": date(2026, 5, 10),
    }  # fmt: skip
    return document(DocumentType.LOGISTICS_EVENT, facts.pop("number", f"EV-{movement}"), **(defaults | facts))


def in_store() -> list[TradeDocument]:
    """Ten kilograms in store for the buyer, and their invoice."""
    found = trade()
    return [found["order"], replace(found["invoice"], despatches=(), receipts=to("WR-1")), warehouse_receipt()]


@pytest.mark.parametrize(
    ("events", "proven"),
    [
        ([event(Movement.STORED, 10)], True),
        ([event(Movement.STORED, 10_000, "GRM")], True),
        ([event(Movement.STORED, 9)], False),
        ([event(Movement.STORED, 5, "C62")], False),
        ([event(Movement.STORED, 10), event(Movement.RELEASED, 1)], False),
        ([event(Movement.STORED, 12), event(Movement.RELEASED, 2)], True),
        ([event(Movement.RELEASED, 1)], False),
        ([event(Movement.STORED, 12), event(Movement.RELEASED, None)], False),
        ([event(Movement.RELEASED, 5), event(Movement.OBSERVED, 10, delivery_date=date(2026, 5, 11))], True),
        (
            [event(Movement.STORED, 12), event(Movement.TRANSFORMED, 5, lots=("LOT-2",), consumed_lots=("LOT-1",))],
            False,
        ),
        ([event(Movement.RELEASED, 5, keeper=party(SELLER))], False),
        ([event(Movement.RELEASED, 5, keeper=party(OTHER))], True),
        ([event(Movement.RELEASED, 5, seller=party(OTHER))], True),
    ],
)
def test_a_receipt_of_more_than_is_measured_and_still_there_proves_nothing(events, proven):
    assert evidence(*in_store(), *events) == [11_300 if proven else 0]
    assert evidence(*events, *in_store()) == [11_300 if proven else 0]


def test_the_finding_says_what_cannot_be_compared_with_what():
    (finding,) = [f for f in matched(*in_store(), event(Movement.STORED, 5, "C62")).findings if f.case == "C8"]
    assert finding.rule == "StockNotComparable"
    assert "10 KGM" in finding.text()
    assert "5 C62" in finding.text()


@pytest.mark.parametrize("movement", [Movement.STORED, Movement.OBSERVED, Movement.RELEASED])
def test_a_broken_event_measures_nothing(movement):
    """Neither what makes room for receipts, nor what takes it away."""
    broken = event(movement, 1, broken_rules=("DeclaredWrong",))
    assert evidence(*in_store(), broken) == [11_300]
    more = event(movement, 999, number="EV-9", broken_rules=("DeclaredWrong",))
    assert evidence(*in_store(), event(Movement.STORED, 5), more) == [0]


def test_an_event_is_the_word_of_who_has_the_goods():
    assert document_key(event(Movement.STORED, 10)).split("|")[1] == f"USCC:{KEEPER}"


# -------------------------------------------------------------------------------------------------------------- days


def test_the_day_of_delivery_is_the_receivers_whatever_the_invoice_says():
    later = TODAY - timedelta(days=1)
    matching = matched(*papers(trade(), invoice={"delivery_date": later}))
    assert matching.receivables[0].delivery_date == date(2026, 5, 3)
    matching = matched(*papers(trade(), invoice={"delivery_date": later}, receipt={"delivery_date": None}))
    assert matching.receivables[0].delivery_date == date(2026, 5, 1)  # when the receipt was written
    undated = papers(trade(), invoice={"delivery_date": later}, receipt={"delivery_date": None, "issue_date": None})
    assert matched(*undated).receivables[0].blocked_by == "Prepayment"


def test_an_invoice_without_a_date_backs_nothing():
    assert matched(*papers(trade(), invoice={"issue_date": None})).receivables[0].blocked_by == "InvoiceWithoutDate"
