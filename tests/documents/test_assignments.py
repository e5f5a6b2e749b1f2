"""Assignments of receivables, read and held against their invoices. Rules held here:

1. A registration or a notice says by which means, when, who has which invoices, and what was financed on each.
2. An assignee has one claim on an invoice, whatever papers it has for it and in whatever order they came.
3. A release ends what its assignee had until then; a registration that ran out registers nothing.
4. What was assigned backs nothing until it comes back.
"""

import json
from dataclasses import replace
from datetime import date

import pytest
from document_samples import BUYER, KEEPER, OTHER, SELLER, TODAY, party, trade
from hypothesis import given
from hypothesis import strategies as st

from chain.documents.claims import Ground, claims_on
from chain.documents.directory import Directory
from chain.documents.identity import document_key
from chain.documents.matching import Matching, match
from chain.documents.model import DocumentReference, DocumentType, Means, Publicity, Source, TradeDocument
from chain.documents.reading import read_file


def who(code: str) -> dict:
    return {"name": "某公司", "identifiers": [{"scheme": "USCC", "value": code}]}


def written(**changes) -> bytes:
    whole = {
        "schema": "pearlchain/assignment/1", "means": "registration", "number": "06420260302000000017",
        "at": "2026-03-02T23:15:30+08:00", "until": "2027-03-01", "assignor": who(SELLER), "debtor": who(BUYER),
        "assignee": who(OTHER), "currency": "CNY",
        "receivables": [{"invoice": "INV-1", "issued": "2026-02-20", "financed": "90.00"}],
    }  # fmt: skip
    return json.dumps({name: value for name, value in (whole | changes).items() if value is not None}).encode()


def read(content: bytes) -> tuple[TradeDocument | None, list[str]]:
    outcome = read_file("a", content)
    return next(iter(outcome.documents), None), [finding.rule for finding in outcome.findings]


def test_a_registration_says_who_has_which_invoice_since_when() -> None:
    found, rules = read(written())
    assert rules == []
    assert found.publicity == Publicity(Means.REGISTRATION, 1_772_464_530)
    assert [who.identifiers[0].value for who in (found.seller, found.buyer, found.keeper)] == [SELLER, BUYER, OTHER]
    assert (found.issue_date, found.due_date, found.payable_minor) == (date(2026, 3, 2), date(2027, 3, 1), 9_000)
    assert found.invoices == (DocumentReference("INV-1", date(2026, 2, 20), amount_minor=9_000),)
    assert document_key(found) == f"assignment|USCC:{OTHER}|6420260302000000017"


