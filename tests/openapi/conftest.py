"""The running service of ``tests/api`` with a story in it: papers, and pieces in two branches that share nobody."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.api.conftest import Service, service  # noqa: F401


@pytest.fixture(scope="module")
def lived(service: Service) -> Service:  # noqa: F811
    """The service, and what happened on it."""
    tell_story(service)
    return service


def tell_story(service: Service) -> None:  # noqa: F811
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
