"""ISO 20022 bank statements. Rules held here:

1. A booked entry, or each transaction of a batch, is a payment; what is not booked is none.
2. Who paid whom is the same in all versions, in both directions, and when a payment is taken back.
3. Structured remittance names what is paid; running text never does.
"""

import pytest
from document_samples import CAMT_OTHER as OTHER
from document_samples import CAMT_OWN as OWN
from document_samples import camt_entry as entry
from document_samples import camt_statement as statement
from document_samples import camt_transaction as transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.documents.reading import read_file
from tests.effort import examples


def read(content: bytes):
    (outcome,) = read_file("a.xml", content).contents
    return outcome.document, [finding.rule for finding in outcome.findings]


def ids(one) -> set[str]:
    return set(map(str, one.identifiers))


@pytest.mark.parametrize("version", [2, 4, 6, 7, 8, 12, 14])
@pytest.mark.parametrize("kind", ["053", "054"])
@pytest.mark.parametrize("came", [True, False])
def test_a_booked_entry_is_a_payment_in_every_version(version, kind, came):
    found, rules = read(statement(entry(version, came), version=version, kind=kind))
    payer, payee = (found.buyer, found.seller) if came else (found.seller, found.buyer)
    assert rules == []
    assert (found.type, found.currency, found.payable_minor, found.number) == ("payment", "EUR", 100_00, "B-1")
    assert (payer.name, payee.name) == ("Other GmbH", "Own AG")
    assert f"IBAN:{OTHER}" in ids(payer)
    assert f"IBAN:{OWN}" in ids(payee)
    assert ids(found.keeper) == {"BIC:DABAIE2D"}
    assert (str(found.issue_date), found.end_to_end, found.reversal) == ("2026-04-01", "E2E-1", False)


@pytest.mark.parametrize("flags", ["<RvslInd>true</RvslInd>", ""])
def test_a_payment_taken_back_keeps_payer_and_payee(flags):
    """A debit that is reversed is written as a credit: the account's owner is still the payer."""
    more = "" if flags else "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>"
    details = transaction(came=False, more=more)
    found, _ = read(statement(entry(came=True, flags=flags, inside=details)))
    assert found.reversal
    assert (found.buyer.name, found.seller.name) == ("Own AG", "Other GmbH")


@pytest.mark.parametrize("status", ["PDNG", "INFO", "FUTR", ""])
def test_what_is_not_booked_is_no_payment(status):
    assert read(statement(entry(status=status))) == (None, ["PaymentNotBooked"])


def test_who_is_not_named_is_said_in_the_readers_language():
    (outcome,) = read_file("a.xml", statement(entry(came=False, inside=""))).contents
    assert [finding.text("zh") for finding in outcome.findings] == ["单据没有写明收款人"]


def remittance(*documents: str, amount: str = "") -> str:
    amount = f'<RfrdDocAmt><RmtdAmt Ccy="EUR">{amount}</RmtdAmt></RfrdDocAmt>' if amount else ""
    return f"<Strd>{''.join(documents)}{amount}</Strd>"


def referred(number: str, kind: str | None = "CINV") -> str:
    written = f"<Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp>" if kind else ""
    return f"<RfrdDocInf>{written}<Nb>{number}</Nb><RltdDt>2026-03-01</RltdDt></RfrdDocInf>"


def test_structured_remittance_names_what_is_paid_and_running_text_does_not():
    more = "".join(
        [
            "<RmtInf><Ustrd>INV-9 and INV-8</Ustrd>", remittance(referred("INV-1"), amount="60.00"),
            remittance(referred("INV-2", None), amount="40.00"), remittance(referred("PO-1", "PUOR"), referred("C-1", "CREN")),
            "</RmtInf>",
        ]
    )  # fmt: skip
    found, rules = read(statement(entry(inside=transaction(more=more))))
    assert rules == []
    assert [(one.number, one.amount_minor) for one in found.invoices] == [("INV-1", 60_00), ("INV-2", 40_00)]
    assert [one.number for one in found.orders] == ["PO-1"]
    assert "INV-9" in found.lines[0].description


def test_more_remitted_than_paid_does_not_add_up():
    more = f"<RmtInf>{remittance(referred('INV-1'), amount='100.01')}</RmtInf>"
    (outcome,) = read_file("a.xml", statement(entry(inside=transaction(more=more)))).contents
    assert [(f.rule, f.text()) for f in outcome.findings] == [
        ("TotalsDoNotAddUp", "Amt says 100.00 EUR, but it adds up to 100.01 EUR (RmtdAmt)")
    ]


