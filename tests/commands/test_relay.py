"""Parties that keep their keys: they sign orders themselves, and the service only brings them onto the chain.

1. Nobody here can sign for such a party, and what it signed is done as if it had acted itself.
2. Orders share a transaction, and each has its own outcome with its own error.
3. What the contracts refuse is told before anything is sent; repeating a relay sends nothing again.
4. No order spoils another one, however large it is and however it fails.
5. What was ordered proves itself to whoever verifies, also when the node knows no more how the chain was then.
"""

import json
import time
from contextlib import ExitStack
from dataclasses import replace
from datetime import date

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from chain.books import portfolio
from chain.books.portfolio import all_lines
from chain.cli import main
from chain.commands.enrol import enrol
from chain.commands.ingest import ingest
from chain.commands.pieces import Payment, accept, issue
from chain.commands.plan import make_plan
from chain.commands.relay import MOST_BYTES, MOST_GAS, _packed, order_as_json, order_to_sign, relay
from chain.commands.run import run
from chain.commands.trade import load_trade
from chain.commands.verify import verify
from chain.commands.workspace import open_workspace
from chain.errors import Conflict
from chain.issuance.orders import ArgumentsMalformed, FunctionNotOrderable, Order, SignedOrder
from chain.issuance.signers import KeyElsewhere
from chain.network import Role
from chain.settings import Settings
from chain.store.tables import operations
from chain.world.generator import make_world
from chain.world.writing import write_world

TILL = int(time.time()) + 86_400


@pytest.fixture(scope="module")
def own_keys():
    return {}


@pytest.fixture(scope="module")
def opened():
    with ExitStack() as stack:
        yield stack


@pytest.fixture(scope="module")
def workspace(tmp_path_factory, own_keys, opened):
    """A network whose suppliers all keep their keys; one issuer has offered a piece to each of some of them."""
    folder = tmp_path_factory.mktemp("relay")
    world = make_world(11, date.today(), enterprises=40, documents=200)
    write_world(world, folder / "documents")
    enterprises = []
    for number, enterprise in enumerate(world.network.enterprises):
        if enterprise.roles == (Role.SUPPLIER,):
            own_keys[enterprise.id] = Account.from_key((number + 1).to_bytes(32, "big"))
            enterprise = enterprise.model_copy(update={"address": own_keys[enterprise.id].address})
        enterprises.append(enterprise)
    workspace = opened.enter_context(open_workspace(Settings(home=folder / "home")))
    enrol(workspace, world.network.model_copy(update={"enterprises": tuple(enterprises)}))
    ingest(workspace, [folder / "documents" / batch.name for batch in world.batches])
    return workspace


@pytest.fixture(scope="module")
def offered(workspace, own_keys):
    """Pieces offered to parties with keys of their own, with their recipients."""
    _, plan = make_plan(workspace, "CNY")
    roots = [step for step in plan.steps if step.parent is None and step.recipient in own_keys]
    names = workspace.parties()
    with workspace.store.read() as connection:
        lines = {(names[n.bank], names[n.issuer], n.currency): n.line for n in all_lines(connection)}
    found = []
    for number, step in enumerate(roots[:4]):
        whole = next(
            r for r in load_trade(workspace).matching.receivables if r.document == step.document
        ).evidence_minor
        line = lines[step.bank, step.issuer, step.currency]
        payment = Payment(step.recipient, min(whole, step.amount_minor), step.document)
        found += [
            (p, step.recipient)
            for p in issue(workspace, f"issue {number}", step.issuer, line, step.maturity, [payment])
        ]
    assert len(found) >= 3
    return found


def signed_order(workspace, own_keys, party, function, arguments, *, nonce=None, by=None):
    order, typed = order_to_sign(workspace, party, "CreditLedger", function, arguments, TILL, nonce)
    message = encode_typed_data(full_message=json.loads(json.dumps(typed)))
    return SignedOrder(order, bytes(own_keys[by or party].sign_message(message).signature))


def acceptance(workspace, own_keys, piece, party, **more):
    (named,) = workspace.references([piece])
    return signed_order(workspace, own_keys, party, "accept(uint256[])", [[str(named.chain)]], **more)


def state(workspace, piece):
    with workspace.store.read() as connection:
        return portfolio.piece(connection, piece).state


def transactions_of(workspace):
    with workspace.store.read() as connection:
        return connection.execute(select(func.count()).where(operations.c.kind == "relay")).scalar()


def test_nobody_here_signs_for_a_party_that_keeps_its_key(workspace, offered):
    (piece, party), *_ = offered
    with pytest.raises(KeyElsewhere):
        accept(workspace, "for it", party, [piece])
    assert state(workspace, piece) == "offered"


def test_orders_share_a_transaction_and_each_has_its_own_outcome(workspace, own_keys, offered):
    (first, one), (second, other), (third, last), *_ = offered
    stranger = next(party for party in own_keys if party not in (one, other, last))
    orders = [
        acceptance(workspace, own_keys, first, one),
        acceptance(workspace, own_keys, second, stranger),  # not its piece
        acceptance(workspace, own_keys, second, other),
        acceptance(workspace, own_keys, second, other),  # done by then
        acceptance(workspace, own_keys, third, last, by=stranger),  # not its signature
    ]
    before = transactions_of(workspace)
    outcomes = relay(workspace, "relay:test", orders)
    assert [outcome.is_done for outcome in outcomes] == [True, False, True, False, False]
    assert [outcome.error.rule for outcome in outcomes if outcome.error] == [
        "NotTheOwner",
        "PieceNotInState",
        "SignatureInvalid",
    ]
    assert outcomes[0].transaction == outcomes[2].transaction == outcomes[3].transaction
    assert outcomes[1].transaction is outcomes[4].transaction is None  # told before anything was sent
    assert [state(workspace, piece) for piece in (first, second, third)] == ["held", "held", "offered"]
    assert transactions_of(workspace) == before + 1
    again = relay(workspace, "relay:test", orders)
    assert [(a.is_done, a.transaction) for a in again] == [(o.is_done, o.transaction) for o in outcomes]
    assert transactions_of(workspace) == before + 1
    with pytest.raises(Conflict):
        relay(workspace, "relay:test", list(reversed(orders)))


