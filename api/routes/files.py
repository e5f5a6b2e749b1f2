"""Files that were sent, and originals as they came."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Path, Response

from api.desk import TheDesk, TheLanguage, TheViewer
from api.models import Page
from api.routes.documents import DocumentId
from api.routes.parts import READS, Limit, Place
from api.routes.router import Router
from chain.commands.permissions import Action
from chain.commands.seen.files import SentFile, SentFileRead, file_original, file_seen, files_seen
from chain.commands.seen.papers import Original, original_seen

router = Router("/v1", "documents")

FileNumber = Annotated[int, Path(ge=1, lt=2**31)]
ORIGINALS: dict[int | str, dict[str, Any]] = READS | {
    200: {
        "description": "The bytes as they came.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        "headers": {
            "ETag": {"description": "SHA-256 of the bytes.", "schema": {"type": "string"}},
            "Content-Disposition": {"description": "With the file's own name.", "schema": {"type": "string"}},
        },
    }
}


@router.get("/files", responses=READS)
def list_files(desk: TheDesk, viewer: TheViewer, after: Place = 0, limit: Limit = 100) -> Page[SentFile]:
    """The files that the caller sent, in the order they came, and whether each was read."""
    viewer.must(Action.READ)
    found, end = files_seen(desk.workspace, viewer, after=after, most=limit)
    return Page(items=found, next=None if end is None else str(end))


@router.get("/files/{number}", responses=READS)
def read_file(number: FileNumber, desk: TheDesk, viewer: TheViewer, language: TheLanguage) -> SentFileRead:
    """One file that was sent, with its documents, and with what was found while it was read."""
    viewer.must(Action.READ)
    return file_seen(desk.workspace, desk.current, viewer, number, language)


@router.get("/files/{number}/original", responses=ORIGINALS, response_class=Response)
def read_file_original(number: FileNumber, desk: TheDesk, viewer: TheViewer) -> Response:
    """The file as it came, for who sent it."""
    viewer.must(Action.READ)
    return _as_it_came(file_original(desk.workspace, viewer, number))


@router.get("/documents/{id}/original", responses=ORIGINALS, response_class=Response)
def read_original(id: DocumentId, desk: TheDesk, viewer: TheViewer) -> Response:
    """The file that a document came in, for who sent it and for who is named in all that is in it."""
    viewer.must(Action.READ)
    return _as_it_came(original_seen(desk.workspace, desk.current, viewer, id))


def _as_it_came(original: Original) -> Response:
    """A browser saves it, whatever it holds, and never shows it as a page of this service."""
    headers = {
        "ETag": f'"{original.sha256}"',
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(original.name, safe='')}",
    }
    return Response(original.content, media_type="application/octet-stream", headers=headers)
