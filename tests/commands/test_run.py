"""Carrying a plan out, when not everything goes the straight way.

1. A recipient without a standing rule answers itself; carrying the plan out again goes on from its answer.
2. An answer that the ledger refuses (too late, or given by hand before) is in the result, and stops nobody else.
3. What is unpaid becomes overdue by itself; a payment refused for want of deposits is made once they are there.
4. A document that cannot be confirmed keeps back the pieces behind it, and only them.
5. What a payer wants two of its people to look at is not taken by the plan; without the limit it is, by the next run.
"""

import shutil
import time
from datetime import date

import pytest

from chain.books.portfolio import all_pieces
from chain.commands import run as run_module
from chain.commands.deposit import deposit
from chain.commands.due import due
from chain.commands.enrol import enrol
from chain.commands.four_eyes import Limit, set_limit
from chain.commands.ingest import ingest
from chain.commands.mature import redeem_due
from chain.commands.pieces import accept
from chain.commands.plan import load_plan, make_plan
from chain.commands.run import run
from chain.commands.verify import verify
from chain.commands.workspace import OPERATOR, open_workspace
from chain.errors import ContractRefused
from chain.issuance.node import advance_clock
from chain.planning.model import StepKind
from chain.settings import Settings
from chain.world.generator import make_world
from chain.world.writing import write_world


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    """A home with plan 1, in which one supplier that passes credit on has no standing rule."""
    folder = tmp_path_factory.mktemp("planned")
    world = make_world(11, date.today(), enterprises=40, documents=200)
    write_world(world, folder / "documents")
    settings = Settings(home=folder / "home")
    with open_workspace(settings) as workspace:
        enrol(workspace, world.network)
        ingest(workspace, [folder / "documents" / batch.name for batch in world.batches])
        _, plan = make_plan(workspace, world.currency)
        silent = payer_of_a_transfer(plan)
        firms = tuple(
            firm.model_copy(update={"acceptance": None}) if firm.id == silent else firm
            for firm in world.network.enterprises
        )
        workspace.save_network(world.network.model_copy(update={"enterprises": firms}))
    return settings.home


@pytest.fixture
def workspace(planned, tmp_path):
    shutil.copytree(planned, tmp_path / "home")
    with open_workspace(Settings(home=tmp_path / "home")) as workspace:
        yield workspace


def payer_of_a_transfer(plan):
    """A supplier whose pieces from before go on."""
    return next(step.payer for step in plan.steps if step.kind is StepKind.TRANSFER)


def made(workspace):
    with workspace.store.read() as connection:
        return [(str(piece.piece), piece.owner, piece.initial_minor) for piece in all_pieces(connection)]


def test_a_recipient_without_a_rule_answers_itself_and_the_plan_goes_on(workspace):
    plan = load_plan(workspace, 1)
    silent = payer_of_a_transfer(plan)
    first = run(workspace, 1)
    waiting = [step for step in plan.steps if step.payer == silent and step.kind is StepKind.TRANSFER]
    assert {first.refused[step.number] for step in waiting} == {"ParentNotHeld"}
    own = [step.number for step in plan.steps if step.recipient == silent]
    assert not set(own) & set(first.accepted)
    for number, step in enumerate(own):
        accept(workspace, f"by hand {number}", silent, [first.pieces[step]])
    second = run(workspace, 1)
    assert set(own) <= set(second.accepted)
    assert {step.number for step in waiting} <= set(second.pieces)
    assert first.pieces.items() <= second.pieces.items()
    before = made(workspace)
    assert run(workspace, 1) == second
    assert made(workspace) == before
    assert len(before) == len(second.pieces)
    assert verify(workspace).ok


def test_an_answer_that_comes_too_late_or_was_given_by_hand_stops_nobody(workspace, monkeypatch):
    class Killed(BaseException):
        pass

    def die(*_):
        raise Killed

    monkeypatch.setattr(run_module, "_answer", die)
    with pytest.raises(Killed):
        run(workspace, 1)
    monkeypatch.undo()
    with workspace.store.read() as connection:
        offered = [piece for piece in all_pieces(connection) if piece.state == "offered"]
    by_hand = offered[0]
    accept(workspace, "by hand", workspace.parties()[by_hand.owner], [by_hand.piece])
    advance_clock(workspace.web3, max(piece.deadline for piece in offered) + 1)
    workspace.indexer.catch_up()
    result = run(workspace, 1)
    taken = {step for step, piece in result.pieces.items() if piece == by_hand.piece}
    assert taken
    assert taken <= set(result.accepted)
    assert set(result.refused.values()) >= {"OfferExpired"}
    assert run(workspace, 1) == result


def test_what_is_unpaid_is_overdue_until_there_are_deposits_to_pay_it(workspace):
    run(workspace, 1)
    names = workspace.parties()
    with workspace.store.read() as connection:
        piece = min((p for p in all_pieces(connection) if p.state == "held" and p.live), key=lambda p: p.maturity_day)
    advance_clock(workspace.web3, max(int(time.time()), (piece.maturity_day + 1) * 86_400))
    workspace.indexer.catch_up()
    issuer = names[piece.issuer]
    run(workspace, 1)
    with workspace.store.read() as connection:
        assert any(p.overdue for p in all_pieces(connection) if p.issuer == piece.issuer)
    for _ in range(2):
        with pytest.raises(ContractRefused):
            redeem_due(workspace, issuer)
    for one in due(workspace, issuer):
        deposit(workspace, f"income {one.piece}", names[one.bank], issuer, one.currency, one.amount_minor)
    assert piece.piece in redeem_due(workspace, issuer).paid
    assert due(workspace, issuer) == []
    with workspace.store.read() as connection:
        assert not any(p.overdue for p in all_pieces(connection) if p.issuer == piece.issuer)


def test_a_document_that_cannot_be_confirmed_keeps_back_only_what_rests_on_it(workspace):
    plan = load_plan(workspace, 1)
    step = next(step for step in plan.steps if not any(other.parent == step.number for other in plan.steps))
    number = workspace.party(step.recipient)
    call = workspace.contracts.call("Participants", "suspend", number)
    workspace.send("suspended for the test", OPERATOR, call)
    result = run(workspace, 1)
    assert step.number in result.refused
    assert result.pieces


def test_what_a_payer_wants_two_of_its_people_to_look_at_the_plan_leaves_out(workspace):
    plan = load_plan(workspace, 1)
    payer = next(step.payer for step in plan.steps if step.kind is StepKind.ISSUE)
    own = [step.number for step in plan.steps if step.payer == payer]
    most = sum(step.amount_minor for step in plan.steps if step.payer == payer)
    set_limit(workspace, payer, Limit(plan.steps[0].currency, most - 1, 1))
    first = run(workspace, 1)
    assert {first.refused[number] for number in own} <= {"ApprovalMissing", "ParentNotHeld"}
    assert "ApprovalMissing" in {first.refused[number] for number in own}
    assert not set(own) & set(first.pieces)
    assert first.pieces
    set_limit(workspace, payer, Limit(plan.steps[0].currency, most, 2))
    assert set(own) <= set(run(workspace, 1).pieces)
