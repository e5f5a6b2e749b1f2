"""What the service says of itself: one line a happening, with named values of a known list, and nothing else.

A log is read by many and kept for long. So what is written is chosen by a list of what may be, not of what may not: no
body, key, token, name, query or document can stand in a line, since no field of the list holds one. Of an exception the
line has the kinds and the places, not the message, which may quote what was sent; and of what a library says by itself
only which line of it said so.

Modules log with the standard library: ``log.warning("%(node)s is away", {"node": shown(url)})``, a constant sentence and
the values that it names (`FIELDS`; tests/house holds that). Values of a whole request or operation are bound once by
`structlog.contextvars.bound_contextvars`, and stand in every line of it.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TextIO

import msgspec
from opentelemetry import trace
from structlog.contextvars import get_contextvars
from structlog.dev import ConsoleRenderer

from chain.errors import PearlError
from chain.settings import Settings

log = logging.getLogger("pearl.process")

#: Values that may stand in a line. None of them is text that a caller, a document or the register wrote.
FIELDS = frozenset({
    # of a request
    "request_id", "trace_id", "method", "route", "status", "milliseconds", "actor", "rule", "says",
    # of an operation and of a transaction in the outbox, each by its number; never its key, which callers choose
    "operation", "webhook", "transaction", "obligation", "signer", "nonce", "block", "count",
    # of a node, as `chain.issuance.node_names` shows it
    "node", "other", "reason",
    # of a process that `pearl serve` keeps running
    "process", "code",
    "error",
})  # fmt: skip
#: Loggers whose sentences are constants: this program's, and its server's.
TRUSTED = ("pearl.", "uvicorn.error")
#: Libraries that tell much of what is no news.
QUIET = (
    "alembic", "asyncio", "httpcore", "httpx", "opentelemetry", "python_multipart", "requests", "sqlalchemy", "urllib3",
    "web3", "websockets",
)  # fmt: skip
HIDDEN = "…"
MOST_LETTERS = 300
MOST_FRAMES = 30


def configure_logs(settings: Settings, stream: TextIO | None = None) -> None:
    """Write all logs of this process to ``stream`` (standard error), as lines of JSON or for people.

    What ends a thread or the process unexpectedly is such a line, too.
    """
    out = sys.stderr if stream is None else stream
    for_people = out.isatty() if settings.log_format is None else settings.log_format == "text"
    handler = logging.StreamHandler(out)
    handler.setFormatter(_ForPeople(out.isatty()) if for_people else _ForMachines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    # Of what a line's record would hold of itself, none is written.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging.raiseExceptions = False  # a line that cannot be written would be told with all that is in it
    threading.excepthook = _thread_ended
    sys.excepthook = _process_ended


def fields_of(error: BaseException) -> dict[str, str]:
    """An error as fields of a line: the broken rule with its sentence, unfilled; of any other only its kind."""
    if isinstance(error, PearlError):
        return {"rule": error.rule, "says": error.message}
    return {"rule": type(error).__name__}


class _Shown(dict[str, Any]):
    """The values of a sentence; those that are not on the list are hidden."""

    def __missing__(self, name: str) -> str:
        return HIDDEN


class _ForMachines(logging.Formatter):
    """A line of JSON. Not through structlog's formatter, which takes longer than half of the requests that are logged."""

    def format(self, record: logging.LogRecord) -> str:
        return msgspec.json.encode(_line(record)).decode()


class _ForPeople(logging.Formatter):
    """A line with colours where it is read on a screen."""

    def __init__(self, colours: bool) -> None:
        super().__init__()
        self._renderer = ConsoleRenderer(colors=colours, timestamp_key="time", sort_keys=False)

    def format(self, record: logging.LogRecord) -> str:
        return self._renderer(None, "", _line(record))


def _line(record: logging.LogRecord) -> dict[str, Any]:
    args = record.args
    is_trusted = record.name.startswith(TRUSTED)
    named = args if is_trusted and isinstance(args, Mapping) else {}
    fields = {name: _short(value) for name, value in (get_contextvars() | dict(named)).items() if name in FIELDS}
    span = trace.get_current_span().get_span_context()
    if span.is_valid:
        fields["trace_id"] = trace.format_trace_id(span.trace_id)
    line: dict[str, Any] = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "event": _sentence(record.msg, args, fields) if is_trusted else "a library says something",
    }
    if not is_trusted:
        line["said_at"] = f"{record.module}:{record.lineno}"
    line |= fields
    exc_info = record.exc_info
    if exc_info and exc_info[1] is not None:
        line["error"] = " < ".join(type(error).__name__ for error in _causes(exc_info[1]))
        line["at"] = _places(exc_info[1].__traceback__)
    return line


def _sentence(template: Any, args: Any, fields: dict[str, Any]) -> str:
    """The sentence with what of its values is on the list, or a number."""
    if not isinstance(template, str):
        return HIDDEN
    try:
        if isinstance(args, Mapping):
            return template % _Shown(fields)
        shown = tuple(arg if isinstance(arg, int | float) else HIDDEN for arg in args or ())
        return template % shown if shown else template
    except (TypeError, ValueError):
        return template


def _short(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    text = str(value)
    return text if len(text) <= MOST_LETTERS else text[:MOST_LETTERS] + HIDDEN


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, and what it came from."""
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield following
        hidden = following.__cause__ is None and following.__suppress_context__
        following = None if hidden else following.__cause__ or following.__context__


def _places(traceback: TracebackType | None) -> list[str]:
    """Module, line and function of each frame, the one that raised it last."""
    places = []
    while traceback is not None:
        frame = traceback.tb_frame
        places.append(f"{frame.f_globals.get('__name__', '?')}:{traceback.tb_lineno} {frame.f_code.co_name}")
        traceback = traceback.tb_next
    return places[-MOST_FRAMES:]


def _thread_ended(ended: threading.ExceptHookArgs) -> None:
    if ended.exc_value is not None:
        log.error("a thread ended by an error", exc_info=ended.exc_value)


def _process_ended(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    log.critical("the process ends by an error", exc_info=(kind, error, traceback))
