"""What the ledger refused and parties did is noted once, in place of what was noted of the same before, at a cost that does
not grow with what there is. What plans left out is said in amounts of their currency, never in minor units."""

from dataclasses import asdict
from datetime import date

import pytest
from scans import no_scan
from sqlalchemy import insert

from chain.commands.findings import note, noticed
from chain.commands.workspace import open_home
from chain.documents.model import Finding, Severity
from chain.planning.model import Line, Payable, PlanningInput, PlanningRules
from chain.planning.propagation import plan
from chain.settings import Settings
from chain.store.tables import plans


def finding(rule: str, place: str) -> Finding:
    return Finding(
        rule=rule, severity=Severity.FLAGGED, template="{steps} steps of the plan were not taken", place=place
    )


@pytest.fixture
def home(tmp_path):
    with open_home(Settings(home=tmp_path / "home")) as home:
        yield home


def noted(home) -> list[tuple[str, str | None]]:
    return [(found.rule, found.place) for _, found in noticed(home)]


def test_what_is_noted_is_noted_once_and_in_place_of_what_was_before(home):
    note(home, [finding("A", "#1"), finding("A", "#1"), finding("B", "#1"), finding("A", "#2")])
    note(home, [finding("A", "#2")])
    assert noted(home) == [("A", "#1"), ("B", "#1"), ("A", "#2")]
    note(home, [finding("C", "#1")], "#1")
    assert noted(home) == [("A", "#2"), ("C", "#1")]
    note(home, [], "#1")
    assert noted(home) == [("A", "#2")]


def test_noting_looks_through_nothing_that_was_noted_of_others(home):
    note(home, [finding("A", f"#{number}") for number in range(300)])
    with no_scan(home):
        note(home, [finding("B", "#7"), finding("A", "#8")], "#7")
    assert ("A", "#7") not in noted(home)
    assert len(noted(home)) == 300


@pytest.mark.parametrize(
    ("currency", "invoice", "ticket"),
    [("CNY", "10.05 CNY", "20.00 CNY"), ("JPY", "1,005 JPY", "2,000 JPY"), ("KWD", "1.005 KWD", "2.000 KWD")],
)
def test_what_a_plan_left_out_for_its_amount_is_said_in_the_currency(home, currency, invoice, ticket):
    day = date(2026, 3, 2)
    small, large = (
        Payable(
            document=f"invoice|{seller}|1", debtor="I", creditor=seller, currency=currency, open_minor=minor,
            delivery=day, due=date(2026, 5, 1), proofs=(),
        )
        for seller, minor in (("S", 1_005), ("T", 9_000))
    )  # fmt: skip
    line = Line("bank", "I", currency, 9_000, 9_000, date(2027, 1, 1), 300)
    rules = PlanningRules(min_ticket_minor=2_000)
    made = plan(PlanningInput(day, currency, (line,), (small, large), {"S": 5_000, "T": 1_500}, {}, rules))
    body = {"refusals": [asdict(refusal) for refusal in made.refusals]}
    with home.store.begin() as connection:
        connection.execute(insert(plans).values(currency=currency, day="2026-03-02", input_hash="0" * 64, body=body))
    told = [found.text() for _, found in noticed(home) if found.rule == "BelowMinimumTicket"]
    assert f"invoice|S|1 has {invoice} open, below the minimum ticket of {ticket}".replace("invoice|S|1", "1") in told
    assert f"T lacks less than the minimum ticket of {ticket}" in told
