"""`pearl graph`: what it tells of the structure, and what it writes.

1. The file's name says what is written; another name is refused, and so is a neighbourhood of nobody.
2. What is written says what the graph says.
"""

from __future__ import annotations

import json
from datetime import date, timedelta

import networkx as nx
import polars as pl
import pytest
from sqlalchemy import insert, update
from stdnum.cn import uscc

from chain.cli import main
from chain.commands.graph import Exported, ExportUnknown, export_graph, graph_structure
from chain.commands.ingest import ingest
from chain.commands.seen.current import CurrentTrade
from chain.commands.trade import load_graph, load_graph_and_trade, load_trade
from chain.commands.workspace import open_home
from chain.documents.identity import canonical_digest
from chain.documents.reading import read_path
from chain.errors import NotFound
from chain.graph import trade_graph
from chain.graph.bulk import Matchers
from chain.network import Enterprise, Network, Role
from chain.settings import Settings
from chain.store.tables import aliases, blocks, networks
from tests.kept import is_at_hand


def code(serial: int) -> str:
    stem = f"91350100M{serial:08d}"
    return stem + uscc.calc_check_digit(stem)


SELLER, MIDDLE, BUYER = (f"USCC:{code(serial)}" for serial in (1, 2, 3))


def party(enterprise: str) -> dict:
    return {"name": enterprise[-3:], "identifiers": [{"scheme": "USCC", "value": enterprise[5:]}], "country": "CN"}


def trade(number: int, seller: str, buyer: str) -> list[dict]:
    day = (date.today() - timedelta(days=20)).isoformat()
    common = {
        "schema": "pearlchain/trade-document/1", "seller": party(seller), "buyer": party(buyer), "issue_date": day,
    }  # fmt: skip
    goods = {"delivery_date": day, "despatches": [{"number": f"D{number}"}]}
    return [
        {**common, "type": "despatch_advice", "number": f"D{number}", "delivery_date": day},
        {**common, "type": "receipt_advice", "number": f"R{number}", **goods},
        {**common, "type": "invoice", "number": f"I{number}", **goods, "receipts": [{"number": f"R{number}"}],
         "currency": "CNY", "payable_minor": 1_000 * number},
    ]  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("graph")
    files = folder / "files"
    files.mkdir()
    for place, document in enumerate([*trade(1, SELLER, MIDDLE), *trade(2, MIDDLE, BUYER)]):
        (files / f"{place}.json").write_text(json.dumps(document))
    with open_home(Settings(home=folder / "home")) as home:
        assert ingest(home, [files]).refused == 0
        yield home


def test_graphml_has_all_trade_or_that_around_an_enterprise(home, tmp_path) -> None:
    export_graph(home, tmp_path / "all.graphml")
    written = nx.read_graphml(tmp_path / "all.graphml", force_multigraph=True)
    assert set(written) == {SELLER, MIDDLE, BUYER}
    assert written.number_of_edges() == 6
    opened = [minor for _, _, minor in written.edges(data="open_minor") if minor]
    assert sorted(opened) == [1_000, 2_000]
    export_graph(home, tmp_path / "near.graphml", SELLER, 1)
    assert set(nx.read_graphml(tmp_path / "near.graphml")) == {SELLER, MIDDLE}
    export_graph(home, tmp_path / "far.graphml", SELLER, 2)
    assert nx.utils.graphs_equal(nx.read_graphml(tmp_path / "far.graphml", force_multigraph=True), written)


def test_parquet_has_one_row_a_receivable(home, tmp_path) -> None:
    export_graph(home, tmp_path / "all.parquet")
    rows = (
        pl.read_parquet(tmp_path / "all.parquet")
        .select("seller", "buyer", "evidence_minor", "state", "circular")
        .rows()
    )
    assert rows == [(SELLER, MIDDLE, 1_000, "open", False), (MIDDLE, BUYER, 2_000, "open", False)]
    export_graph(home, tmp_path / "own.parquet", BUYER)
    assert pl.read_parquet(tmp_path / "own.parquet").height == 1


@pytest.mark.parametrize("name", ["all.jsonl", "all.documents.parquet"])
def test_the_documents_that_count_are_written_and_read_again(home, tmp_path, name) -> None:
    export_graph(home, tmp_path / name)
    ingested = load_trade(home).documents
    again = read_path(str(tmp_path / name)).documents
    assert sorted(map(canonical_digest, again)) == sorted(map(canonical_digest, ingested))
    export_graph(home, tmp_path / f"near.{name}", SELLER, 1)
    assert {one.seller.name for one in read_path(str(tmp_path / f"near.{name}")).documents} == {SELLER[-3:]}


@pytest.mark.parametrize(
    ("name", "what", "count"),
    [
        ("a.graphml", "relations", 6), ("a.parquet", "receivables", 2), ("a.jsonl", "documents", 6),
        ("a.documents.parquet", "documents", 6),
    ],
)  # fmt: skip
def test_an_export_says_what_it_wrote_and_how_many_of_it(home, tmp_path, capsys, name, what, count) -> None:
    path = tmp_path / name
    assert export_graph(home, path) == Exported(str(path), what, count)
    for options in ([], ["--json"]):
        with pytest.raises(SystemExit):
            main(["--lang", "en", "--home", str(home.settings.home), "graph", "--export", str(path), *options])
        printed = capsys.readouterr().out
        if options:
            assert json.loads(printed)["export"] == {"path": str(path), "what": what, "count": count}
        else:
            said = f"written to {path}: {what}: {count}"  # a terminal breaks it where it is full
            assert "".join(said.split()) in "".join(printed.split())


