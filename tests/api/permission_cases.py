"""What `test_permissions` asks of each route: whose act it is, with which body, and which things are whose.

A route without a row in ``CASES`` is asked as it stands, by Gear Maker (a supplier), without a body.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from little_world import CURRENCY

from chain.commands.accepted import Wanted, accept
from chain.commands.callers import AT_THE_MACHINE
from chain.commands.duties import Duty, fitting
from chain.commands.keys import make_key
from chain.commands.told import told
from chain.commands.users import add_user
from chain.commands.workspace import OPERATOR
from tests.api.stored_goods import enrol_keepers, lent, offered_loan, receipted

WEBHOOK = {"url": "http://127.0.0.1:9/", "events": None}
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
    fresh: Callable[[Things, str], str] | None = None
    """Makes a thing for this one request, where asking uses it up; gives its id."""
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
        self._papers_by_id()
        self._on_the_ledger(piece)
        self.ids["webhooks"] = {who: self.webhook(who) for who in ("gear", OPERATOR)}
        self.ids["four-eyes"] = {"gear": "USD"}
        self.ids["operations"] = {who: self.waiting(who) for who in ("gear", "crane", "harbour", "regulator")}

    def _papers_by_id(self) -> None:
        def newest(who: str, path: str, name: str, **asked: Any) -> str:
            return str(self.service.get(who, path, params={"limit": 500} | asked)["items"][-1][name])

        deals, banks = self.world.deals, "harbour-gear"
        invoices = {"gear": deals["crane-gear"], "crane": deals["crane-gear"], "harbour": deals[banks]}
        of_key = {who: newest(who, "/v1/documents", "id", key=deal.key) for who, deal in invoices.items()}
        self.ids["documents"] = self.ids["matching"] = of_key
        self.ids["findings"] = {who: newest(who, "/v1/findings", "id") for who in ("gear", "harbour")}
        self.ids["files"] = {who: newest(who, "/v1/files", "id") for who in ("gear", "harbour")}

    def _on_the_ledger(self, piece: str) -> None:
        """What stands in the books."""
        parties = {enterprise: number for number, enterprise in self.service.workspace.parties().items()}
        number = {who: parties[self.world.id(who)] for who in ("gear", "crane", "harbour")}
        both = ("gear", "harbour")
        self.ids["lines"] = dict.fromkeys(("gear", "crane", "harbour"), self.lines["crane"])
        self.ids["participants"] = {who: str(number[who]) for who in ("gear", "crane", "harbour")}
        self.ids["enterprises"] = {who: self.world.id(who) for who in ("gear", "crane", "harbour")}
        self.ids["obligations"] = dict.fromkeys(("gear", "crane", "harbour"), piece.rpartition(".")[0])
        request = {"bank": self.world.id("harbour")}
        asked = self.service.post("gear", f"/v1/vouchers/{piece}/financing-requests", request)["id"]
        self.ids["financing-requests"] = dict.fromkeys(both, asked)
        sold = self.service.get("gear", "/v1/financings")["items"][-1]["id"]
        self.ids["financings"] = dict.fromkeys(both, sold)
        self._in_store(both)

    def _in_store(self, both: tuple[str, ...]) -> None:
        """Goods of both branches that a loan is on; of the first also some on which an offer waits."""
        enrol_keepers(self.service, "store")
        loan = lent(self.service, receipted(self.service))
        lent(self.service, receipted(self.service, "yarn"), "yarn", "valley")
        offer = offered_loan(self.service, receipted(self.service))
        self.ids["loans"] = dict.fromkeys(both, str(loan["id"]))
        self.ids["receipts"] = dict.fromkeys(both, str(offer["receipt"]))
        self.ids["loan-offers"] = dict.fromkeys(both, offer["id"])

    def webhook(self, who: str) -> str:
        """A receiver that nobody runs."""
        return str(self.service.post(who, "/v1/webhooks", WEBHOOK)["id"])

    def spare_webhook(self, who: str) -> str:
        """One that no other route is asked about."""
        kept = self.service.get(who, "/v1/webhooks")
        return str(kept[-1]["id"]) if len(kept) > 2 else self.webhook(who)

    def waiting(self, who: str) -> str:
        """A command of somebody else of the enterprise, which a second person has to approve."""
        enterprise = self.world.id(who) if who in self.world.firms else OPERATOR
        wanted = Wanted(
            enterprise, "user:another", "user:another", str(uuid4()), "withdraw",
            {"netting": self.ids["nettings"]["gear"]}, needs_approval=True,
        )  # fmt: skip
        return accept(self.service.workspace, wanted, told)[0].id

    def _papers(self) -> None:
        """Gear, Bolt and Seal owe each other in a circle, too; Harbour buys something; two send what nobody can read."""
        deals = self.world.deals
        deals["bolt-seal"] = self.world.deal("bolt", "seal", 30, 60)
        deals["seal-gear"] = self.world.deal("seal", "gear", 20, 100)
        deals["harbour-gear"] = self.world.deal("harbour", "gear", 5, 80)
        for deal in deals:
            self.service.send_papers(deal)
        for who in ("gear", "harbour"):
            self.service.send(who, [("files", ("torn.xml", b"<Invoice", "application/xml"))])

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


def _lock(things: Things, who: str) -> dict[str, Any]:
    deadline = datetime.fromtimestamp(things.service.workspace.now() + 3_600, UTC)
    return {"json": {"quote": things.ids["financings"]["gear"], "deadline": deadline.isoformat()}}


def _order(things: Things, who: str) -> dict[str, Any]:
    return {"json": {"order": "(2026) 02-118"}}


def _wired(things: Things, who: str) -> dict[str, Any]:
    return {"json": {"payment_reference": "FT-1", "amount": {"minor": 1_00, "currency": CURRENCY}}}


def _alias(things: Things, who: str) -> dict[str, Any]:
    return {
        "json": {"enterprise": things.world.id("gear"), "alias": "ICD:0088:7300010000001", "reason": "the register"}
    }


def _line(things: Things, who: str) -> dict[str, Any]:
    """In a currency in which no bank has deposits, so that nobody is granted it."""
    amount = {"minor": 1_00, "currency": "USD"}
    terms = {"limit": amount, "financing_limit": amount, "expiry": "2099-01-01", "annual_rate_basis_points": 400}
    return {"json": {"issuer": things.world.id("crane")} | terms}


def _money(minor: int) -> dict[str, Any]:
    return {"minor": minor, "currency": CURRENCY}


def _loan(things: Things, who: str) -> dict[str, Any]:
    terms = {"annual_rate_basis_points": 600, "maturity": "2099-01-01", "registration_number": "R-3"}
    return {"json": {"limit": _money(1_00)} | terms}


def _limit(things: Things, who: str) -> dict[str, Any]:
    return {"json": {"limit": {"minor": 200_000_00, "currency": CURRENCY}}}


def _reason(things: Things, who: str) -> dict[str, Any]:
    return {"json": {"reason": "nothing came"}}


def _owned(things: Things, who: str) -> str:
    """The enterprise that manages what is asked for; who manages everybody's asks for Gear's."""
    return things.world.id(who if who in STRANGER else "gear")


def _any(things: Things, who: str) -> dict[str, Any]:
    return {"params": {"limit": 500}}


LISTED = Case(ask=_any, shared=True)
LISTED_OF_ALL = Case(ask=_any, shared=True, tells_all=True)

CASES: dict[str, Case] = {
    "GET /v1/files": LISTED,
    "GET /v1/obligations": LISTED_OF_ALL,
    "GET /v1/overdue": LISTED,
    "GET /v1/financing-requests": LISTED,
    "POST /v1/vouchers/{id}/financing-requests": Case(
        ask=lambda things, who: {"json": {"bank": things.world.id("harbour")}}
    ),
    "POST /v1/financing-requests/{id}/decline": Case("harbour"),
    "GET /v1/financings": LISTED,
    "GET /v1/sales": LISTED,
    "GET /v1/receipts": LISTED_OF_ALL,
    "GET /v1/loans": LISTED_OF_ALL,
    "GET /v1/enterprises": LISTED_OF_ALL,
    "GET /v1/aliases": LISTED_OF_ALL,
    "GET /v1/graph/neighbourhood": Case(
        ask=lambda things, who: {"params": {"enterprise": _owned(things, who)}}, shared=True
    ),
    "GET /v1/graph/tiers": LISTED_OF_ALL,
    "GET /v1/graph/flows": LISTED_OF_ALL,
    "GET /v1/events": LISTED,
    "GET /v1/operations": LISTED_OF_ALL,
    "GET /v1/audit": LISTED_OF_ALL,
    "GET /v1/audit/head": Case(shared=True),
    "GET /v1/four-eyes": Case(shared=True),
    "GET /v1/four-eyes/{currency}": Case(shared=True),
    "PUT /v1/four-eyes/{currency}": Case(
        ask=lambda things, who: {"json": {"above": {"minor": 1, "currency": "USD"}}, "headers": {"If-Match": "*"}}, shared=True
    ),
    "POST /v1/operations/{id}/approve": Case(fresh=lambda things, who: things.waiting(who)),
    "POST /v1/operations/{id}/decline": Case(fresh=lambda things, who: things.waiting(who)),
    "POST /v1/operations/{id}/signature": Case(ask=lambda things, who: {"json": {"signature": "0x" + "5a" * 65}}),
    "GET /v1/webhooks": Case(shared=True),
    "POST /v1/webhooks": Case(ask=lambda things, who: {"json": WEBHOOK}, shared=True),
    "PUT /v1/webhooks/{id}": Case(
        ask=lambda things, who: {"json": WEBHOOK | {"active": True}, "headers": {"If-Match": "*"}}
    ),
    "POST /v1/webhooks/{id}/replay": Case(ask=lambda things, who: {"json": {"after": "0.0.0"}}),
    "DELETE /v1/webhooks/{id}": Case(fresh=lambda things, who: things.spare_webhook(who if who == OPERATOR else "gear")),
    "GET /v1/me": Case(shared=True),
    "GET /v1/lines": Case("crane", shared=True, tells_all=True),
    "GET /v1/vouchers": Case(shared=True, tells_all=True),
    "GET /v1/documents": Case(shared=True, tells_all=True),
    "GET /v1/findings": Case(shared=True),
    "GET /v1/plans": Case(shared=True),
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
    "POST /v1/vouchers/{id}/lock": Case(ask=_lock),
    "POST /v1/vouchers/{id}/contest-receipt": Case(ask=_reason),
    "POST /v1/vouchers/{id}/attest-receipt": Case(
        "harbour", lambda things, who: {"json": {"payment_reference": "FT-1"}}
    ),
    "POST /v1/vouchers/{id}/attest-payment": Case("harbour", _wired),
    "POST /v1/vouchers/{id}/confirm-payment": Case(ask=_wired),
    "POST /v1/vouchers/{id}/confirm-made-good": Case(ask=lambda things, who: {"json": {"payment_reference": "FT-1"}}),
    "POST /v1/vouchers/{id}/contest-payment": Case(ask=_reason),
    "POST /v1/vouchers/{id}/write-off": Case(ask=_reason),
    "POST /v1/vouchers/{id}/make-good": Case("crane"),
    "POST /v1/vouchers/{id}/release-lock": Case("harbour"),
    "POST /v1/vouchers/{id}/dispute": Case(ask=_reason),
    "POST /v1/vouchers/{id}/hold-by-court": Case(ask=_order),
    "POST /v1/vouchers/{id}/release-by-court": Case(ask=_order),
    "POST /v1/obligations/{id}/hold-by-court": Case(ask=_order),
    "POST /v1/obligations/{id}/release-by-court": Case(ask=_order),
    "POST /v1/vouchers/{id}/finance": Case(ask=lambda things, who: {"json": {"quote": "0" * 32}}),
    "POST /v1/vouchers/{id}/quotes": Case("harbour", lambda things, who: {"json": {"registration_number": "R-2"}}),
    "POST /v1/lines": Case("harbour", _line, shared=True),
    "POST /v1/lines/{id}/limit": Case("harbour", _limit),
    "POST /v1/lines/{id}/financing-limit": Case("harbour", _limit),
    "POST /v1/lines/{id}/suspend": Case("harbour"),
    "POST /v1/lines/{id}/resume": Case("harbour"),
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
    "POST /v1/lots": Case(
        ask=lambda things, who: {"json": {"lot": "L", "depositor": things.world.id("gear"), "quantity": 1}}, shared=True
    ),
    "POST /v1/receipts": Case(ask=lambda things, who: {"json": {"document": things.world.deals["crane-gear"].key}}),
    "POST /v1/receipts/{number}/transfer": Case(ask=lambda things, who: {"json": {"owner": things.world.id("gear")}}),
    "POST /v1/receipts/{number}/financing-requests": Case(
        ask=lambda things, who: {"json": {"bank": things.world.id("harbour"), "amount": _money(1_00)}}
    ),
    "POST /v1/receipts/{number}/loan-offers": Case("harbour", _loan),
    "GET /v1/loan-offers": LISTED_OF_ALL,
    "POST /v1/loans/{number}/draw": Case(ask=lambda things, who: {"json": {"amount": _money(1_00)}}),
    "POST /v1/loans/{number}/attest-repayment": Case("harbour", _wired),
    "POST /v1/loans/{number}/end-draws": Case("harbour"),
    "POST /v1/loans/{number}/give-up-lien": Case("harbour"),
    "POST /v1/loans/{number}/mark-default": Case("harbour"),
    "POST /v1/aliases": Case(ask=_alias),
    "POST /v1/plans": Case(ask=lambda things, who: {"json": {"currency": CURRENCY}}),
    "POST /v1/plans/what-if": Case(
        ask=lambda things, who: {"json": {"currency": CURRENCY, "changes": ["rule:max_hops=3"]}}
    ),
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
