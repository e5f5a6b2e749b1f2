"""Zip archives: bounded in members, size and ratio, read in memory, never unpacked to disk.

Specification: PKWARE APPNOTE, methods stored and deflated. A member's stated size is not believed: reading stops at the
limit whatever the directory of the archive says.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from chain.documents.rules import ArchiveUnsafe, DocumentRule, FileTooLarge

MAGIC = (b"PK\x03\x04", b"PK\x05\x06")

#: A container that is read, China's fixed-layout document, and the member that it always has.
OFD, OFD_ENTRY = "OFD", "OFD.xml"

#: A workbook, which is read with a mapping.
XLSX = "a workbook (XLSX)"

LEFT_BY_SYSTEMS = frozenset({".ds_store", "thumbs.db", "desktop.ini"})

#: Containers of other formats, told by a member that they always have.
CONTAINERS = {
    "xl/workbook.xml": XLSX,
    "[Content_Types].xml": "an office document",
    "mimetype": "an OpenDocument or EPUB file",
}


@dataclass(frozen=True, slots=True)
class Member:
    """One file in the archive: its bytes, or why they are not read."""

    name: str
    content: bytes
    refusal: DocumentRule | None = None


class Room:
    """What a file may still unpack to, whatever stands inside of what in it; and how many members were passed over."""

    def __init__(self, most_bytes: int) -> None:
        self.left = most_bytes
        self.passed_over = 0


def left_by_a_system(path: str) -> bool:
    """Whether a desktop or an archiver put the file beside what somebody sent: ``.DS_Store``, ``Thumbs.db``, ``desktop.ini``,
    all of ``__MACOSX``, and ``._name`` (AppleDouble, RFC 1740)."""
    *folders, name = path.split("/")
    return "__MACOSX" in folders or name.startswith("._") or name.lower() in LEFT_BY_SYSTEMS


def container(content: bytes) -> str | None:
    """What other format the zip is the container of, if any."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return None
    return OFD if OFD_ENTRY in names else next((what for name, what in CONTAINERS.items() if name in names), None)


def count(content: bytes) -> int:
    """How many members the zip says it has; 0 when it is broken."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return len(archive.infolist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return 0


def members(content: bytes, room: Room, *, most_members: int, most_bytes: int, most_ratio: int) -> Iterator[Member]:
    """Each file in the order of the archive's directory, as long as there is ``room``. Raises ArchiveUnsafe before the
    first one is read when the archive is broken, has too many members, or states sizes that no honest set of documents
    has. What `left_by_a_system` is passed over."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise ArchiveUnsafe(reason="it is broken ({detail})", detail=str(error)[:120]) from error
    with archive:
        # A name may be empty, on which `is_dir` breaks.
        entries = [entry for entry in archive.infolist() if not entry.filename.endswith("/")]
        if len(entries) > most_members:
            raise ArchiveUnsafe(
                reason="it has {members} members; at most {most} are read", members=len(entries), most=most_members
            )
        stated = sum(entry.file_size for entry in entries)
        if stated > room.left:
            raise ArchiveUnsafe(
                reason="it unpacks to {bytes} bytes; at most {most} are read", bytes=stated, most=room.left
            )
        if stated > most_ratio * max(len(content), 1):
            raise ArchiveUnsafe(reason="it unpacks to more than {ratio} times its size", ratio=most_ratio)
        for entry in entries:
            if left_by_a_system(entry.filename):
                room.passed_over += 1
                continue
            if room.left <= 0:
                yield Member(entry.filename, b"", ArchiveUnsafe(reason="what stands before it unpacks too far"))
                continue
            member = _read(archive, entry, min(most_bytes, room.left))
            room.left -= len(member.content)
            yield member


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int) -> Member:
    name = entry.filename
    if entry.flag_bits & 0x1:
        return Member(name, b"", ArchiveUnsafe(reason="the member is encrypted"))
    try:
        with archive.open(entry) as stream:
            data = stream.read(limit + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError) as error:
        return Member(name, b"", ArchiveUnsafe(reason="the member is broken ({detail})", detail=str(error)[:120]))
    if len(data) > limit:
        return Member(name, b"", FileTooLarge(bytes=entry.file_size, limit=limit))
    if data.startswith(MAGIC) and container(data) != OFD:
        return Member(name, data, ArchiveUnsafe(reason="an archive inside an archive"))
    return Member(name, data)