def test_a_release_needs_no_amount() -> None:
    found, rules = read(written(releases=True, currency=None, receivables=[{"invoice": "INV-1"}]))
    assert rules == []
    assert (found.reversal, found.payable_minor) == (True, None)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"at": "2026-03-02T23:15:30"}, "SchemaViolated"), ({"means": "rumour"}, "SchemaViolated"),
        ({"receivables": []}, "SchemaViolated"), ({"debtor": None}, "SchemaViolated"),
        ({"at": "2190-03-02T23:15:30Z", "until": None}, "DateMalformed"), ({"currency": None}, "CurrencyMissing"),
        ({"currency": "RMB"}, "CurrencyUnknown"), ({"receivables": [{"invoice": "1"}]}, "AmountMissing"),
        ({"receivables": [{"invoice": "1", "financed": "0"}]}, "AmountNegative"),
        ({"receivables": [{"invoice": "1", "financed": "0.001"}]}, "AmountNotRepresentable"),
        ({"assignee": {"name": ""}}, "PartyMissing"), ({"until": "2026-03-01"}, "EndBeforeStart"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_assignment_is_said(changes, rule) -> None:
    assert read(written(**changes))[1] == [rule]


# ------------------------------------------------------------------------------------------------------------- claims


def assignment(
    number: str, at: int, assignee: str = OTHER, means: Means = Means.REGISTRATION, financed: int = 9_000, **facts
) -> TradeDocument:
    facts = {
        "currency": "CNY", "payable_minor": financed, "invoices": (DocumentReference("INV-1", amount_minor=financed),),
    } | facts  # fmt: skip
    return TradeDocument(
        type=DocumentType.ASSIGNMENT, number=number, seller=party(SELLER), buyer=party(BUYER), keeper=party(assignee),
        source=Source("a"), issue_date=date(2026, 5, 2), publicity=Publicity(means, at), **facts,
    )  # fmt: skip


def claims(*documents: TradeDocument, today: date = TODAY):
    return claims_on("INV1", ((document_key(document), document) for document in documents), today)


def test_an_assignee_has_one_claim_of_its_earliest_papers() -> None:
    papers = [
        assignment("2", 20), assignment("1", 10), assignment("N", 5, means=Means.NOTICE, financed=5_000),
        assignment("M", 7, means=Means.NOTICE),
    ]  # fmt: skip
    (claim,) = claims(*papers)
    assert (claim.registration, claim.registered_at, claim.notice, claim.noticed_at) == ("1", 10, "N", 5)
    assert claim.financed_minor == 9_000
    assert len(claim.documents) == 4


def test_a_release_ends_what_its_assignee_had_until_then() -> None:
    first, release = assignment("1", 10), assignment("R", 20, reversal=True, payable_minor=None)
    other, again = assignment("3", 5, assignee=KEEPER), assignment("4", 30)
    assert [claim.assignee for claim in claims(release, other, first)] == [f"USCC:{KEEPER}"]
    assert {claim.registration for claim in claims(release, other, first, again)} == {"3", "4"}


def test_a_registration_that_ran_out_registers_nothing() -> None:
    papers = [assignment("1", 10, due_date=date(2026, 5, 31)), assignment("N", 12, means=Means.NOTICE)]
    assert [claim.ground for claim in claims(*papers)] == [Ground.NOTICE]
    assert [claim.ground for claim in claims(*papers[:1])] == [Ground.NEITHER]
    assert [claim.ground for claim in claims(*papers, today=date(2026, 5, 31))] == [Ground.REGISTRATION]


PAPERS = st.builds(
    assignment, number=st.sampled_from("123"), at=st.integers(0, 5), assignee=st.sampled_from([OTHER, KEEPER]),
    means=st.sampled_from(Means), financed=st.integers(1, 9), reversal=st.booleans(),
)  # fmt: skip


@given(st.lists(PAPERS, max_size=6, unique_by=document_key), st.randoms())
def test_the_order_in_which_papers_come_changes_no_claim(papers, shuffle) -> None:
    shuffled = list(papers)
    shuffle.shuffle(shuffled)
    assert claims(*shuffled) == claims(*papers)


# ------------------------------------------------------------------------------------------------------------ matching


def matched(*documents: TradeDocument) -> Matching:
    every = [*trade().values(), *documents]
    return match(every, Directory.from_documents(every), {}, TODAY)


def test_what_was_assigned_backs_nothing_and_says_to_whom() -> None:
    matching = matched(assignment("R-7", 10))
    (receivable,) = matching.receivables
    assert (receivable.evidence_minor, receivable.blocked_by) == (0, "ReceivableAssigned")
    assert receivable.assignments == (f"assignment|USCC:{OTHER}|R7",)
    (finding,) = matching.findings
    assert (finding.rule, finding.case, finding.values["proof"]) == ("ReceivableAssigned", "C16", "R-7")
    assert finding.documents == (receivable.document, *receivable.assignments)


def test_what_came_back_backs_credit_again() -> None:
    matching = matched(assignment("1", 10), assignment("2", 20, reversal=True, payable_minor=None))
    (receivable,) = matching.receivables
    assert (receivable.evidence_minor, receivable.assignments) == (receivable.payable_minor, ())
    assert matching.findings == ()


def test_an_assignment_of_what_is_not_there_is_flagged_and_takes_nothing() -> None:
    unknown = (DocumentReference("INV-9", amount_minor=1),)
    for document, rule in (
        (assignment("1", 10, invoices=unknown), "AssignmentWithoutInvoice"),
        (replace(assignment("1", 10), buyer=party(KEEPER)), "AssignmentWithoutInvoice"),
    ):
        matching = matched(document)
        assert [finding.rule for finding in matching.findings] == [rule]
        assert matching.receivables[0].evidence_minor == matching.receivables[0].payable_minor


def test_an_assignment_in_another_currency_takes_the_invoice_all_the_same() -> None:
    matching = matched(assignment("1", 10, currency="EUR"))
    assert {finding.rule for finding in matching.findings} == {"CurrencyDiffers", "ReceivableAssigned"}
    assert matching.receivables[0].evidence_minor == 0