@pytest.mark.parametrize("element", ["RmtdAmt", "CdtNoteAmt"])
@pytest.mark.parametrize(("taken_off", "adds_up"), [("20.00", True), ("19.99", False)])
def test_a_credit_note_is_taken_off_what_was_remitted(element, taken_off, adds_up):
    note = remittance(referred("C-1", "CREN"), amount=taken_off).replace("RmtdAmt", element)
    more = f"<RmtInf>{remittance(referred('INV-1'), amount='120.00')}{note}</RmtInf>"
    found, rules = read(statement(entry(inside=transaction(more=more))))
    assert rules == ([] if adds_up else ["TotalsDoNotAddUp"])
    assert [(one.number, one.amount_minor) for one in found.invoices] == [("INV-1", 120_00)]


@pytest.mark.parametrize(("instructed", "adds_up"), [("105.00", True), ("104.99", False)])
def test_charges_of_banks_on_the_way_are_no_difference(instructed, adds_up):
    sent = f'<AmtDtls><InstdAmt><Amt Ccy="EUR">{instructed}</Amt></InstdAmt></AmtDtls>'
    more = f"{sent}<RmtInf>{remittance(referred('INV-1'), amount='105.00')}</RmtInf>"
    found, rules = read(statement(entry(inside=transaction(more=more))))
    assert (found.payable_minor, rules) == (100_00, [] if adds_up else ["TotalsDoNotAddUp"])


@settings(max_examples=examples(40), deadline=None)
@given(st.lists(st.integers(1, 10**9), min_size=2, max_size=6), st.integers(-1, 1))
def test_a_batch_is_as_many_payments_and_adds_up_to_its_entry(amounts, off):
    inside = "".join(transaction(amount=f'<Amt Ccy="EUR">{minor / 100:.2f}</Amt>') for minor in amounts)
    total = sum(amounts) + off
    outcome = read_file("a", statement(entry(amount=f"{total // 100}.{total % 100:02d}", inside=inside)))
    documents = outcome.documents
    assert [one.payable_minor for one in documents] == amounts
    assert len({one.number for one in documents}) == len(amounts)
    assert all(("TotalsDoNotAddUp" in one.broken_rules) == bool(off) for one in documents)


def test_the_worldwide_reference_of_a_payment_is_its_number():
    refs = "<UETR>97ed4827-7b6f-4491-a06f-b548d5a7512d</UETR>"
    found, _ = read(statement(entry(inside=transaction(refs=refs))))
    assert found.number == "97ed4827-7b6f-4491-a06f-b548d5a7512d"


def test_an_organisations_lei_is_its_id():
    found, _ = read(statement(entry(inside=transaction(lei="213800KUD8LAJWSQ9D15"))))
    assert "LEI:213800KUD8LAJWSQ9D15" in ids(found.buyer)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"amount": "0"}, "AmountMissing"), ({"amount": "-1.00"}, "AmountNegative"),
        ({"amount": "1.005"}, "AmountNotRepresentable"),
        ({"amount": "1e3"}, "AmountMalformed"), ({"inside": ""}, "PartyMissing"),
    ],
)  # fmt: skip
def test_an_entry_that_pays_nobody_or_nothing_is_refused(changes, rule):
    assert read(statement(entry(**changes))) == (None, [rule])


def test_statements_are_found_in_envelopes_and_each_entry_counts():
    inner = statement(entry(), entry(reference="B-2")).decode()
    outcome = read_file("a", f"<message><AppHdr xmlns='urn:x'/>{inner}</message>".encode())
    assert [one.number for one in outcome.documents] == ["B-1", "B-2"]
    assert [finding.rule for finding in read_file("a", statement()).refusals] == ["HoldsNoDocument"]


@settings(max_examples=examples(100), deadline=None)
@given(st.data())
def test_a_damaged_statement_is_read_or_refused_with_a_reason(data):
    content = bytearray(statement(entry(), entry(reference="B-2")))
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(content) - 1))
        content[position : position + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    outcome = read_file("a", bytes(content))
    assert outcome.read != bool(outcome.refusals)
    assert all(finding.text("en") and finding.text("zh") for finding in outcome.findings)
