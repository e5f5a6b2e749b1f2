"""Trade documents: send them, and read what became of them."""

from __future__ import annotations

from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import File, Path, Query, UploadFile

from api.answers import written
from api.desk import TheDesk, TheLanguage, TheViewer
from api.models import DocumentKey, Operation, Page, PlainText
from api.operations import DOCUMENTS, SendDocuments
from api.routes.parts import READS, WRITES, Accept, Cursor, Limit, Place
from api.routes.router import Router
from chain.commands.permissions import Action
from chain.commands.seen.documents import (
    Document,
    FindingSeen,
    document_seen,
    documents_seen,
    finding_seen,
    findings_seen,
)
from chain.commands.seen.papers import DocumentRead, paper_seen
from chain.commands.upload import FileSeen
from chain.documents.mapping import MOST_BYTES, load
from chain.documents.model import DocumentType

router = Router("/v1", "documents")

MOST_FILES = 200
DocumentId = Annotated[
    str,
    Path(
        min_length=4, max_length=2_700, pattern=r"^[A-Za-z0-9_-]+$", description="A document's id: its key as base64url.",
        examples=["aW52b2ljZXxVU0NDOjkxMzUwMTAwTTAwMDEwMFk0M3xJTlYyMDI2MDE3"],
    ),
]  # fmt: skip
MAPPING = (
    "What the columns of tables (CSV, XLSX) among the files mean: a mapping as TOML or JSON, at most 64 kB; docs/documents.md "
    "has an example. Without it tables are refused."
)


@router.post("/documents", status_code=202, responses=WRITES)
async def send_documents(
    files: Annotated[list[UploadFile], File(min_length=1, max_length=MOST_FILES, description="One or many files.")],
    accept: Accept,
    mapping: Annotated[list[UploadFile] | None, File(max_length=1, description=MAPPING)] = None,
) -> Operation[list[FileSeen]]:
    """Send files in any format that is read (UBL, CII, 数电票, EPCIS, bank statements, tables …), or archives of them. The
    operation's result has one outcome a file.

    What cannot be read is refused with its reason, and stops nothing else. A request holds at most 5,000 documents and 100,000
    lines of these, counted over its files: the file with which there are more is refused (`TooManyAtOnce`), and so are those
    after it, unread; send them in parts. A document is its author's word: an enterprise sends its own orders, invoices, advices
    and receipts, not those of others. Sending a file again changes nothing.
    """
    accept.viewer.must(Action.SEND_DOCUMENTS)
    mapped = [await file.read(MOST_BYTES + 1) for file in mapping or ()]
    if mapped:
        await run_sync(load, mapped[0])  # what is wrong with it is told at once, and no file is read
    names = [file.filename or "" for file in files]
    asked = SendDocuments(names=names, has_mapping=bool(mapped), language=accept.language)
    async with accept.desk.uploads:  # until then the files are on the disk
        contents = [await file.read() for file in files]
        command = await accept.taken_down(DOCUMENTS, asked, (*contents, *mapped))
    del contents
    return await accept.answered(command)


@router.get("/documents", responses=READS)
@written
def list_documents(
    desk: TheDesk, viewer: TheViewer, key: Annotated[DocumentKey | None, Query()] = None,
    type: Annotated[DocumentType | None, Query()] = None, after: Place = 0, limit: Limit = 100,
) -> Page[Document]:  # fmt: skip
    """The documents in which the caller is seller, buyer or keeper, in the order they came; with ``key`` that one."""
    viewer.must(Action.READ)
    if key is not None:
        return Page(items=(document_seen(desk.workspace, desk.current, viewer, key),), next=None)
    found, end = documents_seen(
        desk.workspace, desk.current, viewer, kind=type.value if type else None, after=after, most=limit
    )
    return Page(items=tuple(found), next=None if end is None else str(end))


@router.get("/documents/{id}", responses=READS)
def read_document(id: DocumentId, desk: TheDesk, viewer: TheViewer, language: TheLanguage) -> DocumentRead:
    """One document with its state, what it stands behind or backs, and what was found about it."""
    viewer.must(Action.READ)
    return paper_seen(desk.workspace, desk.current, viewer, id, language)


@router.get("/findings", responses=READS)
@written
def list_findings(
    desk: TheDesk, viewer: TheViewer, language: TheLanguage,
    rule: Annotated[PlainText | None, Query(max_length=64)] = None, after: Cursor = None, limit: Limit = 100,
) -> Page[FindingSeen]:  # fmt: skip
    """What reading, matching and the graph found about the caller's documents and about the files that it sent."""
    viewer.must(Action.READ)
    found, end = findings_seen(desk.workspace, desk.current, viewer, language, rule=rule, after=after, most=limit)
    return Page(items=tuple(found), next=end)


@router.get("/findings/{id}", responses=READS)
def read_finding(
    id: Annotated[str, Path(pattern=r"^([0-9]{1,9}|[0-9a-f]{32})$")],
    desk: TheDesk,
    viewer: TheViewer,
    language: TheLanguage,
) -> FindingSeen:
    """One finding. What follows from several documents has an id for as long as it is found."""
    viewer.must(Action.READ)
    return finding_seen(desk.workspace, desk.current, viewer, id, language)
