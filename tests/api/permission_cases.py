"""What `test_permissions` asks of each route: whose act it is, with which body, and which things are whose.

A route without a row in ``CASES`` is asked as it stands, by Gear Maker (a supplier), without a body.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from little_world import CURRENCY

from chain.commands.callers import AT_THE_MACHINE
from chain.commands.duties import Duty, fitting
from chain.commands.keys import make_key
from chain.commands.users import add_user
from chain.commands.workspace import OPERATOR

#: The two branches of the little world, which share nobody; and for each of the first who is like it in the second.
BRANCH = ("harbour", "crane", "gear", "pump", "bolt", "seal")
OTHERS = ("valley", "loom", "yarn")
STRANGER = {"harbour": "valley", "crane": "loom", "gear": "yarn"}


@dataclass(frozen=True)
class Case:
    """How a route is asked. ``whose`` has the thing, where the duty asked for fits it."""

    whose: str = "gear"
    ask: Callable[[Things, str], dict[str, Any]] = lambda things, who: {}
    """What the request has besides its path: ``json``, ``files``, ``params``, ``headers``."""
    shared: bool = False
    """A stranger that is allowed may ask it as well: it gets an answer that tells nothing of others."""
    unread: bool = False
    """Its answer has no end; only the status is looked at."""
    tells_all: bool = False
    """Who reads everything is told of both branches by one answer."""


class Things:
    """Two branches with papers and pieces, and a key for every duty of everybody."""

    def __init__(self, service) -> None:
        self.service = service
        self.world = world = service.world
        self._keys: set[str] = set()
        workspace = service.workspace
        workspace.settings = workspace.settings.model_copy(update={"oidc_issuer": "https://login.example"})
        self._papers()
        self.lines = {who: service.get(who, "/v1/lines")[0]["id"] for who in ("crane", "loom")}
        piece = self._issued("crane", "gear", 20_000_00)
        self._issued("loom", "yarn", 5_000_00)
        quote = {"registration_number": "R-1", "amount": {"minor": 5_000_00, "currency": CURRENCY}}
        made = service.post("harbour", f"/v1/vouchers/{piece}/quotes", quote)
        (sold,) = service.post("gear", f"/v1/vouchers/{piece}/finance", {"quote": made["id"]})["vouchers"]
        service.post("operator", "/v1/plans", {"currency": CURRENCY})
        (circle,) = service.get("gear", "/v1/nettings")
        #: Kind of thing, as in the path → who has one → its id.
        self.ids: dict[str, dict[str, str]] = {
            "vouchers": {"gear": piece, "crane": piece, "harbour": sold},
            "plans": dict.fromkeys(("gear", "crane", "harbour"), "1"),
            "nettings": dict.fromkeys(("gear", "crane", "harbour"), circle["id"]),
            "reports": dict.fromkeys(("gear", "crane", "harbour"), "portfolio"),
            "keys": {}, "users": {},
        }  # fmt: skip
        for who in ("gear", "crane", "harbour"):
            self.ids["keys"][who] = make_key(workspace, world.id(who), "spare")[0].id
            user = add_user(workspace, AT_THE_MACHINE, world.id(who), f"subject {who}", "somebody", [Duty.AUDITOR])
            self.ids["users"][who] = user.id

    def _papers(self) -> None:
        """Gear, Bolt and Seal owe each other in a circle, too."""
        deals = self.world.deals
        deals["bolt-seal"] = self.world.deal("bolt", "seal", 30, 60)
        deals["seal-gear"] = self.world.deal("seal", "gear", 20, 100)
        for deal in deals:
            self.service.send_papers(deal)

    def _issued(self, issuer: str, supplier: str, minor: int) -> str:
        (piece,) = self.service.post(issuer, "/v1/vouchers", self.issue(issuer, supplier, minor))["vouchers"]
        self.service.post(supplier, f"/v1/vouchers/{piece}/accept", None)
        return piece

    def issue(self, issuer: str, supplier: str, minor: int) -> dict[str, Any]:
        """The body of an issue against the deal of the two."""
        maturity = (self.world.today + timedelta(days=90)).isoformat()
        payments = [self.service.payment(f"{issuer}-{supplier}", supplier, minor)]
        return {"line": self.lines[issuer], "maturity": maturity, "payments": payments}

    def who(self, duty: Duty, whose: str) -> str:
        """Who has this duty: ``whose`` itself where it fits, else who is there for it."""
        there = {Duty.BANK_OFFICER: "harbour", Duty.REGULATOR: "regulator", Duty.OPERATOR: OPERATOR}.get(duty, whose)
        roles = frozenset() if there == OPERATOR else frozenset({self.world.firms[there].role})
        return there if there == OPERATOR or duty in fitting(roles) else "gear"

    def caller(self, who: str, duty: Duty) -> str:
        """The name under which the service's keys hold one of ``who`` with this duty alone."""
        name = f"{who} {duty}"
        if name not in self.service.keys:
            enterprise = OPERATOR if who == OPERATOR else self.world.id(who)
            _, self.service.keys[name] = make_key(self.service.workspace, enterprise, name, [duty])
        return name


