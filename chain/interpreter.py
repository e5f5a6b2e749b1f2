"""How Python itself runs while very much is made or written. That is one for the whole process, so the first that wants it begins
it, and the last ends it."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any


class _Wanted:
    """``begin`` gives what was before, which ``end`` is given."""

    def __init__(self, begin: Callable[[], Any], end: Callable[[Any], None]) -> None:
        self._begin = begin
        self._end = end
        self._lock = Lock()
        self._count = 0
        self._before: Any = None

    @contextmanager
    def __call__(self) -> Iterator[None]:
        with self._lock:
            if self._count == 0:
                self._before = self._begin()
            self._count += 1
        try:
            yield
        finally:
            with self._lock:
                self._count -= 1
                if self._count == 0:
                    self._end(self._before)


def _leave_garbage() -> bool:
    enabled = gc.isenabled()
    gc.disable()
    return enabled


def _look_for_garbage(enabled: bool) -> None:
    if enabled:
        gc.enable()


def _shorten_turns() -> float:
    seconds = sys.getswitchinterval()
    sys.setswitchinterval(seconds / 10)
    return seconds


#: Python's search for garbage is left out: rows and documents are none, and looking through hundreds of thousands of them for
#: some takes as long as making them.
garbage_left = _Wanted(_leave_garbage, _look_for_garbage)
#: Threads take shorter turns: one that writes needs the interpreter for a moment between two statements, and one that computes
#: meanwhile would let it wait for longer than a statement takes.
short_turns = _Wanted(_shorten_turns, sys.setswitchinterval)
