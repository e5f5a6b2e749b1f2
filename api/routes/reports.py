"""Reports as files: which there are, and each of them as CSV, Parquet or PDF."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import quote

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import Header, Query, Response
from fastapi.responses import StreamingResponse

from api.desk import TheDesk, TheLanguage, TheViewer
from api.routes.parts import READS, Moment
from api.routes.router import Router
from chain.commands.permissions import Action
from chain.commands.reports import Format, ReportName, ReportSeen, Written, report, reports_listed, write
from chain.language import LANGUAGES

router = Router("/v1", "reports")

#: So many reports are written at once, in threads of their own; further ones wait, and other requests do not.
WRITERS = CapacityLimiter(2)

Language = Annotated[
    Literal[LANGUAGES] | None,  # type: ignore[valid-type]
    Query(description="`zh` or `en`: that of headings and words; that of Accept-Language if none."),
]
FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file. `Content-Disposition` names it.",
        "content": {
            form.media_type.partition(";")[0]: {
                "schema": {"type": "string"} if form is Format.CSV else {"type": "string", "format": "binary"}
            }
            for form in Format
        },
    },
    304: {"description": "The file is the one that `If-None-Match` names."},
}


@router.get("/reports", responses=READS)
def list_reports(
    viewer: TheViewer, asked: TheLanguage, response: Response, language: Language = None
) -> list[ReportSeen]:
    """Which reports there are, and what stands in their columns. Everybody may ask for each; it holds what the caller may see."""
    viewer.must(Action.READ)
    shown = language or asked
    response.headers["Content-Language"], response.headers["Vary"] = shown, "Accept-Language"
    return reports_listed(shown)


@router.get("/reports/{name}", responses=READS | FILES, response_class=Response)
async def read_report(
    name: ReportName, desk: TheDesk, viewer: TheViewer, asked: TheLanguage,
    format: Annotated[Format, Query(description="What the file is for: spreadsheets, machines or paper.")] = Format.CSV,
    as_of: Moment = None, language: Language = None,
    if_none_match: Annotated[str | None, Header(max_length=2_000)] = None,
) -> Response:  # fmt: skip
    """A report as a file, of what the caller may see and nothing else. It says of itself when it is of, by the ledger's clock.

    CSV is for people's spreadsheets, with headings and words in their language; Parquet for machines, typed; PDF for
    paper, with totals and a hash of the data, and of long reports the first rows. Only the exposure can be `as_of` a block
    or a day of the past.
    """
    viewer.must(Action.READ)
    shown = language or asked

    def make() -> Written:
        return write(report(desk.workspace, desk.current, viewer, name, shown, as_of), format, shown)

    written = await run_sync(make, limiter=WRITERS)
    headers = {
        "ETag": f'"{written.sha256}"', "Content-Language": shown, "Vary": "Accept-Language, Authorization",
        "Cache-Control": "private, no-cache",
    }  # fmt: skip
    if _names(if_none_match, written.sha256):
        written.file.close()
        return Response(status_code=304, headers=headers)
    headers["Content-Length"] = str(written.size)
    headers["Content-Disposition"] = _disposition(written, format)
    return StreamingResponse(written.parts(), media_type=format.media_type, headers=headers)


def _names(if_none_match: str | None, sha256: str) -> bool:
    """Whether the header (RFC 9110, 13.1.2) names the file, or any."""
    tags = [tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")]
    return "*" in tags or f'"{sha256}"' in tags


def _disposition(written: Written, form: Format) -> str:
    """The file's name in ASCII, and in the reader's language for who reads RFC 5987."""
    plain = written.stem.replace(" ", "-")
    own = quote(f"{written.stem_of_reader}.{form.value}", safe="")
    return f"attachment; filename=\"{plain}.{form.value}\"; filename*=UTF-8''{own}"
