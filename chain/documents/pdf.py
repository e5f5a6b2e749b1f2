"""The invoice inside a PDF: the XML that ZUGFeRD, Factur-X and XRechnung attach to the page image. Pages are not read.

Specification: PDF 32000-1, 7.11.4 (embedded files); Factur-X 1.0 and ZUGFeRD 1 and 2 for the names of the attachment.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import chain
from typing import TYPE_CHECKING, Any

from chain.documents.archive import Room
from chain.documents.rules import FormatNotSupported, PdfUnreadable, SeveralInvoicesInside

if TYPE_CHECKING:
    from pypdf import PdfReader
    from pypdf.generic import EmbeddedFile, StreamObject

MAGIC = b"%PDF-"

#: What the standards call the attachment, in any case of letters.
NAMES = frozenset({"factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml"})

#: More attachments than any invoice has; each is looked at by its name only.
MOST_ATTACHMENTS = 1_000

#: A stream that says where objects stand unpacks to no more: a file of many that unpack far would take hours.
MOST_STRUCTURE_BYTES = 1 << 19
#: As many objects any file may have; a larger one has more, and they take at least so many bytes each.
MOST_OBJECTS, LEAST_OBJECT_BYTES = 10_000, 8


def invoice_xml(content: bytes, room: Room, most_bytes: int, is_invoice: Callable[[bytes], bool]) -> tuple[str, bytes]:
    """Name and bytes of the invoice attached to the PDF: the one with a name of the standards; else the one XML file
    that ``is_invoice``. No attachment unpacks to more than ``most_bytes``, all together to no more than there is ``room``.
    Raises PdfUnreadable, FormatNotSupported (no such attachment), SeveralInvoicesInside."""
    # Importing it takes longer than reading a hundred documents, so only who has a PDF pays for it.
    import pypdf

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it writes what it mends to the terminal
    try:
        with _unpacking(MOST_STRUCTURE_BYTES):
            objects = max(MOST_OBJECTS, len(content) // LEAST_OBJECT_BYTES)
            streams = _attached(pypdf.PdfReader(io.BytesIO(content), xref_stream_maximum_entries=objects))
        return _chosen(_unpacked(streams, room, most_bytes), is_invoice)
    except (PdfUnreadable, FormatNotSupported, SeveralInvoicesInside):
        raise
    except pypdf.errors.LimitReachedError as error:
        raise PdfUnreadable(reason="it asks for more than is given ({detail})", detail=str(error)[:120]) from error
    except Exception as error:  # the library says of itself that broken files raise anything
        detail = str(error)[:120] or type(error).__name__
        raise PdfUnreadable(reason="it is broken ({detail})", detail=detail) from error


def _unpacking(most_bytes: int) -> AbstractContextManager[object]:
    """No stream unpacks to more, whatever it is packed with."""
    import pypdf

    return pypdf.apply_configuration(
        zlib_maximum_output_length=most_bytes, lzw_maximum_output_length=most_bytes,
        run_length_maximum_output_length=most_bytes, array_based_stream_maximum_output_length=most_bytes,
        stream_decoding_work_maximum_length=4 * most_bytes,
    )  # fmt: skip


def _attached(reader: PdfReader) -> list[tuple[str, StreamObject]]:
    """XML attachments by the name that a viewer shows, those with a name of the standards alone where there are any."""
    if reader.is_encrypted:
        raise PdfUnreadable(reason="it is encrypted")
    files = []
    for position, file in enumerate(chain(reader.attachment_list, _associated(reader))):
        if position >= MOST_ATTACHMENTS:
            raise PdfUnreadable(reason="it has more than {most} attachments", most=MOST_ATTACHMENTS)
        name = str(file.alternative_name or file.name)
        if name.lower().endswith(".xml"):
            files.append((name[:200], file))
    standard = [(name, file) for name, file in files if name.lower() in NAMES]
    return [(name, _stream(file)) for name, file in standard or files]


def _stream(file: EmbeddedFile) -> StreamObject:
    """The attachment's stream, not unpacked yet."""
    streams: Any = file.pdf_object["/EF"]
    stream: StreamObject = next(streams[key].get_object() for key in ("/UF", "/F") if key in streams)
    return stream


def _unpacked(streams: list[tuple[str, StreamObject]], room: Room, most_bytes: int) -> list[tuple[str, bytes]]:
    """What is attached, by name. What is refused for its size was unpacked, too."""
    found, most = [], min(4 * most_bytes, room.left)
    for name, stream in streams:
        left = min(most_bytes, most)
        room.left -= left
        if left <= 0:
            raise PdfUnreadable(reason="what is attached unpacks to more than {bytes} bytes", bytes=most_bytes)
        with _unpacking(left):
            data = stream.get_data()
        if len(data) > left:
            raise PdfUnreadable(reason="what is attached unpacks to more than {bytes} bytes", bytes=most_bytes)
        room.left += left - len(data)
        most -= len(data)
        found.append((name, bytes(data)))
    return found


def _associated(reader: PdfReader) -> Iterator[EmbeddedFile]:
    """Files that the document is associated with (PDF/A-3); some writers list them nowhere else."""
    from pypdf.generic import ArrayObject, DictionaryObject, EmbeddedFile

    listed = reader.root_object.get("/AF")
    listed = listed.get_object() if listed is not None else None
    for entry in listed if isinstance(listed, ArrayObject) else ():
        specification = entry.get_object()
        if isinstance(specification, DictionaryObject) and "/EF" in specification:
            yield EmbeddedFile("", specification)


def _chosen(found: list[tuple[str, bytes]], is_invoice: Callable[[bytes], bool]) -> tuple[str, bytes]:
    """The only one; two names for the same bytes are one."""
    if any(name.lower() not in NAMES for name, _ in found):
        found = [(name, data) for name, data in found if is_invoice(data)]
    if not found:
        raise FormatNotSupported(what="a PDF without an invoice as XML in it (a page image; ask for the XML)")
    if len({data for _, data in found}) > 1:
        raise SeveralInvoicesInside(names=", ".join(name[:40] for name, _ in found[:4]))
    return found[0]
