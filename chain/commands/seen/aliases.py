"""The alias table as a viewer may see it: all of it to who reads everything, its own rows to an enterprise."""

from __future__ import annotations

from datetime import date

from chain.commands.aliases import written_id
from chain.commands.seen.current import CurrentTrade
from chain.commands.seen.named import Named
from chain.commands.seen.pages import page
from chain.commands.seen.viewer import Participant, Viewer
from chain.commands.workspace import Home
from chain.documents.aliases import PERSON, REGISTER, Alias
from chain.documents.model import Frozen
from chain.errors import NotFound


class AliasSeen(Frozen):
    """An id or name that an enterprise goes by."""

    alias: str
    """``SCHEME:value``, or ``NAME:`` and the name as it is written."""
    enterprise: Participant
    source: str | None
    """``register``, ``person``, or the key of the first document that says so; null where that is not the caller's to see."""
    reason: str | None
    """Why, in one sentence; null as ``source`` is."""
    since: date | None


def aliases_seen(
    home: Home,
    current: CurrentTrade,
    viewer: Viewer,
    language: str,
    *,
    enterprise: str | None = None,
    after: str | None = None,
    most: int = 100,
) -> tuple[tuple[AliasSeen, ...], str | None]:
    """The aliases of one enterprise (any of its ids, or its registered name), by default of all that the viewer may see, in the
    order of enterprise and alias. Raises NotFound, PageUnknown."""  # fmt: skip
    directory = current.get().trade.directory
    asked = None if enterprise is None else written_id(home, enterprise)
    whose = directory.enterprise(asked if asked is not None else viewer.enterprise)
    if not viewer.sees_all and whose != viewer.enterprise:
        raise NotFound(what="enterprise", id=enterprise)
    table = directory.alias_table(None if asked is None and viewer.sees_all else whose)
    if asked is not None and not table:
        raise NotFound(what="enterprise", id=enterprise)
    some, cursor = page(table, lambda row: (row.enterprise, row.alias, row.source), after, most)
    named = Named(home)
    return tuple(_shown(current, viewer, named, row, language) for row in some), cursor


def _shown(current: CurrentTrade, viewer: Viewer, named: Named, row: Alias, language: str) -> AliasSeen:
    # A document of others may write the id beside one of theirs, which the sentence then names.
    told = viewer.sees_all or row.source in (REGISTER, PERSON)
    told = told or current.get().concerns_wholly(row.source, viewer.enterprise)
    return AliasSeen(
        alias=row.alias, enterprise=named.enterprise(row.enterprise), source=row.source if told else None,
        reason=row.reason(language) if told else None, since=row.since,
    )  # fmt: skip
