"""Orders, goods' papers and warehouse receipts change what is planned, not invoices alone."""

from dataclasses import replace
from datetime import date

import pytest

from chain.commands.trade import Trade, as_it_stands
from chain.documents.model import DocumentType
from chain.graph.trade_graph import TradeGraph
from chain.planning.inputs import planning_input
from chain.planning.model import Line
from chain.planning.propagation import plan
from chain.world.generator import make_world

TODAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def world():
    return make_world(7, TODAY)


def traded(documents, world) -> Trade:
    graph = TradeGraph(world.network, world.batches[-1].date)
    graph.add(documents)
    return as_it_stands(graph, documents)


def planned(world, documents):
    """The plan of the last batch's day, with all lines unused."""
    trade = traded(documents, world)
    lines = tuple(
        Line(n.bank, n.issuer, n.currency, n.limit_minor, n.financing_limit_minor, n.expiry, n.annual_rate_basis_points)
        for n in world.network.lines
    )
    return plan(planning_input(trade.receivables, world.network, lines, {}, {}, world.batches[-1].date, world.currency))


def backed(made):
    """Invoice → what it backs in the plan."""
    found = {}
    for step in made.steps:
        found[step.document] = found.get(step.document, 0) + step.amount_minor
    return found


def test_without_a_paper_of_goods_nothing_backs_credit(world):
    goods = {DocumentType.RECEIPT_ADVICE, DocumentType.WAREHOUSE_RECEIPT}
    assert backed(planned(world, world.documents))
    assert not backed(planned(world, [d for d in world.documents if d.type not in goods]))


def test_a_warehouse_receipt_proves_the_goods_of_its_invoice_and_a_pledged_one_does_not(world):
    whole = planned(world, world.documents)
    receipts = [d for d in world.documents if d.type is DocumentType.WAREHOUSE_RECEIPT and not d.pledged]
    used = {proof for step in whole.steps for proof in step.proofs if proof.startswith("warehouse_receipt")}
    assert used
    pledged = {id(d) for d in receipts}
    bent = planned(
        world, [replace(d, pledged=True) if id(d) in pledged else d for d in world.documents]
    )  # fmt: skip
    assert not {proof for step in bent.steps for proof in step.proofs if proof.startswith("warehouse_receipt")}


def test_an_order_caps_what_its_invoices_back(world):
    whole = planned(world, world.documents)
    step = max((s for s in whole.steps if any(p.startswith("order") for p in s.proofs)), key=lambda s: s.amount_minor)
    number = next(p for p in step.proofs if p.startswith("order")).rpartition("|")[2]
    trade = traded(world.documents, world)
    order = trade.document(next(p for p in step.proofs if p.startswith("order")))
    smaller = replace(order, payable_minor=100, net_minor=88, tax_minor=12, lines=())
    bent = planned(world, [smaller if d == order else d for d in world.documents])
    assert backed(whole)[step.document] > 100
    assert backed(bent).get(step.document, 0) <= 100, number
