"""Who goes by which id, over the API.

1. The operator decides, with a reason, and the newest decision counts; saying it again writes nothing.
2. What may not be is refused, and nothing is written.
3. Nobody else decides; an enterprise reads what was decided of its own ids.
"""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from chain.store.tables import aliases

GLN = "ICD:0088:7300010000001"
REASON = "extract of the register of 2026-06-01"


def ruling(service, who: str, **more):
    return {"enterprise": service.world.id(who), "alias": GLN, "reason": REASON} | more


def kept(service) -> int:
    with service.workspace.store.read() as connection:
        return int(connection.execute(select(func.count()).select_from(aliases)).scalar_one())


def known(service, who: str) -> dict[str, str]:
    return {one["alias"]: one["reason"] for one in service.get(who, "/v1/aliases")["items"]}


@pytest.fixture(scope="module", autouse=True)
def papers(service):
    service.send_papers("crane-gear")


def test_the_operator_decides_and_the_newest_decision_counts(service):
    made = service.post("operator", "/v1/aliases", ruling(service, "gear", alias="ICD:0088:7300 0100 00001"))
    assert made == ruling(service, "gear", belongs=True)
    assert REASON in known(service, "gear")[GLN]
    assert service.post("operator", "/v1/aliases", ruling(service, "gear")) == made
    assert kept(service) == 1
    taken = service.post("operator", "/v1/aliases", ruling(service, "gear", belongs=False, reason="a mistake"))
    assert not taken["belongs"]
    assert GLN not in known(service, "gear")
    service.post("operator", "/v1/aliases", ruling(service, "gear"))
    assert GLN in known(service, "gear")
    assert kept(service) == 3


def test_what_may_not_be_is_refused_and_nothing_is_written(service):
    before, crane = kept(service), service.world.id("crane")
    for asked, refusal in (
        (ruling(service, "gear", alias=crane), (422, "AliasOfAnother")),
        (ruling(service, "gear", alias=service.world.id("gear"), belongs=False), (422, "AliasIsTheEnterprise")),
        (ruling(service, "gear", alias="IBAN:DE00370400440532013000"), (422, "AliasMalformed")),
        (ruling(service, "gear", reason="  "), (422, "ReasonMissing")),
        (ruling(service, "gear", reason=""), (422, "RequestInvalid")),
        (ruling(service, "gear", enterprise="USCC:91350100M000100Y43"), (404, "NotFound")),
    ):
        assert service.refused("operator", "/v1/aliases", asked) == refusal
    assert kept(service) == before


def test_nobody_else_decides(service):
    before = kept(service)
    for who in ("gear", "crane", "harbour", "regulator"):
        assert service.refused(who, "/v1/aliases", ruling(service, "gear")) == (403, "NotPermitted")
    assert kept(service) == before
    assert GLN not in known(service, "crane")


def test_the_audit_log_names_who_decided(service):
    service.post("operator", "/v1/aliases", ruling(service, "crane", alias="ICD:0088:7300010000018"))
    entries = service.get("operator", "/v1/audit", params={"limit": 500})["items"]
    rules = [one for one in entries if one["action"] == "alias.rule"]
    assert {one["actor"].partition(":")[0] for one in rules} == {"key"}
