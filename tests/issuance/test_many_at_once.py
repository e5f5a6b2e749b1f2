"""What `Outbox.send_all` does with many commands is what `send` does with each.

1. A key that is asked for twice at once is one transaction.
2. What another process moves on meanwhile is left to it.
3. Where a fee cannot be paid, no nonce is used.
4. What its signer has finished is not looked through for what is open.
5. A receipt of another transaction says nothing of this one, for one command as for many.
"""

import contextlib

import pytest
from sqlalchemy import select

from chain.errors import ContractRefused, Unavailable
from chain.issuance.fees import FeeAboveCap
from chain.issuance.outbox import KeyedCall, NotMined, OperationExpired, Outcome
from chain.issuance.remote_signer import SignerRefused
from chain.store.database import Store
from chain.store.tables import operations
from tests.issuance.fake_node import BASE_FEE, REVERTING, FakeNode
from tests.issuance.test_life_of_an_operation import FIRST, call, outbox, states
from tests.statements import asked_of, plan_of


def order(number: int, **more) -> KeyedCall:
    return KeyedCall(str(number), FIRST, call(number, **more))


def meanwhile(node, question, do):
    """``do`` happens once, as the node gets the question."""
    answer = getattr(node, question)

    def once(*asked):
        setattr(node, question, answer)
        do()
        return answer(*asked)

    setattr(node, question, once)


def sends(node):
    """What is handed over to the node from now on."""
    sent = []
    answer = node._eth_send_raw_transaction
    node._eth_send_raw_transaction = lambda raw: sent.append(raw) or answer(raw)
    return sent


class Slow:
    """A signer during whose first answer ``does`` happens; ``dearer`` as if it had been asked at another time."""

    address = FIRST.address

    def __init__(self, does, dearer=0):
        self._does = does
        self._dearer = dearer

    def sign_transaction(self, transaction):
        does, self._does = self._does, lambda: None
        does()
        dearer = {name: transaction[name] + self._dearer for name in ("maxFeePerGas",) if name in transaction}
        return FIRST.sign_transaction(transaction | dearer)


class Refusing:
    address = FIRST.address

    def sign_transaction(self, transaction):
        raise SignerRefused(place="here", address=self.address, reason="not today")


def test_a_key_that_is_asked_for_twice_at_once_is_made_once(store):
    node = FakeNode()
    node.mines_at_once = True
    first, second, third = outbox(store, node).send_all([order(1), order(1), order(2)])
    node.make_block()
    assert first == second != third
    assert [one["call"] for one in node.mined()] == [call(1).data, call(2).data]


@pytest.mark.parametrize("together", [True, False])
def test_anothers_receipt_is_none_of_this_one(store, together):
    node = FakeNode()
    first = outbox(store, node)
    node.mines_at_once = True
    (done,) = first.send_all([order(1)])
    own = node._eth_get_transaction_receipt
    node.mines_at_once = False  # so that the second waits, while its node tells of the first
    node._eth_get_transaction_receipt = lambda _: own(done.transaction_hash)
    second = outbox(store, node, sending_seconds=0.2)
    with pytest.raises(Unavailable):
        second.send_all([order(2)]) if together else second.send("2", FIRST, call(2))
    assert states(store)["2"] in ("signed", "submitted")
    node._eth_get_transaction_receipt = own
    node.make_block()
    assert outbox(store, node).send("2", FIRST, call(2)).transaction_hash != done.transaction_hash


def test_what_another_process_finished_meanwhile_is_not_sent_again(store):
    node = FakeNode(has_fees=True)
    other = outbox(store, node)
    sent = sends(node)

    def finish():
        with contextlib.suppress(Unavailable):
            other.send("1", FIRST, call(1))
        node.make_block()
        other.send("1", FIRST, call(1))

    meanwhile(node, "_eth_estimate_gas", finish)
    (answer,) = outbox(store, node).send_all([order(1)])
    assert isinstance(answer, Outcome)
    assert len(sent) == 1


def test_what_another_process_saw_refused_meanwhile_is_told_as_refused(store):
    node = FakeNode()
    other = outbox(store, node)

    def refuse():
        answer = node._eth_estimate_gas
        node._eth_estimate_gas = lambda request, *block: answer({**request, "data": hex(REVERTING)})
        with pytest.raises(ContractRefused):
            other.send("1", FIRST, call(1))
        node._eth_estimate_gas = answer

    meanwhile(node, "_eth_estimate_gas", refuse)
    (answer,) = outbox(store, node).send_all([order(1)])
    assert isinstance(answer, ContractRefused)
    assert states(store) == {"1": "refused"}


def test_bytes_of_what_another_process_ended_while_it_was_signed_are_not_sent(store):
    node = FakeNode(has_fees=True)
    other = outbox(store, node)

    def finish():
        with contextlib.suppress(Unavailable):
            other.resume(lambda address: FIRST)
        node.make_block()
        other.settle()

    sent = sends(node)
    (answer,) = outbox(store, node).send_all([KeyedCall("1", Slow(finish, dearer=1), call(1))])
    assert isinstance(answer, Outcome)
    assert len(sent) == 1


def send_alone(box, one):
    return box.send(one.key, one.signer, one.call)


def send_together(box, one):
    return box.send_all([one])


@pytest.mark.parametrize("send", [send_alone, send_together])
def test_what_was_signed_with_a_nonce_that_is_another_ones_by_then_is_signed_anew(store, send):
    node = FakeNode()
    other = outbox(store, node)

    def give_back():
        with pytest.raises(SignerRefused):
            other.send("1", Refusing(), call(1))
        with pytest.raises(NotMined):
            other.send("2", FIRST, call(2))

    with pytest.raises(NotMined):
        send(outbox(store, node), KeyedCall("1", Slow(give_back), call(1)))
    node.make_block()
    other.settle()
    assert states(store) == {"1": "mined", "2": "mined"}
    assert [one["call"] for one in node.mined()] == [call(2).data, call(1).data]


def test_where_a_fee_cannot_be_paid_no_nonce_is_used_and_a_deadline_still_counts(store):
    node = FakeNode(has_fees=True)
    orders = [order(number, deadline=node.clock) for number in (1, 2)]
    with pytest.raises(FeeAboveCap):
        outbox(store, node, fee_cap_wei=BASE_FEE // 2).send_all(orders)
    with store.read() as connection:
        assert connection.execute(select(operations.c.nonce)).scalars().all() == [None, None]
    node.make_block()
    node.make_block()
    with pytest.raises(OperationExpired):
        outbox(store, node).send_all(orders)


def test_open_operations_of_a_signer_are_found_without_looking_at_those_that_it_has_finished(tmp_path):
    node = FakeNode()
    node.mines_at_once = True
    store = Store.open(tmp_path / "pearl.sqlite3")
    with asked_of(store) as asked:
        outbox(store, node).send_all([order(1), order(2)])
    plans = [
        step
        for statement, values in asked
        if statement.startswith("SELECT") and "operations.signer = " in statement and "operations.state IN" in statement
        for step in plan_of(store, statement, values)
    ]
    store.close()
    assert plans
    assert all("signer=? AND state=?" in step for step in plans), plans
