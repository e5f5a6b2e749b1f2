"""Pages of lists: an entry's place is its key, so that what comes or goes meanwhile moves no other."""

from __future__ import annotations

import base64
import binascii
import json
import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import TypeVar

from sqlalchemy import ColumnElement, and_, or_

from chain.errors import PearlError

Key = tuple[str, ...]
Entry = TypeVar("Entry")


class PageUnknown(PearlError):
    message = "'{text}' is the next of no page"
    next_step = "send next as the page before gave it, or leave after out to begin anew"


def page(
    entries: Sequence[Entry], key: Callable[[Entry], Key], after: str | None, most: int
) -> tuple[tuple[Entry, ...], str | None]:
    """So many of the entries, which are sorted by ``key``, behind the cursor ``after``; and the cursor of the next page, None on
    the last. Raises PageUnknown."""
    start = 0 if after is None else bisect_right(entries, read_cursor(after), key=key)
    some = tuple(entries[start : start + most])
    return some, cursor(key(some[-1])) if start + most < len(entries) else None


def behind(at: ColumnElement[int], name: ColumnElement[str], after: str) -> ColumnElement[bool]:
    """The rows behind a cursor, `cursor_at` one, of a table in the order of (time, id). Raises PageUnknown."""
    key = read_cursor(after)
    if len(key) != 2 or not re.fullmatch("[0-9]{1,18}", key[0]) or not re.fullmatch("[0-9a-f]{32}", key[1]):
        raise PageUnknown(text=after[:40])  # a cursor of another list
    moment = int(key[0])
    return or_(at > moment, and_(at == moment, name > key[1]))


def cursor_at(at: int, name: str) -> str:
    """A row's place in such an order."""
    return cursor((str(at), name))


def cursor(key: Key) -> str:
    """A key as a text for addresses."""
    return base64.urlsafe_b64encode(json.dumps(key, ensure_ascii=False).encode()).decode().rstrip("=")


def read_cursor(text: str) -> Key:
    """The inverse of `cursor`. Raises PageUnknown."""
    try:
        key = json.loads(base64.b64decode(f"{text}{'=' * (-len(text) % 4)}", b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise PageUnknown(text=text[:40]) from None
    if not isinstance(key, list) or not all(isinstance(part, str) for part in key):
        raise PageUnknown(text=text[:40])
    return tuple(key)
