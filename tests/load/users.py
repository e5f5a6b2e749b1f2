"""Who puts the load on: users of Locust, which runs this file in a process of its own (`tests.load.running`).

A reader looks at vouchers, at its portfolio and at a bank's exposure; a writer carries one voucher from its issuer to a supplier
and on to that one's supplier. Each waits between what it does as a person or a treasury system would.
"""

from __future__ import annotations

import json
import random
import time
import uuid
from pathlib import Path
from typing import Any

from locust import FastHttpUser, events, task
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment

#: How long a command is followed before it counts as failed.
FOLLOWED_SECONDS = 60
#: An operation in one of these states is on its way.
ON_ITS_WAY = ("accepted", "running")
#: Minor units of a voucher, and of the part that is passed on.
ISSUED, PASSED_ON = 100, 40

latencies: dict[str, list[float]] = {}
"""What was asked → milliseconds of every answer."""
failures: list[str] = []
written: dict[str, int] = {}
"""Voucher → minor units that are left in it, of those that the service said were accepted."""


@events.init_command_line_parser.add_listener
def add_arguments(parser: LocustArgumentParser) -> None:
    """The file that says whom to ask for what, the one that gets what came of it, and how long users wait."""
    parser.add_argument("--told", type=str)
    parser.add_argument("--result", type=str)
    parser.add_argument("--least-pause", type=float, default=1.0)
    parser.add_argument("--longest-pause", type=float, default=3.0)


@events.request.add_listener
def keep(name: str, response_time: float, exception: Exception | None, **_: Any) -> None:
    """Every answer, and every one that should have been another."""
    latencies.setdefault(name, []).append(response_time)
    if exception is not None:
        failures.append(f"{name}: {exception}")


@events.quitting.add_listener
def tell(environment: Environment, **_: Any) -> None:
    """Write down what was measured."""
    result = {"latencies": latencies, "failures": failures, "written": written}
    Path(environment.parsed_options.result).write_text(json.dumps(result))


class _User(FastHttpUser):
    """Asks with the keys of the world that was told."""

    abstract = True
    connection_timeout = network_timeout = FOLLOWED_SECONDS

    def on_start(self) -> None:
        """Each comes in its own moment: Locust lets all those of a second in at once."""
        self.told: dict[str, Any] = json.loads(Path(self.environment.parsed_options.told).read_text())
        time.sleep(random.uniform(0, self.environment.parsed_options.longest_pause))

    def wait_time(self) -> float:
        options = self.environment.parsed_options
        return random.uniform(options.least_pause, options.longest_pause)

    def get(self, who: str, path: str, name: str) -> Any:
        """What a read gives. Anything but 200 is a failure, and None."""
        with self.client.get(path, headers=self._headers(who), name=name, catch_response=True) as answer:
            if answer.status_code == 200:
                return answer.json()
            answer.failure(f"{answer.status_code} {answer.text}")
            return None

    def command(self, who: str, path: str, body: Any, name: str) -> Any:
        """What came of a command, whether it is answered at once or accepted to be followed. Raises StopIteration on failure."""
        headers = self._headers(who) | {"Idempotency-Key": str(uuid.uuid4())}
        with self.client.post(path, json=body, headers=headers, name=name, catch_response=True) as answer:
            if answer.status_code not in (200, 201, 202):
                answer.failure(f"{answer.status_code} {answer.text}")
                raise _Failed()
            told = answer.json()
            accepted = answer.status_code == 202
        return self._followed(who, told, name) if accepted else told

    def _followed(self, who: str, operation: dict[str, Any], name: str) -> Any:
        """The result of an operation once it has ended."""
        ends = time.monotonic() + FOLLOWED_SECONDS
        while operation["state"] in ON_ITS_WAY and time.monotonic() < ends:
            headers = self._headers(who) | {"Prefer": "wait=10"}
            with self.client.get(
                f"/v1/operations/{operation['id']}", headers=headers, name="follow", catch_response=True
            ) as answer:
                if answer.status_code != 200:
                    answer.failure(f"{answer.status_code} {answer.text}")
                    raise _Failed()
                operation = answer.json()
        if operation["state"] != "succeeded":
            failures.append(f"{name}: {operation}")
            raise _Failed()
        return operation["result"]

    def _headers(self, who: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.told['keys'][who]}"}


class _Failed(Exception):
    """It is among the failures already; the user goes on with something else."""


class Reader(_User):
    """Looks at what it holds, and a bank at what it is exposed to."""

    weight = 9

    @task(4)
    def voucher(self) -> None:
        voucher = random.choice(self.told["vouchers"])
        self.get("gear", f"/v1/vouchers/{voucher}", "voucher")

    @task(2)
    def portfolio(self) -> None:
        self.get("gear", "/v1/vouchers?limit=50", "portfolio")

    @task(2)
    def exposure(self) -> None:
        self.get("harbour", "/v1/exposure", "exposure")


class Writer(_User):
    """One voucher from its issuer down two tiers; what it was told of that must be so afterwards."""

    weight = 1

    @task
    def story(self) -> None:
        try:
            self._story()
        except _Failed:
            return

    def _story(self) -> None:
        issued = self._made(
            "crane", "/v1/vouchers", self._payment("crane-gear", "gear", ISSUED), "issue", self.told["line"]
        )
        self.command("gear", f"/v1/vouchers/{issued}/accept", None, "accept")
        written[issued] = ISSUED
        passed = self._made(
            "gear", f"/v1/vouchers/{issued}/transfer", self._payment("gear-bolt", "bolt", PASSED_ON), "transfer"
        )
        written[issued] = ISSUED - PASSED_ON
        self.command("bolt", f"/v1/vouchers/{passed}/accept", None, "accept")
        written[passed] = PASSED_ON

    def _made(self, who: str, path: str, payment: dict[str, Any], name: str, line: dict[str, Any] | None = None) -> str:
        return str(self.command(who, path, {"payments": [payment], **(line or {})}, name)["vouchers"][0])

    def _payment(self, deal: str, recipient: str, minor: int) -> dict[str, Any]:
        amount = {"minor": minor, "currency": self.told["currency"]}
        return {"recipient": self.told["ids"][recipient], "amount": amount, "document": self.told["invoices"][deal]}
