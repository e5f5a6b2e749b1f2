"""What is fuzzed: a family of formats, what its inputs are, and where they start.

An input is a file, or the parts of one, each below a line with its name: a zip whose members are changed must be packed
anew, or its checksums give every change away; a table is nothing without its mapping.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

from chain.documents.mapping import MappingBroken, TableMapping, load
from tests.fuzzing import seeds

NAME_LINE = re.compile(rb"^==== (.{1,80}) ====\n", re.MULTILINE)
#: So many parts are packed; more say nothing new.
MOST_PARTS = 40


@dataclass(frozen=True, slots=True)
class Input:
    """What is read: the bytes of a file, and the mapping that comes with it."""

    content: bytes
    mapping: TableMapping | None = None


@dataclass(frozen=True, slots=True)
class Family:
    """``seeds`` makes the inputs to start from; ``unpack`` makes a file of an input, None of what is none."""

    name: str
    seeds: Callable[[], list[bytes]]
    unpack: Callable[[bytes], Input | None] = Input
    together: bool = False
    """Whether the documents of an input are matched with each other."""


def parts_of(content: bytes) -> list[tuple[str, bytes]]:
    """Name and bytes of each part."""
    _, *found = NAME_LINE.split(content)
    return [
        (name.decode("utf-8", "replace"), part.removesuffix(b"\n"))
        for name, part in zip(found[::2], found[1::2], strict=True)
    ]


def joined(parts: list[tuple[str, bytes]]) -> bytes:
    """The input that `parts_of` takes apart."""
    return b"".join(b"==== %s ====\n%s\n" % (name.encode("utf-8", "replace"), part) for name, part in parts)


def _zip(content: bytes) -> Input | None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as target:
        for name, part in parts_of(content)[:MOST_PARTS]:
            target.writestr(zipfile.ZipInfo(name), part)
    return Input(written.getvalue())


def _table(content: bytes) -> Input | None:
    """The mapping is the first part, the table the second one."""
    parts = parts_of(content)
    if len(parts) != 2:
        return None
    try:
        return Input(parts[1][1], load(parts[0][1]))
    except MappingBroken:
        return None


def _workbook(content: bytes) -> Input | None:
    """The mapping is the first part, the others are those of the workbook."""
    parts = parts_of(content)
    try:
        mapping = load(parts[0][1]) if parts else None
    except MappingBroken:
        return None
    packed = _zip(joined(parts[1:]))
    return None if packed is None else Input(packed.content, mapping)


FAMILIES = {
    family.name: family
    for family in (
        Family("ubl", seeds.ubl),
        Family("cii", seeds.cii),
        Family("einvoice", seeds.einvoice),
        Family("ofd", lambda: list(map(joined, seeds.ofd())), _zip),
        Family("epcis", seeds.epcis),
        Family("camt", seeds.camt),
        Family("json", seeds.json),
        Family("lines", seeds.lines, together=True),
        Family("csv", lambda: list(map(joined, seeds.csv())), _table),
        Family("xlsx", lambda: list(map(joined, seeds.xlsx())), _workbook),
        Family("pdf", seeds.pdf),
        Family("zip", seeds.zip_archives),
        Family("any", seeds.anything),
    )
}
