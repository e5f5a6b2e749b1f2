"""Files that were sent, as their sender may see them: what became of each, and its bytes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import convert
from pydantic import Field
from sqlalchemy import Connection, RowMapping, Select, func, select

from chain.commands.seen.current import CurrentTrade
from chain.commands.seen.documents import FindingSeen, document_id, file_name, finding_shown
from chain.commands.seen.named import Named
from chain.commands.seen.papers import MOST, Original
from chain.commands.seen.viewer import Participant, Viewer
from chain.commands.seen.vouchers import moment
from chain.commands.workspace import Home
from chain.documents.model import Finding, Frozen, TradeDocument
from chain.errors import NotFound
from chain.store.tables import documents, files, findings


class SentFile(Frozen):
    """A file that the caller sent; any file for who reads everything."""

    id: int
    name: str
    sha256: str
    format: str
    state: str
    """``read`` or ``refused``. Of an archive that was read, documents may have been refused: see the findings."""
    sender: Participant | None = Field(description="Null: it was not sent over the API.")
    received_at: datetime
    mapping: str | None = Field(description="Digest of what said what the columns of its tables mean.")
    documents: int
    """How many were read from it."""
    findings: int


class FileDocument(Frozen):
    """A document that was read from a file."""

    id: str
    key: str
    type: str
    number: str
    member: str | None
    """Its place in an archive."""


class SentFileRead(SentFile):
    """A file with what is in it."""

    contents: tuple[FileDocument, ...] = Field(description=f"The first {MOST} documents.")
    found: tuple[FindingSeen, ...] = Field(description=f"The first {MOST} findings of reading it.")


def files_seen(
    home: Home, viewer: Viewer, *, after: int = 0, most: int = 100
) -> tuple[tuple[SentFile, ...], int | None]:
    """The files that the viewer sent, in the order they came, behind number ``after``; and the number to go on from, None at the
    end."""
    statement = _statement(viewer).where(files.c.id > after).order_by(files.c.id).limit(most + 1)
    with home.store.read() as connection:
        rows = connection.execute(statement).mappings().all()
        counted = _counted(connection, [row["id"] for row in rows])
    named = Named(home)
    shown = tuple(SentFile(**_file(row, named, counted)) for row in rows[:most])
    return shown, shown[-1].id if len(rows) > most else None


def file_seen(home: Home, current: CurrentTrade, viewer: Viewer, number: int, language: str) -> SentFileRead:
    """One of them. Raises NotFound."""
    with home.store.read() as connection:
        row = _row(connection, viewer, number)
        inside = select(documents.c.body).where(documents.c.file == number).order_by(documents.c.sequence).limit(MOST)
        bodies = connection.execute(inside).scalars().all()
        told = select(findings.c.id, findings.c.body).where(findings.c.file == number).order_by(findings.c.id)
        found = connection.execute(told.limit(MOST)).all()
        counted = _counted(connection, [number])
    key_of = current.get().trade.directory.key
    read = [(key_of(document), document) for document in convert(bodies, list[TradeDocument])]
    return SentFileRead(
        **_file(row, Named(home), counted),
        contents=tuple(
            FileDocument(
                id=document_id(key), key=key, type=document.type.value, number=document.number,
                member=document.source.member,
            )
            for key, document in read
        ),
        found=tuple(finding_shown(convert(one.body, Finding), language, str(one.id)) for one in found),
    )  # fmt: skip


def file_original(home: Home, viewer: Viewer, number: int) -> Original:
    """Its bytes. Raises NotFound, also where the file was too large to be kept or is disposed of."""
    with home.store.read() as connection:
        row = _row(connection, viewer, number)
    return Original(file_name(row["path"]) or "original", row["sha256"], home.originals.get(row["sha256"]))


def _statement(viewer: Viewer) -> Select[*tuple[Any, ...]]:
    statement = select(files)
    return statement if viewer.sees_all else statement.where(files.c.enterprise == viewer.enterprise)


def _row(connection: Connection, viewer: Viewer, number: int) -> RowMapping:
    row = connection.execute(_statement(viewer).where(files.c.id == number)).mappings().first()
    if row is None:
        raise NotFound(what="file", id=number)
    return row


def _counted(connection: Connection, numbers: Sequence[int]) -> list[dict[int, int]]:
    """File → how many documents, and how many findings; those without any are left out."""
    return [
        {
            row[0]: row[1]
            for row in connection.execute(
                select(table.c.file, func.count()).where(table.c.file.in_(numbers)).group_by(table.c.file)
            )
        }
        for table in (documents, findings)
    ]


def _file(row: RowMapping, named: Named, counted: list[dict[int, int]]) -> dict[str, Any]:
    of_documents, of_findings = counted
    return {
        "id": row["id"], "name": file_name(row["path"]) or "", "sha256": row["sha256"], "format": row["format"],
        "state": "read" if row["read"] else "refused",
        "sender": named.enterprise(row["enterprise"]) if row["enterprise"] else None,
        "received_at": moment(row["ingested_at"]), "mapping": row["mapping"],
        "documents": of_documents.get(row["id"], 0), "findings": of_findings.get(row["id"], 0),
    }  # fmt: skip
