"""What was read of the database and holds until something is committed: known in memory, and never older than a look says."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

Value = TypeVar("Value")


class _Here(threading.local):
    """Of each thread."""

    known: dict[Kept[Any], Any] | None = None
    """What it has looked at in this moment; None where it looks each time."""
    waits: bool = True
    """Whether it reads what takes long."""


_here = _Here()


class NotAtHand(Exception):
    """It takes long to read, and this thread is to wait for nothing."""


@contextmanager
def one_moment() -> Iterator[None]:
    """What this thread gets meanwhile it gets as it was when it first asked for it, in one look; for whoever answers one question
    with it."""
    before = _here.known
    _here.known = {} if before is None else before
    try:
        yield
    finally:
        _here.known = before


@contextmanager
def at_once() -> Iterator[None]:
    """For whoever keeps others waiting meanwhile: what takes long to read raises NotAtHand here, and is to be read elsewhere."""
    before, _here.waits = _here.waits, False
    try:
        yield
    finally:
        _here.waits = before


def must_wait() -> None:
    """Before what takes long. Raises NotAtHand where this thread is to wait for nothing."""
    if not _here.waits:
        raise NotAtHand()


@contextmanager
def _each_look_anew() -> Iterator[None]:
    """For whoever reads a value, which is only kept where nothing else is another meanwhile."""
    before, _here.known = _here.known, None
    try:
        yield
    finally:
        _here.known = before


class Kept(Generic[Value]):
    """A value that ``read`` makes, kept as long as ``version`` answers the same. Threads share it; one reads while others wait.

    ``read`` gets the value before, or None, so that it can give it back where what it rests on is as it was. ``is_quick``: it
    takes no longer than a statement.
    """

    def __init__(
        self, version: Callable[[], Hashable], read: Callable[[Value | None], Value], *, is_quick: bool = False
    ) -> None:  # fmt: skip
        self._version = version
        self._read = read
        self._is_quick = is_quick
        self._lock = threading.Lock()
        self._kept: tuple[Hashable, Value] | None = None

    def get(self) -> Value:
        """The value of this moment. Raises NotAtHand within `at_once`."""
        known = _here.known
        if known is not None and self in known:
            value: Value = known[self]
            return value
        kept = self._kept
        value = kept[1] if kept is not None and kept[0] == self._version() else self._read_anew()
        if known is not None:
            known[self] = value
        return value

    def _read_anew(self) -> Value:
        if not self._is_quick:
            must_wait()
        with self._lock, _each_look_anew():
            version, kept = self._version(), self._kept
            if kept is None or kept[0] != version:
                kept = version, self._read(kept[1] if kept else None)
                # What was committed while it was read may be in it, and may be taken back: then it is of neither version.
                if self._version() == version:
                    self._kept = kept
            return kept[1]
