"""A seller may write the same number to two buyers: each of them reads its own paper, and nothing of the other's."""

from __future__ import annotations

from dataclasses import replace

import pytest
from little_world import CURRENCY

from chain.world.ubl import UblWriter


@pytest.fixture(scope="module")
def twice(service):
    """Gear's invoice to Crane, and another one to Loom under the same number, with another face."""
    service.send_papers("crane-gear")
    deal = service.world.deals["crane-gear"]
    other = service.world.deal("loom", "gear", 7)
    forged = replace(other.invoice, number=deal.invoice.number)
    files = [("files", ("second.xml", UblWriter(forged, CURRENCY, 2).write()))]
    outcome = service.send("gear", files)[0]
    assert outcome["documents"] == [deal.key]
    return deal, forged


def test_each_buyer_reads_its_own_paper_only(service, twice):
    deal, forged = twice
    for buyer, stranger, own in (("crane", "loom", deal.invoice), ("loom", "crane", forged)):
        answer = service.ask(buyer, "GET", "/v1/documents", params={"type": "invoice"})
        assert [found["payable"]["minor"] for found in answer.json()["items"]] == [own.payable_minor]
        assert not [marker for marker in service.world.markers(stranger) if marker in answer.text]
    assert service.ask("loom", "GET", "/v1/documents", params={"key": deal.key}).status_code == 404


def test_only_the_paper_that_counts_tells_what_it_backs(service, twice):
    _, forged = twice
    found = service.get("loom", "/v1/documents", params={"type": "invoice"})["items"][0]
    assert found["payable"]["minor"] == forged.payable_minor
    assert found["backing"] is None


def test_the_finding_tells_each_buyer_of_its_own_part_and_the_seller_of_all(service, twice):
    deal, forged = twice
    for buyer, stranger in (("crane", "loom"), ("loom", "crane")):
        answer = service.ask(buyer, "GET", "/v1/findings")
        assert {finding["rule"] for finding in answer.json()["items"]} >= {"IdentityWithAnotherFace"}
        assert not [marker for marker in service.world.markers(stranger) if marker in answer.text]
        other = forged if buyer == "crane" else deal.invoice
        assert str(other.payable_minor // 100) not in answer.text
    whole = service.get("gear", "/v1/findings", params={"rule": "IdentityWithAnotherFace"})["items"]
    assert whole
    assert whole[0]["documents"]