def _papers(things: Things, who: str) -> dict[str, Any]:
    _, name, content = things.world.deals["gear-bolt"].files["order"]
    return {"files": [("files", (name, content, "application/xml"))]}


def _transfer(things: Things, who: str) -> dict[str, Any]:
    return {"json": {"payments": [things.service.payment("gear-bolt", "bolt", 1_00)]}}


def _owned(things: Things, who: str) -> str:
    """The enterprise that manages what is asked for; who manages everybody's asks for Gear's."""
    return things.world.id(who if who in STRANGER else "gear")


CASES: dict[str, Case] = {
    "GET /v1/me": Case(shared=True),
    "GET /v1/lines": Case("crane", shared=True, tells_all=True),
    "GET /v1/vouchers": Case(shared=True, tells_all=True),
    "GET /v1/documents": Case(shared=True, tells_all=True),
    "GET /v1/findings": Case(shared=True),
    "GET /v1/plans/{number}": Case(shared=True),
    "GET /v1/nettings": Case(shared=True),
    "GET /v1/summary": Case(shared=True),
    "GET /v1/graph": Case(shared=True, tells_all=True),
    "GET /v1/picture": Case(shared=True),
    "GET /v1/events/stream": Case(shared=True, unread=True),
    "GET /v1/reports": Case(shared=True),
    "GET /v1/reports/{name}": Case(shared=True, tells_all=True),
    "GET /v1/exposure": Case("harbour", shared=True, tells_all=True),
    "GET /v1/keys": Case(shared=True),
    "GET /v1/users": Case(shared=True),
    "POST /v1/vouchers": Case("crane", lambda things, who: {"json": things.issue("crane", "gear", 1_00)}),
    "POST /v1/vouchers/{id}/reject": Case(ask=lambda things, who: {"json": {}}),
    "POST /v1/vouchers/{id}/transfer": Case(ask=_transfer),
    "POST /v1/vouchers/{id}/finance": Case(ask=lambda things, who: {"json": {"quote": "0" * 32}}),
    "POST /v1/vouchers/{id}/quotes": Case("harbour", lambda things, who: {"json": {"registration_number": "R-2"}}),
    "POST /v1/deposits": Case(
        "harbour",
        lambda things, who: {
            "json": {"enterprise": things.world.id("crane"), "amount": {"minor": 1_00, "currency": CURRENCY}}
        },
        shared=True,
    ),
    "POST /v1/redemptions": Case(
        "crane", lambda things, who: {"json": {"vouchers": [things.ids["vouchers"]["crane"]]}}
    ),
    "POST /v1/documents": Case(ask=_papers, shared=True),
    "POST /v1/plans": Case(ask=lambda things, who: {"json": {"currency": CURRENCY}}),
    "POST /v1/keys": Case(ask=lambda things, who: {"json": {"enterprise": _owned(things, who), "label": "new"}}),
    "POST /v1/users": Case(
        ask=lambda things, who: {
            "json": {"enterprise": _owned(things, who), "subject": "new", "label": "new", "duties": ["auditor"]}
        }
    ),
    "PUT /v1/users/{id}": Case(
        ask=lambda things, who: {
            "json": {"label": "changed", "duties": ["auditor"], "disabled": False}, "headers": {"If-Match": "*"},
        }
    ),
}  # fmt: skip
