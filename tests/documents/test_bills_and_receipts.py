"""Bills, and what article 910 of the Civil Code makes of a warehouse receipt. Rules held here:

1. The amount of a range is last - first + 1 units of 0.01; each range of a bill is a document of its own.
2. A number is held against its published structure.
3. Goods go to whom the keeper confirmed, and to nobody else.
"""

import json

import pytest
from document_samples import BUYER, KEEPER, OTHER, SELLER
from hypothesis import given
from hypothesis import strategies as st

from chain.documents.identity import document_key
from chain.documents.reading import read_file

NUMBER = "210229000001820260301000000017"
UNITS = st.integers(1, 10**12 - 1)


def who(code: str) -> dict:
    return {"name": "某公司", "identifiers": [{"scheme": "USCC", "value": code}]}


def bill(**changes) -> bytes:
    whole = {
        "schema": "pearlchain/bill/1", "number": NUMBER, "sub_range": "1-5000000", "issued": "2026-03-01", "due": "2026-08-28",
        "drawer": who(BUYER), "acceptor": who(BUYER), "payee": who(OTHER), "holder": who(SELLER),
    }  # fmt: skip
    return json.dumps({name: value for name, value in (whole | changes).items() if value is not None}).encode()


def read(content: bytes):
    outcome = read_file("a", content)
    return next(iter(outcome.documents), None), [finding.rule for finding in outcome.findings]


@given(UNITS, UNITS)
def test_the_amount_of_a_range_is_its_units(one, other):
    first, last = sorted((one, other))
    found, rules = read(bill(sub_range=f"{first}-{last}"))
    assert rules == []
    assert (found.payable_minor, found.sub_range, found.currency) == (last - first + 1, (first, last), "CNY")
    assert found.seller.identifiers[0].value == SELLER
    assert found.buyer.identifiers[0].value == BUYER


@given(st.lists(st.tuples(UNITS, UNITS).map(sorted).map(tuple), min_size=2, max_size=2, unique=True))
def test_two_ranges_of_a_bill_are_two_documents(ranges):
    keys = {document_key(read(bill(sub_range=f"{first}-{last}"))[0]) for first, last in ranges}
    assert len(keys) == 2


def test_a_bill_that_changes_hands_stays_the_same_document():
    assert document_key(read(bill())[0]) == document_key(read(bill(holder=who(OTHER)))[0])


@pytest.mark.parametrize("whole", ["0", None])
def test_a_whole_bill_has_the_amount_that_is_written(whole):
    found, rules = read(bill(sub_range=whole, amount="100.00"))
    assert (found.payable_minor, found.sub_range, found.number, rules) == (100_00, None, NUMBER, [])
    assert read(bill(sub_range=whole)) == (None, ["AmountMissing"])


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"number": NUMBER[:-1]}, "BillNumberInvalid"), ({"number": NUMBER[:-1] + "x"}, "BillNumberInvalid"),
        ({"sub_range": "0-5"}, "SubRangeInvalid"), ({"sub_range": "6-5"}, "SubRangeInvalid"),
        ({"sub_range": "1-1000000000000"}, "SubRangeInvalid"), ({"sub_range": "1–5"}, "SubRangeInvalid"),
        ({"amount": "1.005"}, "AmountNotRepresentable"), ({"holder": {}}, "PartyMissing"), ({"due": None}, "SchemaViolated"),
        ({"note": "x"}, "SchemaViolated"), ({"sub_range": "0", "amount": "0"}, "AmountNegative"),
    ],
)  # fmt: skip
def test_what_is_no_bill_is_refused(changes, rule):
    assert read(bill(**changes)) == (None, [rule])


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"amount": "50000.01"}, "TotalsDoNotAddUp"), ({"package_amount": "49999.99"}, "TotalsDoNotAddUp"),
        ({"due": "2026-02-28"}, "EndBeforeStart"), ({"number": NUMBER[:13] + "20261301" + NUMBER[21:]}, "BillNumberInvalid"),
        ({"kind": "bank_acceptance"}, "BillNumberInvalid"), ({"acceptor": {"name": "某公司"}}, "PartyIdMissing"),
    ],
)  # fmt: skip
def test_a_bill_that_contradicts_itself_backs_no_credit(changes, rule):
    found, rules = read(bill(**changes))
    assert rules == [rule] == list(found.broken_rules)


def test_findings_write_amounts_as_bills_do():
    (finding,) = read_file("a", bill(amount="50000.01")).findings
    assert (finding.values["written"], finding.values["computed"]) == ("50000.01 CNY", "50000.00 CNY")


def receipt(*endorsements: dict, **changes) -> bytes:
    whole = {
        "schema": "pearlchain/warehouse-receipt/1", "number": "WR-1", "issued": "2026-05-02", "keeper": who(KEEPER),
        "owner": who(SELLER), "lots": [{"lot": "L-1", "quantity": "2", "unit": "TNE", "pieces": 4, "quality": "A"}],
        "endorsements": list(endorsements),
    }  # fmt: skip
    return json.dumps(whole | changes).encode()


def to(code: str, confirmed: bool, on: str = "2026-05-03") -> dict:
    return {"to": who(code), "on": on, "confirmed": confirmed}


def test_the_last_endorsement_that_the_keeper_confirmed_says_whose_goods_they_are():
    found, rules = read(receipt(to(BUYER, True), to(OTHER, True)))
    assert (found.seller.identifiers[0].value, rules) == (OTHER, [])
    assert found.lines[0].lot == "L-1"


def test_an_endorsement_that_the_keeper_did_not_confirm_transfers_nothing():
    found, rules = read(receipt(to(BUYER, False)))
    assert (found.seller.identifiers[0].value, rules) == (SELLER, ["EndorsementNotConfirmed"])


@pytest.mark.parametrize(
    "changes",
    [
        {"endorsements": [to(BUYER, True, "2026-05-04"), to(OTHER, True, "2026-05-03")]}, {"storage_until": "2026-05-01"},
        {
            "insurance": {
                "insurer": {"name": "某保险公司"}, "insured": {"amount": "1", "currency": "CNY"}, "since": "2026-05-02",
                "until": "2026-05-01",
            }
        },
    ],
)  # fmt: skip
def test_days_in_impossible_order_back_no_credit(changes):
    assert read(receipt(**changes))[1] == ["EndBeforeStart"]
