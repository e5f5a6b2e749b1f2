"""What is told of every request: its id, one line in the log, figures for Prometheus, and its span.

A request is called by its method and its route's template (``/v1/vouchers/{id}``), never by its path, which holds ids,
or its query. Spans are FastAPI's own; what leaves this process of them is a list of attributes (`chain.traces.ATTRIBUTES`).
"""

from __future__ import annotations

import logging
import os
import re
import time
import uuid
from collections.abc import Mapping, Sequence
from functools import cache, partial
from importlib.metadata import version

from fastapi.telemetry import TelemetryConfig
from opentelemetry import propagate, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import SpanContext, Status
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars, get_contextvars, reset_contextvars

from chain.commands.keys import PREFIX
from chain.settings import Settings
from chain.traces import ATTRIBUTES, current_traceparent

log = logging.getLogger("pearl.access")

REQUEST_ID = "X-Request-ID"
#: What is taken from a caller as the name of its request: nothing that a log, a header or a page could trip over.
SANE_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z._:-]{0,63}", re.ASCII)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
#: What watches the service is no part of its traces.
WATCHED = frozenset({"/v1/health", "/v1/ready", "/metrics"})
#: How a request is called that no route took: none has its path, or a guard refused it before one was looked for.
NO_ROUTE = "none"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
COLLECTOR_SECONDS = 5


def request_id() -> str | None:
    """The id of the request that is answered now; None outside of one."""
    found: str | None = get_contextvars().get("request_id")
    return found


class HttpFigures:
    """Counts of this process's requests. Each figure bears the process's number, so that whoever is asked for its figures
    behind a shared address tells series that never jump; Prometheus adds them up."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._process = str(os.getpid())
        self._seconds = Histogram(
            "pearl_http_request_seconds", "How long requests took, until the last byte of their answers",
            ("process", "method", "route", "status"), buckets=SECONDS, registry=self._registry,
        )  # fmt: skip
        self._refused = Counter(
            "pearl_http_refused", "Requests that were refused, by rule", ("process", "rule"), registry=self._registry
        )
        in_flight = Gauge(
            "pearl_http_in_flight", "Requests that are answered now", ("process",), registry=self._registry
        )
        self.in_flight = in_flight.labels(self._process)
        # To find a series takes longer than to count in it.
        self._seconds_of = cache(partial(self._seconds.labels, self._process))

    def answered(self, method: str, route: str, status: int, seconds: float, rule: str | None) -> None:
        """Count an answer."""
        self._seconds_of(method, route, f"{status // 100}xx").observe(seconds)
        if rule is not None:
            self._refused.labels(self._process, rule).inc()

    def text(self) -> bytes:
        """All figures now, in the text format of Prometheus."""
        return generate_latest(self._registry)


class Observed:
    """Outermost of all: names the request, and tells what became of it, whoever answered."""

    def __init__(self, app: ASGIApp, figures: HttpFigures) -> None:
        self.app = app
        self._figures = figures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        name = _named(Headers(scope=scope).get(REQUEST_ID))
        status = 500
        began = time.perf_counter()

        async def noticed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID] = name
                if (traceparent := current_traceparent()) is not None:
                    MutableHeaders(scope=message)["traceresponse"] = traceparent
                if "rule" in state:
                    trace.get_current_span().set_attribute("pearl.rule", state["rule"])
            await send(message)

        bound = bind_contextvars(request_id=name)
        self._figures.in_flight.inc()
        try:
            await self.app(scope, receive, noticed)
        finally:
            self._figures.in_flight.dec()
            self._tell(scope, status, time.perf_counter() - began)
            reset_contextvars(**bound)

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        state = scope["state"]
        method = scope["method"] if scope["method"] in METHODS else "OTHER"
        route = getattr(scope.get("route"), "path", None) or NO_ROUTE
        values = {"method": method, "route": route, "status": status, "milliseconds": round(seconds * 1_000, 1)}
        if "viewer" in state:
            values["actor"] = state["viewer"].enterprise
        if "rule" in state:
            values["rule"] = state["rule"]
        log.info("%(method)s %(route)s %(status)d", values)
        self._figures.answered(method, route, status, seconds, state.get("rule"))


def _named(given: str | None) -> str:
    """The caller's name for its request where it is a sane one, and no key that slipped into the wrong header."""
    if given is not None and SANE_ID.fullmatch(given) and not given.startswith(PREFIX):
        return given
    return str(uuid.uuid4())


def tracing(settings: Settings) -> TelemetryConfig:
    """What FastAPI makes of a request: a span where traces are wanted, with nothing of the inside; no logs, which would
    hold exceptions' messages, and no figures, which are `HttpFigures`."""
    return {
        "tracing": settings.otlp_endpoint is not None, "metrics": False, "logs": False, "operation_spans": False,
        "auto_configure": False, "exclude": lambda scope: scope.get("path") in WATCHED,
    }  # fmt: skip


def configure_traces(settings: Settings) -> None:
    """Have this process's spans sent to the collector that the settings name; without one nothing happens.

    Sampling and batches are OpenTelemetry's own (``OTEL_TRACES_SAMPLER``, ``OTEL_BSP_…``). What is still to be sent at
    the end of the process is sent then.
    """
    if settings.otlp_endpoint is None:
        return
    exporter = OTLPSpanExporter(
        endpoint=settings.otlp_endpoint.rstrip("/") + "/v1/traces",
        headers=_headers(settings),
        timeout=COLLECTOR_SECONDS,
    )
    # Not `Resource.create`, which adds what it finds of the machine and the environment.
    provider = TracerProvider(
        resource=Resource({"service.name": "pearlchain", "service.version": version("pearlchain")})
    )
    provider.add_span_processor(BatchSpanProcessor(OnlyKnown(exporter)))
    trace.set_tracer_provider(provider)
    # Of what callers send only the trace is taken, no baggage.
    propagate.set_global_textmap(TraceContextTextMapPropagator())


class OnlyKnown(SpanExporter):
    """Lets out what `chain.traces.ATTRIBUTES` lists, and no events, links, descriptions or callers' words."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return self._exporter.export([_known(span) for span in spans])

    def shutdown(self) -> None:
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._exporter.force_flush(timeout_millis)


def _known(span: ReadableSpan) -> ReadableSpan:
    attributes = {name: value for name, value in (span.attributes or {}).items() if name in ATTRIBUTES}
    return ReadableSpan(
        span.name, _bare(span.context), _bare(span.parent), span.resource, attributes, kind=span.kind,
        status=Status(span.status.status_code), start_time=span.start_time, end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )  # fmt: skip


def _bare(context: SpanContext | None) -> SpanContext | None:
    """Without the trace state, in which callers write what they want."""
    if context is None:
        return None
    return SpanContext(context.trace_id, context.span_id, context.is_remote, context.trace_flags)


def _headers(settings: Settings) -> Mapping[str, str]:
    if settings.otlp_headers_file is None:
        return {}
    lines = (line.partition(":") for line in settings.otlp_headers_file.read_text().splitlines() if line.strip())
    return {name.strip(): value.strip() for name, _, value in lines}
