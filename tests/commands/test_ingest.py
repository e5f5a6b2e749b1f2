"""Taking documents in: what was read before an interruption stays, the same command goes on, and nothing is kept twice.

1. Stopped anywhere and started again, the store holds what it holds after one whole run.
2. What is known is not parsed again, and counts as known.
3. Standard input is one more file, kept like one.
4. JSON lines are as many documents as there are lines, each read or refused by itself.
5. A table that was refused is read as soon as there is a mapping, and its refusal is gone.
6. Bytes of standard input are the same document wherever else they stand.
7. What desktops and archivers leave is passed over and counted, and is neither read nor refused.
"""

import contextlib
import io
import json
import os
import re
import zipfile
from datetime import date

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from scans import no_scan
from sqlalchemy import select

from chain.cli import main
from chain.commands import ingest as module
from chain.commands.ingest import STANDARD_INPUT, ingest, mapping_of, original_documents
from chain.commands.trade import load_documents
from chain.commands.workspace import open_home
from chain.documents import canonical, formats
from chain.documents.identity import canonical_digest
from chain.documents.mapping import load
from chain.documents.reading import read_file
from chain.settings import Settings
from chain.store.tables import documents, files, findings
from chain.world.generator import make_world
from chain.world.writing import write_world
from tests.effort import examples


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


@pytest.mark.parametrize("broken", ["{broken}", '{"schema": "pearlchain/trade-document/1", "type": ', "}", "x,y"])
@pytest.mark.parametrize("place", [0, 1, 3])
def test_a_broken_json_line_is_refused_by_its_number_and_the_others_are_read(folder, broken, place):
    read = [one for path in sorted(folder.rglob("*.xml"))[:3] for one in read_file("a", path.read_bytes()).documents]
    lines = [json.dumps(canonical.dump(document), ensure_ascii=False) for document in read][:3]
    outcome = read_file("lines", "\n".join([*lines[:place], broken, *lines[place:]]).encode())
    assert [one.read for one in outcome.contents] == [number != place for number in range(4)]
    assert outcome.contents[place].member == f"line {place + 1}"
    assert outcome.contents[place].findings[0].member == f"line {place + 1}"


@settings(max_examples=examples(300))
@given(
    st.recursive(st.just(1), lambda inner: st.dictionaries(st.sampled_from("abc"), inner), max_leaves=12),
    st.randoms(use_true_random=False),
)
@example({"b": {}, "c": {}}, None)
def test_a_json_object_over_several_lines_is_no_file_of_json_lines(written, random):
    """Wherever JSON may go on in a new line; without ``random`` around each object inside."""
    text = json.dumps({"a": written}, separators=(",", ":"))
    if random is None:
        text = text.replace("{}", "\n{}\n")
    else:
        tokens = re.findall(r'"\w+"|.', text)
        text = "".join(token + random.choice(["", "", "\n"]) for token in tokens)
    assert json.loads(text) == {"a": written}
    assert not formats.is_json_lines(text.encode())


@pytest.mark.parametrize("pipe_first", [True, False])
def test_the_same_bytes_in_a_pipe_and_in_a_file_are_one_document(folder, tmp_path, pipe_first):
    content = sorted(folder.rglob("*.xml"))[0].read_bytes()
    (tmp_path / "a.xml").write_bytes(content)
    calls = [{"paths": [], "standard_input": io.BytesIO(content)}, {"paths": [tmp_path / "a.xml"]}]
    with open_home(Settings(home=tmp_path / "home")) as home:
        first, second = (ingest(home, **call) for call in (calls if pipe_first else calls[::-1]))
        assert (first.read, first.known_before, second.read, second.known_before) == (1, 0, 1, 1)
        assert [len(rows) for rows in held(home)[:2]] == [1, 1]
        both = ingest(home, [tmp_path / "a.xml"], standard_input=io.BytesIO(content))
        assert (both.found, both.known_before, len(held(home)[1])) == (2, 2, 1)


def test_a_pipe_and_a_file_of_one_call_are_one_document(folder, tmp_path):
    content = sorted(folder.rglob("*.xml"))[0].read_bytes()
    (tmp_path / "a.xml").write_bytes(content)
    with open_home(Settings(home=tmp_path / "home")) as home:
        both = ingest(home, [tmp_path / "a.xml"], standard_input=io.BytesIO(content))
        assert (both.found, both.read, both.known_before, len(held(home)[1])) == (2, 2, 1, 1)


def test_what_was_refused_in_a_pipe_is_refused_in_its_file_too(tmp_path):
    (tmp_path / "a.xml").write_bytes(b"<broken")
    with open_home(Settings(home=tmp_path / "home")) as home:
        both = ingest(home, [tmp_path / "a.xml"], standard_input=io.BytesIO(b"<broken"))
        assert (both.found, both.refused, len(both.findings)) == (2, 2, 2)


