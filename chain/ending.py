"""The end of a command by a signal: as orderly as any other, with everything that it started ended."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

#: Signals that asked this process to end, in their order.
_asked: list[int] = []
#: Whether one that comes now waits until `uninterrupted` is over.
_waits = False


class Stopped(SystemExit):
    """A signal asks the process to end; its exit code is 128 and the signal's number, as shells have it."""


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let SIGTERM, SIGINT and SIGHUP raise `Stopped`, which leaves through the open context managers: they end node and
    compiler. A signal that is ignored already (``nohup``) stays so, and a second one does not disturb the way out."""

    def end(number: int, _frame: FrameType | None) -> None:
        _asked.append(number)
        if len(_asked) == 1 and not _waits:
            raise Stopped(128 + number)

    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = {number: known for number in numbers if (known := signal.getsignal(number)) not in (None, signal.SIG_IGN)}
    for number in before:
        signal.signal(number, end)
    try:
        yield
        _stop_if_asked()  # one came while something ran whose exceptions go nowhere, such as a finaliser
    finally:
        for number, known in before.items():
            signal.signal(number, known)
        _asked.clear()


@contextmanager
def uninterrupted() -> Iterator[None]:
    """What is begun and remembered in one: a signal that comes in between ends the command right after it."""
    if threading.current_thread() is not threading.main_thread():  # nothing is interrupted there
        yield
        return
    global _waits
    before, _waits = _waits, True
    try:
        yield
    finally:
        _waits = before
    _stop_if_asked()


def end_with(lifeline: int) -> None:
    """Ask this process to end, as SIGTERM does, as soon as whoever started it is gone, however: nothing is ever written to the
    pipe ``lifeline`` (a file descriptor), of which that process holds the other end."""

    def wait() -> None:
        os.read(lifeline, 1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="pearl-lifeline", daemon=True).start()


def _stop_if_asked() -> None:
    if _asked:
        raise Stopped(128 + _asked[0])
