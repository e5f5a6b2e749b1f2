"""Files of canonical JSON lines. Rules held here:

1. What `dump` writes is read again as it was, wherever the file ends.
2. A line that is no canonical document is refused with its number, whatever it is.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from document_samples import trade, warehouse_receipt
from msgspec import json

from chain.documents.canonical import dump
from chain.documents.lines import Lines
from chain.documents.model import Source
from chain.documents.rules import FileEmpty, JsonMalformed
from chain.graph import bulk, trade_graph
from chain.graph.trade_graph import TradeGraph

DOCUMENTS = [*trade().values(), warehouse_receipt()]


def text(*documents) -> bytes:
    return b"\n".join(json.encode(dump(document)) for document in documents)


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b"\n\n  \n"])
def test_what_is_written_is_read(tmp_path: Path, end: bytes) -> None:
    path = tmp_path / "documents.jsonl"
    path.write_bytes(text(*DOCUMENTS) + end)
    lines = Lines(path)
    meant = [replace(document, source=Source(str(path))) for document in DOCUMENTS]
    assert [lines.document(number) for number in range(len(lines))] == meant
    assert [header.number for header in lines.headers()] == [document.number for document in DOCUMENTS]


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"")
    with pytest.raises(FileEmpty):
        Lines(tmp_path / "x")


BROKEN = [
    b"", b"{", b"[]", b"{}", b"null", b"\xff\xfe", b'{"type":"invoice"}', b'{"type":"gift","number":"1","seller":{}}',
    text(DOCUMENTS[0]).replace(b'"payable_minor":11300', b'"payable_minor":1' + b"0" * 30),
    text(DOCUMENTS[0]).replace(b'"quantity":"10"', b'"quantity":"ten"'),
    text(DOCUMENTS[0]).replace(b'"number":"PO-1"', b'"number":7'),
]  # fmt: skip


#: What a header does not show is first seen where trades are matched, maybe in another process.
INSIDE = next(line for line in BROKEN if b"ten" in line)


@pytest.mark.parametrize(("broken", "workers"), [*((line, 1) for line in BROKEN), (INSIDE, 2)])
def test_a_broken_line_is_refused_with_its_number(tmp_path: Path, monkeypatch, broken: bytes, workers: int) -> None:
    monkeypatch.setattr(trade_graph, "FEW_DOCUMENTS", 0)
    monkeypatch.setattr(bulk, "TASK_DOCUMENTS", 1)
    path = tmp_path / "documents.jsonl"
    path.write_bytes(text(DOCUMENTS[1]) + b"\n" + broken + b"\n" + text(DOCUMENTS[2]))
    with pytest.raises(JsonMalformed) as refused:
        TradeGraph.from_file(path, None, date(2026, 6, 1), workers)
    assert refused.value.place == "line 2"
