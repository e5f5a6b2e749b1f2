"""Issuing by hand: what the papers prove now is what counts, not what they proved when the buyer confirmed."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from chain.books.portfolio import all_lines, all_pieces
from chain.commands.enrol import LineTermsFixed, enrol
from chain.commands.ingest import ingest
from chain.commands.pieces import InvoiceProvesLess, Payment, issue
from chain.commands.plan import make_plan, plan_input
from chain.commands.trade import load_trade
from chain.commands.workspace import open_workspace
from chain.documents.canonical import dump
from chain.documents.model import DocumentReference, DocumentType
from chain.settings import Settings
from chain.store.tables import networks
from chain.world.generator import make_world
from chain.world.writing import write_world


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pieces")
    world = make_world(11, date.today(), enterprises=40, documents=200)
    write_world(world, folder / "documents")
    with open_workspace(Settings(home=folder / "home")) as workspace:
        enrol(workspace, world.network)
        ingest(workspace, [folder / "documents" / batch.name for batch in world.batches])
        yield workspace


def test_after_a_credit_note_an_invoice_backs_what_is_left_of_it_and_the_same_key_is_answered_still(
    workspace, tmp_path
):
    _, plan = make_plan(workspace, "CNY")
    step = next(step for step in plan.steps if step.parent is None)
    trade = load_trade(workspace)
    invoice = trade.document(step.document)
    whole = next(r for r in trade.matching.receivables if r.document == step.document).evidence_minor
    names = workspace.parties()
    with workspace.store.read() as connection:
        line = next(n for n in all_lines(connection) if (names[n.bank], names[n.issuer]) == (step.bank, step.issuer))

    def pay(key, minor):
        return issue(
            workspace, key, step.issuer, line.line, step.maturity,
            [Payment(step.recipient, minor, step.document)],
        )  # fmt: skip

    first = pay("half", whole // 2)
    credited = (invoice.payable_minor or 0) * 7 // 10
    note = replace(invoice, type=DocumentType.CREDIT_NOTE, number="CN-1", lines=(), net_minor=None, tax_minor=None,
                payable_minor=credited, invoices=(DocumentReference(number=invoice.number),))  # fmt: skip
    path = tmp_path / "note.json"
    path.write_text(json.dumps(dump(note)))
    assert ingest(workspace, [path]).read == 1
    with pytest.raises(InvoiceProvesLess):
        pay("more", whole // 3)
    assert pay("half", whole // 2) == first
    with workspace.store.read() as connection:
        assert len(all_pieces(connection)) == 1
    assert step.document not in {payable.document for payable in plan_input(workspace, "CNY").payables}


def test_a_register_that_the_ledger_refuses_is_not_put_in_force(workspace):
    network = workspace.network()
    later = tuple(line.model_copy(update={"expiry": line.expiry + timedelta(days=99)}) for line in network.lines)
    with pytest.raises(LineTermsFixed):
        enrol(workspace, network.model_copy(update={"lines": later}))
    assert workspace.network() == network
    with workspace.store.read() as connection:
        assert len(connection.execute(select(networks)).all()) == 1
