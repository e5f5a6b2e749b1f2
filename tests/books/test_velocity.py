"""The velocity alarm (77号: abnormal splitting is managed and reported): many pieces of one obligation within a day are a
finding, and nothing else is."""

import pytest
from sqlalchemy import insert, update

from chain.books.velocity import PIECES_A_DAY, abnormal_splitting
from chain.identifiers import ObligationId
from chain.store.tables import pieces
from tests.books.test_exposure import HOLDER, LINE, TODAY, ledger  # noqa: F401

#: Midnight at the line, which is eight hours ahead of UTC.
MIDNIGHT = TODAY * 86_400 - 8 * 3_600


def cut(ledger, sequence, count, second, *, first=2, state="held", payment=False):  # noqa: F811
    """So many pieces cut from the first one of an obligation."""
    row = {
        "obligation": ObligationId(LINE, sequence).chain, "parent": 1, "owner": HOLDER, "giver": HOLDER, "amount_minor": 0,
        "initial_minor": 1, "evidence": 7, "hops": 2, "tier": 2, "state": state, "deadline": 0, "created_at": second,
        "use_index": 0, "financed": False, "payment": payment,
    }  # fmt: skip
    ledger.connection.execute(insert(pieces), [row | {"index": first + place} for place in range(count)])


def told(ledger):  # noqa: F811
    return [(found.values["obligation"], found.values["pieces"]) for found in abnormal_splitting(ledger.connection)]


def test_many_pieces_within_a_day_are_reported(ledger):  # noqa: F811
    ledger.add(1, HOLDER, 1_000)
    ledger.close_block()
    cut(ledger, 1, PIECES_A_DAY, MIDNIGHT)
    assert told(ledger) == []
    cut(ledger, 1, 1, MIDNIGHT + 86_399, first=200)
    (finding,) = abnormal_splitting(ledger.connection)
    assert (finding.rule, finding.severity) == ("AbnormalSplitting", "flagged")
    assert "101" in finding.text()
    assert finding.text("zh") != finding.text()


def test_a_day_is_the_lines_and_each_stands_for_itself(ledger):  # noqa: F811
    for sequence in (1, 2):
        ledger.add(sequence, HOLDER, 1_000)
        ledger.close_block()
        cut(ledger, sequence, PIECES_A_DAY, MIDNIGHT - 1)
        cut(ledger, sequence, PIECES_A_DAY, MIDNIGHT, first=200)
    assert told(ledger) == []
    cut(ledger, 2, 1, MIDNIGHT - 1, first=400)
    assert told(ledger) == [("1.1.2", PIECES_A_DAY + 1)]


@pytest.mark.parametrize("state", ["offered", "rejected", "expired"])
def test_crumbs_that_nobody_took_count(ledger, state):  # noqa: F811
    ledger.add(1, HOLDER, 1_000)
    ledger.close_block()
    cut(ledger, 1, PIECES_A_DAY + 1, MIDNIGHT, state=state)
    assert told(ledger) == [("1.1.1", PIECES_A_DAY + 1)]


def test_neither_issues_nor_payments_are_splits(ledger):  # noqa: F811
    ledger.add(1, HOLDER, 1_000)
    ledger.close_block()
    cut(ledger, 1, PIECES_A_DAY + 1, MIDNIGHT, state="redeemed", payment=True)
    assert told(ledger) == []
    ledger.connection.execute(update(pieces).values(payment=False, parent=0))
    assert told(ledger) == []
