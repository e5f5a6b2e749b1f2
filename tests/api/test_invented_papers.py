"""A paper that names a stranger tells its sender nothing of the stranger.

1. Roles and tier of whom only the caller's own papers name are told nowhere.
2. A partner whose own papers prove the trade is told with its tier.
3. Whose a written id is by a ruling, neither a refusal nor an answer tells.
4. Who reads everything is told all.
"""

from __future__ import annotations

import re

import pytest
from little_world import CURRENCY

from chain.documents.model import PartyIdentifier
from chain.world.ubl import UblWriter

ALIAS = PartyIdentifier(scheme="ICD:0088", value="7300010000001")
READS = (
    "/v1/enterprises",
    "/v1/graph",
    "/v1/graph/neighbourhood",
    "/v1/graph/tiers",
    "/v1/graph/flows",
    "/v1/documents",
    "/v1/findings",
    "/v1/picture",
)


def sent(service, who, document, name):
    return send(service, who, UblWriter(document, CURRENCY, 2).write(), name)


def send(service, who, content, name):
    return service.send(who, [("files", (name, content, "application/xml"))])[0]


def with_alias(service, deal):
    """Its invoice, where Pump is Somebody with the alias alone."""
    firm, text = (
        service.world.firms["pump"],
        UblWriter(service.world.deal(*deal, 5).invoice, CURRENCY, 2).write().decode(),
    )
    tax = rf"<cac:PartyTaxScheme>\s*<cbc:CompanyID>{firm.code}</cbc:CompanyID>.*?</cac:PartyTaxScheme>"
    text = re.sub(tax, "", text, flags=re.DOTALL)
    text = re.sub(rf"<cbc:CompanyID[^>]*>{firm.code}</cbc:CompanyID>", "", text)
    text = text.replace(firm.gln, ALIAS.value).replace(firm.name, "Somebody")
    assert firm.code not in text
    return text.encode()


@pytest.fixture(scope="module", autouse=True)
def invented(service):
    """Bolt invents an invoice to Loom before anything else is known, and one to an id that is Yarn's by a ruling. Then the
    true papers come; nothing is on the ledger."""
    ruling = {"enterprise": service.world.id("yarn"), "alias": str(ALIAS), "reason": "extract of the register"}
    service.post("operator", "/v1/aliases", ruling)
    assert sent(service, "bolt", service.world.deal("loom", "bolt", 3).invoice, "invented.xml")["read"]
    hidden = send(service, "bolt", with_alias(service, ("pump", "bolt")), "alias.xml")
    assert hidden["read"], hidden
    for deal in ("loom-yarn", "crane-gear", "gear-bolt"):
        service.send_papers(deal)


def nodes(service, who, path):
    return {one["name"]: (one["roles"], one["tier"]) for one in service.get(who, path)["enterprises"]}


def tiers(service, who):
    return {one["enterprise"]["name"]: one["tier"] for one in service.get(who, "/v1/graph/tiers")["items"]}


@pytest.mark.parametrize("path", ["/v1/graph", "/v1/graph/neighbourhood"])
def test_of_whom_only_own_papers_name_no_role_and_no_tier_is_told(service, path):
    told = nodes(service, "bolt", path)
    assert told["Loom Works"] == ([], None)
    assert told["Gear Maker"] == ([], 1)
    assert told["Bolt Smith"] == (["supplier"], 2)
    assert nodes(service, "operator", "/v1/graph")["Loom Works"] == (["core_enterprise"], 0)


def test_nor_the_other_way_round(service):
    """Loom did not write the invoice that names it, and learns nothing of Bolt by it but what is written."""
    told = nodes(service, "loom", "/v1/graph")
    assert told["Bolt Smith"] == ([], None)
    assert told["Yarn Spinner"] == ([], 1)


def test_tiers_are_told_of_partners_whose_own_papers_prove_the_trade(service):
    assert tiers(service, "bolt") == {"Bolt Smith": 2, "Gear Maker": 1}
    assert tiers(service, "yarn") == {"Loom Works": 0, "Yarn Spinner": 1}
    assert tiers(service, "loom") == {"Loom Works": 0, "Yarn Spinner": 1}
    assert tiers(service, "regulator").keys() >= {"Loom Works", "Bolt Smith"}


def test_the_register_says_the_same(service):
    for who in ("bolt", "loom"):
        told = {one["id"]: one["roles"] for one in service.get(who, "/v1/enterprises")["items"]}
        for one in service.get(who, "/v1/graph")["enterprises"]:
            assert told[one["id"]] == one["roles"]


@pytest.mark.parametrize("path", READS)
def test_whose_an_id_is_no_answer_tells(service, path):
    answer = service.ask("bolt", "GET", path)
    assert answer.status_code == 200
    assert not [marker for marker in service.world.markers("yarn") if marker in answer.text], answer.text


def test_such_an_id_is_told_as_it_is_written(service):
    (shown,) = [one for one in service.get("bolt", "/v1/documents")["items"] if one["buyer"]["name"] == "Somebody"]
    assert shown["buyer"]["id"] == str(ALIAS)
    matched = service.ask("bolt", "GET", f"/v1/matching/{shown['id']}")
    assert matched.json()["buyer"] == shown["buyer"]
    assert service.get("bolt", f"/v1/enterprises/{ALIAS}")["name"] == "Somebody"
    asked = {"enterprise": service.world.id("yarn")}
    assert service.ask("bolt", "GET", "/v1/graph/neighbourhood", params=asked).status_code == 404
    (all_told,) = [one for one in service.get("operator", "/v1/documents")["items"] if one["id"] == shown["id"]]
    assert all_told["buyer"] == {"id": service.world.id("yarn"), "name": "Yarn Spinner"}
    (own,) = [one for one in service.get("yarn", "/v1/documents")["items"] if one["id"] == shown["id"]]
    assert own["buyer"] == all_told["buyer"]


def test_a_refusal_names_the_author_as_the_paper_does(service):
    told = send(service, "bolt", with_alias(service, ("gear", "pump")), "forged.xml")
    (finding,) = told["findings"]
    assert finding["rule"] == "NotYourDocument"
    assert str(ALIAS) in finding["text"]
    assert not [marker for marker in service.world.markers("yarn") if marker in str(told)]
