"""What was read of the database and holds until something is committed: known in memory, and never older than a look says."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Kept(Generic[Value]):
    """A value that ``read`` makes, kept as long as ``version`` answers the same. Threads share it; one reads while others wait.

    ``read`` gets the value before, or None, so that it can give it back where what it rests on is as it was.
    """

    def __init__(self, version: Callable[[], Hashable], read: Callable[[Value | None], Value]) -> None:
        self._version = version
        self._read = read
        self._lock = threading.Lock()
        self._kept: tuple[Hashable, Value] | None = None

    def is_at_hand(self) -> bool:
        """Whether the value of this moment need not be read."""
        kept = self._kept
        return kept is not None and kept[0] == self._version()

    def get(self) -> Value:
        """The value of this moment."""
        kept, version = self._kept, self._version()
        if kept is not None and kept[0] == version:
            return kept[1]
        with self._lock:
            version, kept = self._version(), self._kept
            if kept is None or kept[0] != version:
                kept = version, self._read(kept[1] if kept else None)
                # What was committed while it was read may be in it, and may be taken back: then it is of neither version.
                if self._version() == version:
                    self._kept = kept
            return kept[1]
