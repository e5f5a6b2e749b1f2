"""Python's search for garbage, left out while very much is made that is none."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_lock = Lock()
_leaving = 0
"""How many leave it, in all threads."""
_was_on = True


@contextmanager
def garbage_left() -> Iterator[None]:
    """Rows and documents are no garbage, and looking through hundreds of thousands of them for some takes as long as making
    them. For the whole process, until the last thread that leaves it has ended that."""
    global _leaving, _was_on
    with _lock:
        if _leaving == 0:
            _was_on = gc.isenabled()
            gc.disable()
        _leaving += 1
    try:
        yield
    finally:
        with _lock:
            _leaving -= 1
            if _leaving == 0 and _was_on:
                gc.enable()
