"""What the benchmark of reading a chain is measured on is what the contracts could have told.

1. Every event is one of the contracts', and the books can be folded from all of them.
2. Each obligation's face is what is live of it and what was redeemed (invariant 1), and no document backs more than its face.
"""

from sqlalchemy import func, select

from benchmarks import told_events
from benchmarks.index import DEPLOYER, PROJECT
from benchmarks.told_events import load, told_chain
from chain.books.exposure import exposure
from chain.indexing.indexer import Indexer
from chain.issuance.compilation import build
from chain.issuance.deployment import deployment_plan
from chain.store.database import Store
from chain.store.tables import events, evidence, obligations, pieces
from tests.books.reference_exposure import scan
from tests.indexing.histories import contracts_at

ADDRESSES = deployment_plan(build(PROJECT), DEPLOYER, 0).addresses


def test_generated_lives_are_lives_of_the_ledger(tmp_path, monkeypatch):
    monkeypatch.setattr(told_events, "SIDE_BY_SIDE", 30)
    monkeypatch.setattr(told_events, "SUPPLIERS", 50)
    decoder = contracts_at("http://127.0.0.1:1", ADDRESSES).decoder
    count = told_chain(decoder, ADDRESSES, tmp_path / "chain", 5_000)
    chain = load(tmp_path / "chain")
    with chain.serve() as url:
        store = Store.open(tmp_path / "books.sqlite3")
        Indexer(store, contracts_at(url, ADDRESSES)).catch_up()
    today = told_events.START // told_events.DAY
    with store.read() as connection:
        assert connection.scalar(select(func.count()).select_from(events)) == count >= 5_000
        assert exposure(connection, today) == scan(connection, today)
        by_obligation = select(pieces.c.obligation, func.sum(pieces.c.amount_minor)).group_by(pieces.c.obligation)
        faces = dict(connection.execute(select(obligations.c.id, obligations.c.face_minor)).all())
        assert dict(connection.execute(by_obligation).all()) == faces
        assert {row.state for row in connection.execute(select(pieces.c.state))} == {"offered", "held", "redeemed"}
        assert connection.scalar(select(func.max(evidence.c.used_minor - evidence.c.face_minor))) == 0
    store.close()
