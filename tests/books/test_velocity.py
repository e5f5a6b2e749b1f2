"""The velocity alarm (77号: abnormal splitting is managed and reported): many pieces of one obligation within a day are a
finding, and nothing else is."""

import pytest
from sqlalchemy import insert, update

from chain.books.velocity import PIECES_A_DAY, abnormal_splitting
from chain.identifiers import ObligationId
from chain.store.tables import pieces
from tests.books.test_exposure import HOLDER, LINE, TODAY, add, connection  # noqa: F401

#: Midnight at the line, which is eight hours ahead of UTC.
MIDNIGHT = TODAY * 86_400 - 8 * 3_600


def cut(connection, sequence, count, second, *, first=2, state="held", payment=False):  # noqa: F811
    """So many pieces cut from the first one of an obligation."""
    row = {
        "obligation": ObligationId(LINE, sequence).chain, "parent": 1, "owner": HOLDER, "amount_minor": 0,
        "initial_minor": 1, "evidence": 7, "hops": 2, "tier": 2, "state": state, "deadline": 0, "created_at": second,
        "use_index": 0, "financed": False, "payment": payment,
    }  # fmt: skip
    connection.execute(insert(pieces), [row | {"index": first + place} for place in range(count)])


def told(connection):  # noqa: F811
    return [(found.values["obligation"], found.values["pieces"]) for found in abnormal_splitting(connection)]


def test_many_pieces_within_a_day_are_reported(connection):  # noqa: F811
    add(connection, 1, HOLDER, 1_000)
    cut(connection, 1, PIECES_A_DAY, MIDNIGHT)
    assert told(connection) == []
    cut(connection, 1, 1, MIDNIGHT + 86_399, first=200)
    (finding,) = abnormal_splitting(connection)
    assert (finding.rule, finding.severity) == ("AbnormalSplitting", "flagged")
    assert "101" in finding.text()
    assert finding.text("zh") != finding.text()


def test_a_day_is_the_lines_and_each_stands_for_itself(connection):  # noqa: F811
    for sequence in (1, 2):
        add(connection, sequence, HOLDER, 1_000)
        cut(connection, sequence, PIECES_A_DAY, MIDNIGHT - 1)
        cut(connection, sequence, PIECES_A_DAY, MIDNIGHT, first=200)
    assert told(connection) == []
    cut(connection, 2, 1, MIDNIGHT - 1, first=400)
    assert told(connection) == [("1.1.2", PIECES_A_DAY + 1)]


@pytest.mark.parametrize("state", ["offered", "rejected", "expired"])
def test_crumbs_that_nobody_took_count(connection, state):  # noqa: F811
    add(connection, 1, HOLDER, 1_000)
    cut(connection, 1, PIECES_A_DAY + 1, MIDNIGHT, state=state)
    assert told(connection) == [("1.1.1", PIECES_A_DAY + 1)]


def test_neither_issues_nor_payments_are_splits(connection):  # noqa: F811
    add(connection, 1, HOLDER, 1_000)
    cut(connection, 1, PIECES_A_DAY + 1, MIDNIGHT, state="redeemed", payment=True)
    assert told(connection) == []
    connection.execute(update(pieces).values(payment=False, parent=0))
    assert told(connection) == []
