"""The running service of ``tests/api`` with a story in it: papers, and pieces in two branches that share nobody."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from tests.api.conftest import Service, serving

#: Whoever tries everything asks more, and more often without a key, than a caller may.
NO_LIMITS = {"requests_per_minute": 1_000_000, "unauthenticated_per_minute": 1_000_000}


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The service, and what happened on it."""
    with serving_a_story(tmp_path_factory.mktemp("home")) as service:
        yield service


@contextmanager
def serving_a_story(home: Path) -> Iterator[Service]:
    """A service on ``home`` that takes any number of requests."""
    with serving(home, **NO_LIMITS) as service:
        tell_story(service)
        yield service


def tell_story(service: Service) -> None:
    """Each branch's issuer issues, its supplier accepts; in the first a piece goes on and a bank quotes for it."""
    for deal in service.world.deals:
        service.send_papers(deal)
    maturity = (service.world.today + timedelta(days=90)).isoformat()
    for issuer, payment in {"crane": ("crane-gear", "gear", 5_000_00), "loom": ("loom-yarn", "yarn", 1_000_00)}.items():
        line = service.get(issuer, "/v1/lines")[0]["id"]
        body = {"line": line, "maturity": maturity, "payments": [service.payment(*payment)]}
        (piece,) = service.post(issuer, "/v1/vouchers", body)["vouchers"]
        service.post(payment[1], f"/v1/vouchers/{piece}/accept", None)
        if issuer == "crane":
            body = {"payments": [service.payment("gear-bolt", "bolt", 1_000_00)]}
            (passed,) = service.post("gear", f"/v1/vouchers/{piece}/transfer", body)["vouchers"]
            service.post("bolt", f"/v1/vouchers/{passed}/accept", None)
            service.post("harbour", f"/v1/vouchers/{passed}/quotes", {"registration_number": "R-1"})
