"""Spans of what is done, so that one trace leads from a request to its transactions, whichever process does the rest.

Only OpenTelemetry's interface is used: where nobody collects spans (`api.telemetry.configure_traces`), nothing happens.
Attributes are those of `ATTRIBUTES`; what is not among them is not sent, nor is any message of an exception.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from chain.errors import PearlError

#: What a span may say. Enterprises, keys, addresses, amounts and texts are not among it.
ATTRIBUTES = frozenset({
    "http.request.method", "http.route", "http.response.status_code",
    "pearl.rule", "pearl.operation", "pearl.transaction.hash", "pearl.transaction.nonce", "pearl.transaction.block",
})  # fmt: skip

tracer = trace.get_tracer("pearl")
_w3c = TraceContextTextMapPropagator()


@contextmanager
def span(name: str, context: Context | None = None) -> Iterator[Span]:
    """A span around what is done inside, under the current one. An error that passes is told by its rule."""
    with tracer.start_as_current_span(
        name, context, record_exception=False, set_status_on_exception=False
    ) as current:  # fmt: skip
        try:
            yield current
        except Exception as error:
            current.set_attribute("pearl.rule", error.rule if isinstance(error, PearlError) else type(error).__name__)
            current.set_status(Status(StatusCode.ERROR))
            raise


def continued(traceparent: str | None, name: str) -> AbstractContextManager[Span]:
    """A span under one that another process, or an earlier request, told by `current_traceparent`; alone where None."""
    carrier = {} if traceparent is None else {"traceparent": traceparent}
    return span(name, _w3c.extract(carrier, Context()))


def current_traceparent() -> str | None:
    """The current span for whoever goes on with it (W3C Trace Context: ``00-TRACE-SPAN-FLAGS``); None where there is none."""
    carrier: dict[str, str] = {}
    _w3c.inject(carrier)
    return carrier.get("traceparent")


def say_transaction(current: Span, row: Mapping[str, Any]) -> None:
    """Tell what a row of the outbox knows of its transaction by now. Its kind may name an enterprise's token, and stays."""
    told = {"nonce": row["nonce"], "hash": row["transaction_hash"], "block": row["block_number"]}
    for name, value in told.items():
        if value is not None:
            current.set_attribute(f"pearl.transaction.{name}", value)


def transaction_done(row: Mapping[str, Any], begun: int) -> None:
    """A span for a transaction that went together with others; ``begun`` is in nanoseconds of unix time."""
    current = tracer.start_span("transaction", start_time=begun)
    say_transaction(current, row)
    current.end()
