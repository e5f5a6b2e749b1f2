"""Worlds of any size: steady trade with errors and frauds at set rates.

1. The same arguments give the same bytes, and another seed others.
2. Every kind of error and fraud is planted, and the truth names documents and files that are there.
3. What is planted follows the rates; at none, nothing is.
4. The files read to the documents that the canonical form has.
5. Nearly all that is planted is found.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from benchmarks.detectors import scores
from chain.commands.world import FolderNotEmpty, Form, WorldImpossible, make_rates, steady_world, write_world_of
from chain.documents import parquet
from chain.documents.identity import document_key
from chain.documents.lines import Lines
from chain.documents.model import Source, TradeDocument
from chain.documents.reading import read_documents
from chain.world.model import World
from chain.world.rates import ERRORS, FRAUDS, Rates
from chain.world.truth import readable, truth_of

TODAY = date(2026, 11, 23)
OFTEN = Rates(errors=0.01, frauds=0.02, lookalikes=0.01)


@pytest.fixture(scope="module")
def steady() -> World:
    return steady_world(5, 200, 8_000, OFTEN, TODAY)


def write(folder: Path, form: Form, seed: int = 3) -> dict[str, bytes]:
    write_world_of(
        folder, seed=seed, enterprises=60, documents=600, rates=Rates(0.01, 0.01, 0.01), form=form, today=TODAY
    )  # fmt: skip
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def facts(document: TradeDocument) -> TradeDocument:
    """The document wherever it was read."""
    return replace(document, source=Source(""))


@pytest.mark.parametrize("form", Form)
def test_the_same_arguments_give_the_same_bytes(form: Form, tmp_path: Path) -> None:
    first = write(tmp_path / "a", form)
    assert write(tmp_path / "b", form) == first
    assert write(tmp_path / "c", form, seed=4) != first


def test_every_kind_is_planted_and_the_truth_names_what_is_there(steady: World) -> None:
    truth = truth_of(steady)
    assert {planted["kind"] for planted in truth["planted"]} == {kind.value for kind in (*ERRORS, *FRAUDS)}
    keys = {document_key(document) for document in steady.documents}
    for planted in truth["planted"]:
        assert planted["documents"]
        assert set(planted["documents"]) <= keys
        assert planted["files"]
    assert len(steady.documents) >= 8_000


def test_what_is_planted_follows_the_rates() -> None:
    none = steady_world(5, 100, 3_000, Rates(0, 0, 0), TODAY)
    assert not none.truth
    few, many = (steady_world(5, 100, 3_000, Rates(0.001, rate, 0), TODAY) for rate in (0.002, 0.02))
    assert len(few.truth) * 3 < len(many.truth)
    with pytest.raises(WorldImpossible):
        make_rates(0.001, 0.5)


def test_the_files_read_to_the_canonical_documents(tmp_path: Path) -> None:
    write(tmp_path / "files", Form.FILES)
    write(tmp_path / "lines", Form.CANONICAL)
    lines = Lines(tmp_path / "lines" / "documents.jsonl")
    folders = [path for path in (tmp_path / "files").iterdir() if path.is_dir()]
    write(tmp_path / "parquet", Form.PARQUET)
    parquet.write_lines(tmp_path / "parquet" / "documents.parquet", tmp_path / "unpacked")
    unpacked = Lines(tmp_path / "unpacked", lines.path)
    assert [unpacked.document(n) for n in range(len(unpacked))] == [lines.document(n) for n in range(len(lines))]
    batch = read_documents(sorted(folders), processes=1)
    expected = Counter(facts(lines.document(number)) for number in range(len(lines)))
    assert Counter(map(facts, batch.documents)) == expected
    for planted in json.loads((tmp_path / "files" / "truth.json").read_text())["planted"]:
        assert all((tmp_path / "files" / name.partition("!")[0]).exists() for name in planted["files"])


def test_a_folder_that_is_not_empty_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x")
    with pytest.raises(FolderNotEmpty):
        write(tmp_path, Form.FILES)


def test_unreadable_files_are_no_documents(steady: World) -> None:
    damaged = sum(file.damage is not None for file in steady.files)
    assert damaged
    assert len(steady.documents) > len(list(readable(steady))) > len(steady.documents) - damaged - 1


def test_nearly_all_that_is_planted_is_found() -> None:
    measured = scores([(77, 300, 8_000, OFTEN)])
    planted = sum(score.planted for score in measured.values())
    assert sum(score.found for score in measured.values()) >= 0.95 * planted
    assert sum(score.right for score in measured.values()) >= 0.9 * sum(score.findings for score in measured.values())


@pytest.mark.parametrize("documents", [1, 10, 60])
def test_a_world_may_be_as_small_as_one_document(documents):
    assert steady_world(7, 40, documents, OFTEN, TODAY).files


@pytest.mark.parametrize(
    ("documents", "day"), [(0, TODAY), (-5, TODAY), (500, date(1900, 1, 1)), (500, date(2200, 1, 1))]
)
def test_a_world_that_cannot_be_is_refused_by_name(tmp_path, documents, day):
    with pytest.raises(WorldImpossible):
        write_world_of(
            tmp_path / "w", seed=1, enterprises=40, documents=documents, rates=OFTEN, form=Form.CANONICAL, today=day
        )
    assert not (tmp_path / "w").exists()
