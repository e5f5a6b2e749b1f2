"""Canonical documents in a file of JSON lines, read in place: a document is decoded when somebody looks at it.

One document a line, as `chain.documents.canonical.dump` writes it. A million of them are a gigabyte of text, and as
Python objects four, so the text stays where the operating system keeps files.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np

from chain.documents.canonical import dump
from chain.documents.draft import LARGEST_MINOR
from chain.documents.model import DocumentType, TradeDocument
from chain.documents.rules import FileEmpty, JsonMalformed


class Header(msgspec.Struct):
    """What putting a document on the shelf needs of it; parties as they are written."""

    type: DocumentType
    number: str
    seller: msgspec.Raw
    buyer: msgspec.Raw = msgspec.Raw(b"null")
    keeper: msgspec.Raw = msgspec.Raw(b"null")
    issue_date: date | None = None
    due_date: date | None = None
    delivery_date: date | None = None
    currency: str | None = None
    payable_minor: Annotated[int, msgspec.Meta(ge=-LARGEST_MINOR, le=LARGEST_MINOR)] | None = None
    payee_accounts: msgspec.Raw = msgspec.Raw(b"[]")
    sub_range: tuple[int, int] | None = None
    by_buyer: bool = False


class Lines:
    """A file of JSON lines. Raises FileEmpty; a line that is no canonical document raises JsonMalformed when it is read.
    ``origin`` is the file that documents are said to come from, where it is another one."""

    def __init__(self, path: Path, origin: Path | None = None) -> None:
        self.path, self.origin = path, origin or path
        with path.open("rb") as file:
            if not file.seek(0, 2):
                raise FileEmpty()
            self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._starts = _starts(self._bytes)
        self._source = b'{"source":{"path":' + msgspec.json.encode(str(self.origin)) + b"},"

    def __len__(self) -> int:
        return len(self._starts) - 1

    def text(self, line: int) -> bytes:
        """The bytes of a line, from 0."""
        return self._bytes[self._starts[line] : self._starts[line + 1]]

    def headers(self) -> Iterator[Header]:
        """All headers in order."""
        decode, starts, content = msgspec.json.Decoder(Header).decode, self._starts.tolist(), self._bytes
        for line in range(len(self)):
            try:
                yield decode(content[starts[line] : starts[line + 1]])
            except msgspec.MsgspecError as error:
                raise _malformed(line, error) from error

    def document(self, line: int) -> TradeDocument:
        """The document in a line; where it names no source, this file is it."""
        text = self.text(line)
        try:
            return _decoder().decode(self._source + text.lstrip()[1:])
        except msgspec.MsgspecError as error:
            raise _malformed(line, error) from error


def write_documents(documents: Iterable[TradeDocument], path: Path) -> int:
    """Write them all, in their order, without their sources. Returns how many they are."""
    encode, count = msgspec.json.Encoder().encode, 0
    with path.open("wb", buffering=1 << 20) as file:
        for document in documents:
            file.write(encode(dump(document)) + b"\n")
            count += 1
    return count


@lru_cache(maxsize=1)
def _decoder() -> msgspec.json.Decoder[TradeDocument]:
    return msgspec.json.Decoder(TradeDocument)


def _malformed(line: int, error: Exception) -> JsonMalformed:
    malformed = JsonMalformed(reason=str(error))
    malformed.place = f"line {line + 1}"
    return malformed


def _starts(content: mmap.mmap, step: int = 1 << 26) -> np.ndarray:
    """Where each line begins, and where the last one ends; blank lines at the end are none."""
    size = len(content)
    while size and content[size - 1] in b"\r\n ":
        size -= 1
    found = [np.zeros(1, dtype=np.int64)]
    for begin in range(0, size, step):
        part = np.frombuffer(content[begin : min(begin + step, size)], dtype=np.uint8)
        found.append(np.flatnonzero(part == 0x0A) + begin + 1)
    found.append(np.array([size], dtype=np.int64))
    return np.concatenate(found)
