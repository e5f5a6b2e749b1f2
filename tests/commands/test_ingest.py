"""Taking documents in: what was read before an interruption stays, the same command goes on, and nothing is kept twice.

1. Stopped anywhere and started again, the store holds what it holds after one whole run.
2. What is known is not parsed again, and counts as known.
3. Standard input is one more file, kept like one.
4. JSON lines are as many documents as there are lines, each read or refused by itself.
5. A table that was refused is read as soon as there is a mapping, and its refusal is gone.
"""

import contextlib
import io
import json
import os
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scans import no_scan
from sqlalchemy import select

from chain.commands import ingest as module
from chain.commands.ingest import STANDARD_INPUT, ingest, mapping_of, original_documents
from chain.commands.trade import load_documents
from chain.commands.workspace import open_home
from chain.documents import canonical
from chain.documents.identity import canonical_digest
from chain.documents.mapping import load
from chain.documents.reading import read_file
from chain.settings import Settings
from chain.store.tables import documents, files, findings
from chain.world.generator import make_world
from chain.world.writing import write_world


class Stopped(Exception):
    """Stands for whatever ends a process."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world")
    write_world(make_world(5, date(2026, 11, 1), enterprises=40, documents=60), folder)
    (folder / "network.json").unlink()
    return folder


def held(home):
    """All that reading left in the store, without when."""
    with home.store.read() as connection:
        return [
            sorted(map(repr, connection.execute(select(*columns))))
            for columns in (
                (files.c.path, files.c.sha256, files.c.read, files.c.format),
                (documents.c.key, documents.c.digest, documents.c.type),
                (findings.c.rule, findings.c.severity),
            )
        ]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(together=st.integers(1, 40), stops=st.lists(st.integers(1, 4), max_size=4))
def test_stopped_anywhere_and_started_again_the_store_holds_the_same(
    folder, tmp_path_factory, monkeypatch, together, stops
):
    monkeypatch.setattr(module, "TOGETHER", together)
    with open_home(Settings(home=tmp_path_factory.mktemp("whole"))) as home:
        ingest(home, [folder])
        whole, kept = held(home), sorted(home.originals.digests())
    with open_home(Settings(home=tmp_path_factory.mktemp("stopped"))) as home:
        for after in stops:
            calls = 0

            def stop(what, done, total, after=after):
                nonlocal calls
                calls += 1
                if calls == after:
                    raise Stopped

            with contextlib.suppress(Stopped):
                ingest(home, [folder], stop)
        ingested = ingest(home, [folder])
        assert held(home) == whole
        assert sorted(home.originals.digests()) == kept
        assert ingested.found == ingested.read + ingested.refused == len(whole[0])


def test_what_is_known_is_not_parsed_again(folder, tmp_path, monkeypatch):
    with open_home(Settings(home=tmp_path)) as home:
        first = ingest(home, [folder])
        monkeypatch.setattr("chain.documents.reading.read_file", lambda *_: pytest.fail("a known file was parsed"))
        again = ingest(home, [folder])
    assert (again.found, again.read, again.refused) == (first.found, first.read, first.refused)
    assert again.known_before == again.found
    assert not again.by_type
    assert not again.findings


def test_standard_input_is_one_more_file(folder, tmp_path):
    content = sorted(folder.rglob("*.xml"))[0].read_bytes()
    with open_home(Settings(home=tmp_path)) as home:
        ingested = ingest(home, [], standard_input=io.BytesIO(content))
        assert (ingested.found, ingested.read) == (1, 1)
        assert list(map(home.originals.get, home.originals.digests())) == [content]
        with home.store.read() as connection:
            assert connection.execute(select(files.c.path)).scalars().all() == [STANDARD_INPUT]


def test_each_json_line_is_read_or_refused_by_itself(folder):
    read = [
        outcome for path in sorted(folder.rglob("*.xml"))[:5] for outcome in read_file("a", path.read_bytes()).documents
    ]
    lines = [json.dumps(canonical.dump(document), ensure_ascii=False) for document in read]
    outcome = read_file("lines", "\n".join([*lines, '{"schema": "unknown"}', "", "{broken}"]).encode())
    assert [one.read for one in outcome.contents] == [True] * len(read) + [False, False]
    assert [one.digest for one in outcome.contents][: len(read)] == [
        one.digest for one in (read_file("one", line.encode()).contents[0] for line in lines)
    ]


def test_a_refused_table_is_read_once_there_is_a_mapping(tmp_path):
    table, mapping = tmp_path / "ledger.csv", tmp_path / "mapping.toml"
    table.write_text("No,Payer,Payee,Sum\nP-1,A-1000,B-1000,5.00\nP-2,A-1000,B-1000,7.00\n")
    mapping.write_text(
        """schema = "pearlchain/table-mapping/1"