def test_another_name_and_nobodys_neighbourhood_are_refused(home, tmp_path) -> None:
    with pytest.raises(ExportUnknown) as refused:
        export_graph(home, tmp_path / "graph.xlsx")
    assert "graph.xlsx" in refused.value.text()
    with pytest.raises(NotFound):
        export_graph(home, tmp_path / "x.graphml", "USCC:nobody")
    assert list(tmp_path.iterdir()) == []


def test_commands_build_the_graph_as_a_file_of_documents_is_built(home, monkeypatch) -> None:
    """On processes where there are many; the measured way (benchmarks/graph.py) is the way that is taken."""
    alone, trade = load_graph_and_trade(home)
    taken = []
    monkeypatch.setattr(trade_graph, "FEW_DOCUMENTS", 0)
    monkeypatch.setattr(trade_graph, "Matchers", lambda workers: taken.append(1) or Matchers(workers))
    together = load_graph(home)
    assert taken
    assert together.receivables.drop("trade").rows() == alone.receivables.drop("trade").rows()
    assert trade.receivables.select("document", "open_minor", "circular").rows() == (
        together.receivables.select("document", "open_minor", "circular").rows()
    )
    assert together.findings == alone.findings


def test_the_structure_names_single_sources(home) -> None:
    found = graph_structure(home)
    assert {(row["buyer"], row["seller"]) for row in found["single_sources"]} == {(MIDDLE, SELLER), (BUYER, MIDDLE)}
    assert found["reach"] == []  # no register, so no core enterprise


def test_a_process_that_lives_on_adds_what_comes_and_says_what_a_new_one_says(tmp_path) -> None:
    with open_home(Settings(home=tmp_path / "home")) as own:
        current = CurrentTrade(own)
        for number, (seller, buyer) in enumerate([(SELLER, MIDDLE), (MIDDLE, BUYER), (BUYER, SELLER)], start=1):
            for place, document in enumerate(trade(number, seller, buyer)):
                (tmp_path / f"{number}-{place}.json").write_text(json.dumps(document))
                ingest(own, [tmp_path / f"{number}-{place}.json"])
            before, known, anew = current.get(), current.get().trade, load_trade(own)
            assert before.trade is known, "nothing came, so nothing is done"
            assert known.documents == anew.documents
            assert known.matching.receivables == anew.matching.receivables
            assert dict(known.matching.documents) == dict(anew.matching.documents)
            assert (known.findings, known.circular) == (anew.findings, anew.circular)
            assert nx.utils.graphs_equal(known.graph.graph, anew.graph.graph)
        assert len(known.circular) == 3


def test_what_is_committed_and_says_nothing_of_the_trade_leaves_it_as_it_is(tmp_path) -> None:
    with open_home(Settings(home=tmp_path / "home")) as own, open_home(own.settings) as other:
        for place, document in enumerate(trade(1, SELLER, BUYER)):
            (tmp_path / f"{place}.json").write_text(json.dumps(document))
        ingest(own, [tmp_path])
        current = CurrentTrade(own)
        known = current.get()
        network = Network(name="n", enterprises=(Enterprise(id=BUYER, name="b", roles=(Role.SUPPLIER,)),), lines=())
        block = {"number": 1, "hash": "0x1", "timestamp": own.now() + 1, "final": False}
        ruling = {"alias": "DUNS:1", "enterprise": BUYER, "belongs": True, "reason": "r", "given_at": 0}
        for what, statement, is_another in (
            ("a block", insert(blocks).values(**block), False),
            ("a ruling", insert(aliases).values(**ruling), True),
            ("a day", update(blocks).values(timestamp=own.now() + 2 * 86_400), True),
        ):
            with other.store.begin() as connection:
                connection.execute(statement)
            assert is_at_hand(current) is not is_another, what
            now = current.get()
            assert (now is not known) is is_another, what
            known = now
        other.save_network(network)
        assert not is_at_hand(current)
        assert current.get().trade.network == network


def test_an_invoice_to_oneself_is_drawn_as_no_flow_and_the_picture_of_a_neighbourhood_holds_it_alone(tmp_path) -> None:
    network = Network(
        name="n",
        enterprises=tuple(
            Enterprise(id=one, name=one[-4:], roles=(Role.CORE_ENTERPRISE if one == BUYER else Role.SUPPLIER,))
            for one in (SELLER, MIDDLE, BUYER)
        ),
        lines=(),
    )
    with open_home(Settings(home=tmp_path / "home")) as own:
        papers = [*trade(1, SELLER, MIDDLE), *trade(2, MIDDLE, BUYER), *trade(3, SELLER, SELLER)]
        for place, document in enumerate(papers):
            (tmp_path / f"{place}.json").write_text(json.dumps(document))
        ingest(own, [tmp_path])
        with own.store.begin() as connection:
            connection.execute(insert(networks).values(body=network.model_dump(mode="json"), version=1))
        for name in (SELLER, SELLER[-4:]):
            export_graph(own, tmp_path / "a.svg", around=name, hops=1)
            assert [one[-4:] in (tmp_path / "a.svg").read_text() for one in (SELLER, MIDDLE, BUYER)] == [
                True,
                True,
                False,
            ]
        export_graph(own, tmp_path / "b.svg")
        assert BUYER[-4:] in (tmp_path / "b.svg").read_text()
        export_graph(own, tmp_path / "none.parquet", around=MIDDLE, hops=0)
        assert pl.read_parquet(tmp_path / "none.parquet").is_empty()