LEFT = [".DS_Store", "Thumbs.db", "desktop.ini", "._a.xml", "__MACOSX/._a.xml", "__MACOSX/b/.DS_Store"]


def test_what_desktops_and_archivers_leave_is_passed_over_and_counted(folder, tmp_path):
    content = sorted(folder.rglob("*.xml"))[0].read_bytes()
    (tmp_path / "papers" / "__MACOSX" / "b").mkdir(parents=True)
    for name in LEFT:
        (tmp_path / "papers" / name).write_bytes(b"\0\1")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in [*LEFT, "a.xml"]:
            archive.writestr(name, content if name == "a.xml" else b"\0\1")
    (tmp_path / "papers" / "a.zip").write_bytes(stream.getvalue())
    with open_home(Settings(home=tmp_path / "home")) as home:
        ingested = ingest(home, [tmp_path / "papers"])
    assert (ingested.found, ingested.read, ingested.refused, ingested.passed_over) == (1, 1, 0, 2 * len(LEFT))
    assert (ingested.inside_found, ingested.inside_read) == (1, 1)


def test_a_file_that_somebody_names_is_read_or_refused_whatever_its_name(tmp_path):
    (tmp_path / ".DS_Store").write_bytes(b"\0\1")
    with open_home(Settings(home=tmp_path / "home")) as home:
        ingested = ingest(home, [tmp_path / ".DS_Store"])
    assert (ingested.found, ingested.refused, ingested.passed_over) == (1, 1, 0)


def said(capsys, *arguments) -> tuple[int, str]:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return ended.value.code or 0, capsys.readouterr().out


def test_the_exit_code_is_1_where_nothing_could_be_read(folder, tmp_path, capsys):
    content = sorted(folder.rglob("*.xml"))[0].read_bytes()
    good, bad, lines, empty, packed = (tmp_path / name for name in ("a.xml", "b.xml", "c.jsonl", "d", "e.zip"))
    good.write_bytes(content)
    bad.write_bytes(b"<broken")
    lines.write_text("{}\n{}\n")
    empty.mkdir()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("b.xml", "<broken")
    home = tmp_path / "home"
    assert said(capsys, "--home", home, "ingest", bad)[0] == 1
    assert said(capsys, "--home", home, "ingest", bad, "--json")[0] == 1
    for _ in range(2):  # what is known is no better read
        assert said(capsys, "--home", home, "ingest", lines)[0] == 1
        assert said(capsys, "--home", home, "ingest", packed)[0] == 1
        assert said(capsys, "--home", home, "ingest", packed, bad, lines)[0] == 1
    assert said(capsys, "--home", home, "ingest", bad, good)[0] == 0
    assert said(capsys, "--home", home, "ingest", packed, good)[0] == 0
    assert said(capsys, "--home", home, "ingest", good)[0] == 0
    assert said(capsys, "--home", home, "ingest", empty)[0] == 0


def test_figures_are_told_so_that_one_reads_as_well_as_many(tmp_path, capsys):
    (tmp_path / "b.xml").write_bytes(b"<broken")
    _, text = said(capsys, "--lang", "en", "--home", tmp_path / "home", "ingest", tmp_path / "b.xml")
    assert text.splitlines()[0] == "files found: 1; read: 0, refused: 1, known before: 0"


@pytest.mark.parametrize("command", ["findings", "ingest"])
def test_a_finding_for_machines_has_its_sentence_in_the_readers_language(tmp_path, capsys, command):
    (tmp_path / "b.xml").write_bytes(b"")
    home = tmp_path / "home"
    arguments = ["ingest", tmp_path / "b.xml"]
    if command == "findings":
        said(capsys, "--home", home, *arguments)
        arguments = ["findings"]
    for language, sentence in (("en", "the file is empty"), ("zh", "文件是空的")):
        where = home if command == "findings" else tmp_path / language
        _, text = said(capsys, "--home", where, "--lang", language, *arguments, "--json")
        found = json.loads(text)
        (finding,) = found if command == "findings" else found["findings"]
        assert (finding["rule"], finding["template"], finding["text"]) == ("FileEmpty", "the file is empty", sentence)


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
    with open_home(Settings(home=tmp_path / "home")) as home, no_scan(home, "networks", "aliases"):
        assert ingest(home, [tmp_path / "a.xml", tmp_path / "b.xml"]).found == 2


def test_a_name_that_is_no_utf_8_is_kept_and_known_like_any_other(folder, tmp_path):
    odd = tmp_path / "papers"
    odd.mkdir()
    content = sorted(folder.rglob("*.xml"))[0].read_bytes()
    with open(os.fsencode(odd) + b"/\xff.xml", "wb") as file:
        file.write(content)
    with open_home(Settings(home=tmp_path / "home")) as home:
        assert (ingest(home, [odd]).read, ingest(home, [odd]).known_before) == (1, 1)