[[documents]]
type = "payment"
number = "No"
payable = "Sum"
currency = { value = "EUR" }
buyer = { ids = [{ scheme = "TAX", value = "Payer" }] }
seller = { ids = [{ scheme = "TAX", value = "Payee" }] }
"""
    )
    with open_home(Settings(home=tmp_path / "home")) as home:
        assert ingest(home, [table]).refused == 1
        assert held(home)[2] != []
        found = ingest(home, [table], mapping=mapping_of(mapping))
        assert (found.read, found.by_type) == (1, {"payment": 2})
        assert [len(rows) for rows in held(home)] == [1, 2, 0]
        again = ingest(home, [table], mapping=mapping_of(mapping))
        assert (again.known_before, held(home)[1]) == (1, held(home)[1])


def test_a_table_is_read_again_from_its_original_by_its_own_mapping(tmp_path):
    """So that verification finds what was confirmed from it, whatever mappings there were before and since."""
    text = """schema = "pearlchain/table-mapping/1"
delimiter = "{delimiter}"
[[documents]]
type = "payment"
number = ["No", "Sum"]
payable = "Sum"
currency = {{ value = "EUR" }}
buyer = {{ ids = [{{ scheme = "TAX", value = "Payer" }}] }}
seller = {{ ids = [{{ scheme = "TAX", value = "Payee", prefix = "X" }}] }}
"""
    with open_home(Settings(home=tmp_path / "home")) as home:
        for delimiter in ",;":
            table = tmp_path / f"{ord(delimiter)}.csv"
            table.write_text(f"No,Payer,Payee,Sum\nP-{ord(delimiter)},A-1000,B-1000,5.00\n".replace(",", delimiter))
            ingest(home, [table], mapping=load(text.format(delimiter=delimiter).encode()))
        (tmp_path / "a.json").write_bytes(json.dumps(canonical.dump(original_documents(home)[0])).encode())
        ingest(home, [tmp_path / "a.json"])
        stored, _ = load_documents(home)
        assert list(map(canonical_digest, original_documents(home))) == list(map(canonical_digest, stored))
        assert [document.number for document in stored] == ["P-44/5.00", "P-59/5.00", "P-44/5.00"]


def test_one_file_more_looks_through_no_table_of_the_store(folder, tmp_path):
    (tmp_path / "a.xml").write_bytes(sorted(folder.rglob("*.xml"))[0].read_bytes())
    (tmp_path / "b.xml").write_bytes(b"<broken")
    with open_home(Settings(home=tmp_path / "home")) as home, no_scan(home):
        assert ingest(home, [tmp_path / "a.xml", tmp_path / "b.xml"]).found == 2


def test_a_name_that_is_no_utf_8_is_kept_and_known_like_any_other(folder, tmp_path):
    odd = tmp_path / "papers"
    odd.mkdir()
    content = sorted(folder.rglob("*.xml"))[0].read_bytes()
    with open(os.fsencode(odd) + b"/\xff.xml", "wb") as file:
        file.write(content)
    with open_home(Settings(home=tmp_path / "home")) as home:
        assert (ingest(home, [odd]).read, ingest(home, [odd]).known_before) == (1, 1)
