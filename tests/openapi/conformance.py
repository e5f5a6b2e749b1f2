"""The running service against its own document: every operation is asked with values that the document allows and with such
that it does not, as one caller, and every answer is held against what the document says of it.

What is generated comes from a seed. What the caller is answered (ids, keys of documents) is used in what it asks next, so
that it reaches what is its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import from_schema
from schemathesis.engine.events import EngineEvent, FatalError, NonFatalError, ScenarioFinished

#: What is asked of every answer. A rule that refuses answers 422 as a malformed request does, so that a request that fits
#: the document may be refused all the same: `positive_data_acceptance` cannot be asked.
CHECKS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
    "response_schema_conformance", "negative_data_rejection", "missing_required_header", "unsupported_method",
    "allow_header_conformance", "use_after_free", "ignored_auth",
)  # fmt: skip
ALL_CHECKS = (*CHECKS, "positive_data_acceptance", "ensure_resource_availability", "object_level_authorization")


@dataclass
class Outcome:
    """What came of a run: failures as sentences, and for every answer its operation, status and bytes."""

    failures: list[str] = field(default_factory=list)
    answers: list[tuple[str, int, bytes]] = field(default_factory=list)

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(self.failures + other.failures, self.answers + other.answers)

    @property
    def answered(self) -> dict[str, Counter[int]]:
        """Operation → how often it answered with each status."""
        found: dict[str, Counter[int]] = {}
        for label, status, _ in self.answers:
            found.setdefault(label, Counter())[status] += 1
        return found

    def telling(self, markers: list[str]) -> list[str]:
        """Operations whose answers hold one of these texts."""
        wanted = [marker.encode() for marker in markers]
        return sorted({label for label, _, told in self.answers if any(marker in told for marker in wanted)})


def try_out(
    address: str, key: str, *, examples: int, seed: int, phases: tuple[str, ...], seconds: int | None = None,
    operations: Collection[str] = (),
) -> Outcome:  # fmt: skip
    """Ask the service at ``address`` with ``key``: ``operations`` alone where some are named (``GET /v1/me``), ``examples``
    generated requests each at most, for ``seconds`` at most."""
    outcome = Outcome()
    # What takes away (a key, above all one's own) comes last, so that the rest is not refused for it.
    for methods in (["GET", "POST", "PUT", "PATCH"], ["DELETE"]):
        config = SchemathesisConfig.from_dict(_settings(address, key, examples, seed, phases, seconds))
        schema = schemathesis.openapi.from_url(f"{address}/openapi.json", config=config)
        wanted = [one.ok() for one in schema.get_all_operations()]
        names = [
            one.label for one in wanted if one.method.upper() in methods and one.label in (operations or {one.label})
        ]
        if names:
            for event in from_schema(schema.include(name=names)).execute():
                _take(outcome, event)
    return outcome


def _settings(
    address: str, key: str, examples: int, seed: int, phases: tuple[str, ...], seconds: int | None
) -> dict[str, Any]:
    return {
        "base-url": address,
        "seed": seed,
        **({} if seconds is None else {"max-time": seconds}),
        "headers": {"Authorization": f"Bearer {key}"},
        "request-timeout": 60,
        "max-stream-events": 1,  # a stream of events has no end
        "continue-on-failure": True,
        "generation": {"max-examples": examples, "no-shrink": True, "database": "none"},
        "phases": {name: {"enabled": name in phases} for name in ("examples", "coverage", "fuzzing", "stateful")},
        "checks": {name: {"enabled": name in CHECKS} for name in ALL_CHECKS},
        "warnings": False,
    }


def _take(outcome: Outcome, event: EngineEvent) -> None:
    match event:
        case ScenarioFinished(recorder=recorder):
            outcome.failures += _failures(event)
            for case_id, interaction in recorder.interactions.items():
                if interaction.response is not None:
                    label = recorder.cases[case_id].value.operation.label
                    content = interaction.response.content or b""
                    outcome.answers.append((label, interaction.response.status_code, content))
        case FatalError(exception=error):
            raise error
        case NonFatalError():
            outcome.failures.append(f"{event.label}: {event.value!r}")


def _failures(event: ScenarioFinished) -> Iterator[str]:
    for case_id, checks in event.recorder.checks.items():
        for check in checks:
            if check.failure_info is not None:
                failure, asked = check.failure_info.failure, event.recorder.interactions.get(case_id)
                shown = (
                    ""
                    if asked is None
                    else f"\n  {asked.request.method} {asked.request.uri} {asked.request.body!r:.400}"
                )
                yield f"{event.label}: {check.name}: {failure.title}: {failure.message}{shown}"
