"""What costs the same however much there is already."""

from types import SimpleNamespace

import pytest
from scans import no_scan

from chain.books import portfolio
from chain.errors import NotFound
from chain.identifiers import ObligationId, PieceId
from chain.store.database import Store


@pytest.fixture
def home(tmp_path):
    store = Store.open(tmp_path / "pearl.sqlite3")
    yield SimpleNamespace(store=store)
    store.close()


@pytest.mark.parametrize("share", [1, 3])
@pytest.mark.parametrize("number", [1, 3, portfolio.PIECES_A_QUESTION + 1])
def test_named_pieces_are_found_without_looking_at_the_others(home, number, share):
    wanted = [PieceId(ObligationId.from_chain(1 + place // share), 1 + place) for place in range(number)]
    with no_scan(home), pytest.raises(NotFound), home.store.read() as connection:
        portfolio.named(connection, wanted)
