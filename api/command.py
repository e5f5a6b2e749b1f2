"""What a command of the API is: who may give it, what it needs to see, what it is worth, and how it is carried out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from api.models import PieceText, ReasonBody
from chain.books import portfolio
from chain.books.portfolio import PieceRow
from chain.commands.four_eyes import needs_approval, worth_of
from chain.commands.permissions import Action
from chain.commands.seen.current import CurrentTrade
from chain.commands.seen.viewer import Viewer
from chain.commands.seen.vouchers import must_see, voucher
from chain.commands.workspace import Workspace
from chain.errors import PearlError
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
    carries it out, gives a JSON-able result; ``settle``: what is asked for with all that would else be another thing by the
    time it is carried out, so that who approves it knows it; ``beside``: fields that the caller does not ask for by its body,
    which so make no other command."""

    name: str
    asked: type[Asked]
    action: Action
    do: Callable[[Case, Asked], Any]
    check: Callable[[Case, Asked], None] = lambda case, asked: None
    worth: Callable[[Case, Asked], list[Money]] = lambda case, asked: []
    always_two: Callable[[Case, Asked], bool] = lambda case, asked: False
    subject: Callable[[Asked], str | None] = lambda asked: None
    lane: Lane = Lane.SHORT
    settle: Callable[[Case, Asked], Asked] = lambda case, asked: asked
    beside: frozenset[str] = frozenset()

    def needs_approval(self, case: Case, asked: Asked, worth: Mapping[str, int]) -> bool:
        """Whether a second person of the enterprise has to approve it."""
        return self.always_two(case, asked) or needs_approval(case.workspace, case.viewer.enterprise, worth)

    def must_be_worth(self, case: Case, asked: Asked, counted: Mapping[str, int]) -> None:
        """Before it is carried out: raises ApprovalWanted where it is worth more by now than was ``counted``, and so much that
        a second person decides."""
        worth = worth_of(self.worth(case, asked))
        has_grown = any(minor > counted.get(currency, 0) for currency, minor in worth.items())
        if has_grown and needs_approval(case.workspace, case.viewer.enterprise, worth):
            raise ApprovalWanted(worth)


class ApprovalWanted(PearlError):
    """Whoever carries the command out leaves it to a second person, and stops."""

    message = "a second person has to approve it, perhaps once more"

    def __init__(self, worth: dict[str, int]) -> None:
        self.worth = worth
        super().__init__()


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
    return portfolio.piece_now(case.workspace.store, PieceId.parse(asked.piece))


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
