"""What a command of the API is: who may give it, what it needs to see, what it is worth, and how it is carried out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from api.models import PieceText, ReasonBody
from chain.books import portfolio
from chain.books.portfolio import PieceRow
from chain.commands.four_eyes import needs_approval
from chain.commands.permissions import Action
from chain.commands.seen.current import CurrentTrade
from chain.commands.seen.viewer import Viewer
from chain.commands.seen.vouchers import must_see, voucher
from chain.commands.workspace import Workspace
from chain.identifiers import PieceId
from chain.money import Money

Asked = TypeVar("Asked", bound=BaseModel)


@dataclass(frozen=True)
class Case:
    """One command that is checked or carried out. ``key``: its own, for the outbox; ``files``: what came with it."""

    workspace: Workspace
    current: CurrentTrade
    viewer: Viewer
    key: str = ""
    files: tuple[bytes, ...] = ()


class Lane(StrEnum):
    """Commands of one lane are carried out one after another, those of several lanes beside one another."""

    SHORT = "short"
    """What takes moments."""
    DOCUMENTS = "documents"
    """Files are read; nothing of it goes to the chain."""
    PLANS = "plans"
    """What is done for the whole network."""


@dataclass(frozen=True)
class CommandKind(Generic[Asked]):
    """A command. ``action``: what its caller must be allowed to do; ``check``: whether it can see what the
    command is about (raises NotFound); ``worth``: what four eyes count, and ``always_two`` whatever it is worth; ``do``:
    carries it out, gives a JSON-able result."""

    name: str
    asked: type[Asked]
    action: Action
    do: Callable[[Case, Asked], Any]
    check: Callable[[Case, Asked], None] = lambda case, asked: None
    worth: Callable[[Case, Asked], list[Money]] = lambda case, asked: []
    always_two: Callable[[Case, Asked], bool] = lambda case, asked: False
    subject: Callable[[Asked], str | None] = lambda asked: None
    lane: Lane = Lane.SHORT

    def needs_approval(self, case: Case, asked: Asked) -> bool:
        """Whether a second person of the enterprise has to approve it."""
        if self.always_two(case, asked):
            return True
        return needs_approval(case.workspace, case.viewer.enterprise, self.worth(case, asked))


class OfPiece(BaseModel):
    """A command about one piece."""

    piece: PieceText


class WithReason(ReasonBody, OfPiece):
    """A command about one piece that says why."""


def piece_of(asked: OfPiece) -> str:
    """The subject of a command about one piece."""
    return asked.piece


def sees_piece(case: Case, asked: OfPiece) -> None:
    """Raises NotFound."""
    must_see(case.workspace, case.current, case.viewer, PieceId.parse(asked.piece))


def worth_of_piece(case: Case, asked: OfPiece) -> list[Money]:
    """All that is in it; that the caller may see it was asked before."""
    row = row_of(case, asked)
    return [Money(row.amount_minor, row.currency)]


def row_of(case: Case, asked: OfPiece) -> PieceRow:
    """The piece as the books have it, whoever may see it. Raises NotFound."""
    with case.workspace.store.read() as connection:
        return portfolio.piece(connection, PieceId.parse(asked.piece))


def changed(case: Case, piece: PieceId) -> dict[str, Any]:
    """What came of a command that changed a piece, as its caller sees it."""
    return {"voucher": str(piece), "state": voucher(case.workspace, case.current, case.viewer, piece).state}


def acts(verb: Callable[..., None], *fields: str) -> Callable[[Case, Any], Any]:
    """Carries out what an enterprise does with one piece, ``verb(workspace, key, enterprise, piece, …)`` with these fields of
    what is asked."""  # fmt: skip

    def do(case: Case, asked: Any) -> Any:
        piece = PieceId.parse(asked.piece)
        verb(case.workspace, case.key, case.viewer.enterprise, piece, *(getattr(asked, name) for name in fields))
        return changed(case, piece)

    return do
