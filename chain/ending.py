"""The end of a command by a signal: as orderly as any other, with everything that it started ended."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn


class Stopped(SystemExit):
    """A signal asks the process to end; its exit code is 128 and the signal's number, as shells have it."""


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let SIGTERM, SIGINT and SIGHUP raise `Stopped`, which leaves through the open context managers: they end node and
    compiler. A signal that is ignored already (``nohup``) stays so, and a second one does not disturb the way out."""

    asked: list[int] = []

    def end(number: int, _frame: FrameType | None) -> NoReturn:
        asked.append(number)
        for other in before:
            signal.signal(other, signal.SIG_IGN)
        raise Stopped(128 + number)

    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = {number: known for number in numbers if (known := signal.getsignal(number)) not in (None, signal.SIG_IGN)}
    for number in before:
        signal.signal(number, end)
    try:
        yield
        if asked:  # it came while something ran whose exceptions go nowhere, such as a finaliser
            raise Stopped(128 + asked[0])
    finally:
        for number, known in before.items():
            signal.signal(number, known)