def test_a_plan_is_carried_out_but_for_what_needs_a_key_that_is_elsewhere(workspace, own_keys, offered):
    number, plan = make_plan(workspace, "CNY")
    assert plan.steps
    assert not {step.payer for step in plan.steps} & own_keys.keys()
    owed = {one.document: one.buyer for one in load_trade(workspace).matching.receivables}
    left_out = {refusal.subject for refusal in plan.refusals if refusal.rule == "KeyElsewhere"}
    assert left_out
    assert {owed[document] for document in left_out} <= own_keys.keys()
    result = run(workspace, number)
    assert result.pieces
    assert not result.accepted  # each waits for its recipient's own signature
    assert "KeyElsewhere" not in result.refused.values()


def test_an_order_of_what_no_function_takes_is_refused(workspace, own_keys):
    party = next(iter(own_keys))
    for arguments in ([], ["x"], [["0xzz"]], [[-1]], [[2**256]]):
        with pytest.raises(ArgumentsMalformed):
            order_to_sign(workspace, party, "CreditLedger", "accept(uint256[])", arguments, TILL)
    with pytest.raises(FunctionNotOrderable):
        order_to_sign(workspace, party, "CreditLedger", "multicall", [[]], TILL)


def test_the_commands_make_an_order_and_relay_what_was_signed(
    workspace, own_keys, offered, tmp_path, capsys, monkeypatch
):
    (piece, party) = next((p, r) for p, r in offered if state(workspace, p) == "offered")
    (named,) = workspace.references([piece])
    home = str(workspace.settings.home)
    arguments = json.dumps([[str(named.chain)]])
    monkeypatch.setattr(
        "sys.argv", ["pearl", "--home", home, "order", party, "CreditLedger", "accept(uint256[])", arguments]
    )
    assert ended(main) == 0
    made = json.loads(capsys.readouterr().out)
    message = encode_typed_data(full_message=made["typed_data"])
    signature = own_keys[party].sign_message(message).signature
    file = tmp_path / "orders.json"
    file.write_text(json.dumps([made["order"] | {"signature": f"0x{signature.hex()}"}]))
    monkeypatch.setattr("sys.argv", ["pearl", "--home", home, "relay", str(file), "--json"])
    assert ended(main) == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert told["done"]
    workspace.indexer.catch_up()
    assert state(workspace, piece) == "held"
    assert ended(main) == 0  # the same file again: the same answer
    assert json.loads(capsys.readouterr().out) == [told]
    assert (
        order_as_json(
            order_to_sign(workspace, party, "CreditLedger", "accept(uint256[])", json.loads(arguments), 5, 6)[0]
        )["nonce"]
        == "6"
    )


def test_an_order_that_no_transaction_has_room_for_spoils_no_other(workspace, own_keys, offered):
    (piece, party) = next((p, r) for p, r in offered if state(workspace, p) == "offered")
    good = acceptance(workspace, own_keys, piece, party)
    large = SignedOrder(replace(good.order, call=good.order.call + bytes(3_000_000)), good.signature)
    outcomes = relay(workspace, "relay:large", [large, good])
    assert [outcome.is_done for outcome in outcomes] == [False, True]
    assert outcomes[0].error.rule == "OrderTooLarge"
    assert relay(workspace, "relay", []) == []  # what went under a longer key is another relay's


@given(st.lists(st.tuples(st.integers(1, MOST_GAS), st.integers(0, MOST_BYTES - 1_000)), max_size=8))
def test_orders_go_together_as_far_as_a_transaction_has_gas_and_room(sizes):
    signed = [SignedOrder(Order("", "", 0, 0, bytes(size)), bytes(65)) for _, size in sizes]
    batches = list(_packed({place: gas for place, (gas, _) in enumerate(sizes)}, signed))
    assert [place for batch in batches for place in batch] == list(range(len(sizes)))
    for batch in batches:
        assert len(batch) * max(sizes[place][0] for place in batch) <= MOST_GAS
        assert sum(sizes[place][1] for place in batch) < MOST_BYTES


@given(st.sampled_from(["08c379a0", "4e487b71", "deadbeef", ""]), st.binary(max_size=100))
def test_whatever_a_call_fails_with_can_be_told(workspace, selector, said):
    assert workspace.contracts.decode_error(bytes.fromhex(selector) + said).text("en")


def ended(main):
    """The exit code of the command line."""
    try:
        main()
    except SystemExit as error:
        return error.code or 0
    return 0


def test_what_was_ordered_proves_itself_also_after_the_node_was_started_anew(workspace, opened):
    """The last test of this file: it closes the workspace of all others."""
    settings = workspace.settings
    assert verify(workspace).ok
    opened.close()
    with open_workspace(settings) as again:
        report = verify(again)
        assert report.ok, report.differences
