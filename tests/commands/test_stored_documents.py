"""What is stored is read back into the graph as it was, from either database."""

from datetime import date

from chain.commands.ingest import ingest
from chain.commands.trade import load_documents, load_graph_and_trade
from chain.commands.workspace import Home
from chain.settings import Settings
from chain.world.generator import make_world
from chain.world.writing import write_world


def test_the_graph_is_built_of_what_is_stored_on_either_database(store, tmp_path):
    home = Home(Settings(home=tmp_path / "home"), store)
    world = make_world(3, date(2026, 3, 1), enterprises=40, documents=120)
    write_world(world, tmp_path / "documents")
    ingest(home, [tmp_path / "documents" / batch.name for batch in world.batches])
    stored, _ = load_documents(home)
    graph, trade = load_graph_and_trade(home)
    assert len(stored) > 50
    assert list(trade.documents) == stored
    assert len(graph.shelf) == len(stored)
