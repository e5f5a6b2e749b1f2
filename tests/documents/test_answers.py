"""Answers to orders and invoices. Rules held here:

1. An answer says what its code says, and an unknown code decides nothing.
2. The seller numbers its answer to an order; the buyer its own change, withdrawal, and answer to an invoice.
3. What is no answer to an invoice is no trade document.
"""

import pytest
from document_samples import BUYER, OTHER, SELLER, ubl, ubl_party
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.documents.identity import document_key
from chain.documents.model import Answer
from chain.documents.reading import read_file
from tests.effort import examples

PARTIES = (
    f"<cac:SellerSupplierParty>{ubl_party(SELLER, '供方')}</cac:SellerSupplierParty>"
    f"<cac:BuyerCustomerParty>{ubl_party(BUYER, '购方')}</cac:BuyerCustomerParty>"
)
ORDER = "<cac:OrderReference><cbc:ID>PO-1</cbc:ID></cac:OrderReference>"


def answer_to_order(root: str = "OrderResponse", head: str = "", lines: str = "") -> bytes:
    start = f"<cbc:ID>R-1</cbc:ID><cbc:IssueDate>2026-05-02</cbc:IssueDate>{head}"
    return ubl(root, f"{start}{ORDER}{PARTIES}{lines}")


def order_line(number: str, status: str, quantity: str = "") -> str:
    amount = f'<cbc:Quantity unitCode="KGM">{quantity}</cbc:Quantity>' if quantity else ""
    return (
        f"<cac:OrderLine><cac:LineItem><cbc:ID>{number}</cbc:ID><cbc:LineStatusCode>{status}</cbc:LineStatusCode>{amount}"
        f"<cac:Item><cbc:Name>阴极铜</cbc:Name></cac:Item></cac:LineItem><cac:OrderLineReference><cbc:LineID>{number}"
        "</cbc:LineID></cac:OrderLineReference></cac:OrderLine>"
    )


def party_of(element: str, usc: str, name: str) -> str:
    inner = ubl_party(usc, name).removeprefix("<cac:Party>").removesuffix("</cac:Party>")
    return f"<cac:{element}>{inner}</cac:{element}>"


def answer_to_invoice(
    code: str = "AP", *, kind: str = "380", profile: str = "", status: str = "", about: str = "", again: str = ""
) -> bytes:
    response = f"<cac:Response><cbc:ResponseCode>{code}</cbc:ResponseCode>{status}</cac:Response>"
    invoice = f"<cbc:ID>INV-1</cbc:ID><cbc:DocumentTypeCode>{kind}</cbc:DocumentTypeCode>"
    return ubl(
        "ApplicationResponse",
        f"{profile}<cbc:ID>A-1</cbc:ID><cbc:IssueDate>2026-05-09</cbc:IssueDate>"
        f"{party_of('SenderParty', BUYER, '购方')}{party_of('ReceiverParty', SELLER, '供方')}"
        f"<cac:DocumentResponse>{response}<cac:DocumentReference>{invoice}</cac:DocumentReference>{about}"
        f"</cac:DocumentResponse>{again}",
    )


def read(content: bytes):
    outcome = read_file("a.xml", content)
    assert outcome.read, outcome.refusals
    return outcome.documents[0], [finding.rule for finding in outcome.findings]


# -------------------------------------------------------------------------------------------------------------- orders


@pytest.mark.parametrize(
    ("code", "answer", "rules"),
    [
        ("AB", Answer.RECEIVED, []),
        ("AP", Answer.ACCEPTED, []),
        ("CA", Answer.CHANGED, []),
        ("RE", Answer.REJECTED, []),
        ("29", Answer.ACCEPTED, []),
        ("30", Answer.CHANGED, []),
        ("27", Answer.REJECTED, []),
        ("99", Answer.RECEIVED, ["AnswerUnknown"]),
    ],
)
def test_a_response_to_an_order_says_what_its_code_says(code, answer, rules):
    document, found = read(answer_to_order(head=f"<cbc:OrderResponseCode>{code}</cbc:OrderResponseCode>"))
    assert (document.type, document.answer, found) == ("order_response", answer, rules)
    assert [order.number for order in document.orders] == ["PO-1"]
    assert document_key(document) == f"order_response|USCC:{SELLER}|R1"


@pytest.mark.parametrize(
    ("statuses", "answer"),
    [
        (["5", "5"], Answer.ACCEPTED),
        (["7", "7"], Answer.REJECTED),
        (["5", "7"], Answer.CHANGED),
        (["5", "3"], Answer.CHANGED),
        (["NoStatus", "Disputed"], Answer.DISPUTED),
        (["5", "NoStatus"], Answer.RECEIVED),
        ([], Answer.RECEIVED),
    ],
)
def test_a_response_without_a_code_says_what_its_lines_say(statuses, answer):
    lines = "".join(order_line(str(number), status) for number, status in enumerate(statuses, start=1))
    document, found = read(answer_to_order(lines=lines))
    assert (document.answer, found) == (answer, [])


def test_a_line_that_is_not_accepted_has_the_quantity_zero_and_one_that_is_unchanged_none():
    lines = order_line("1", "5") + order_line("2", "7", "10") + order_line("3", "3", "4")
    document, _ = read(answer_to_order(head="<cbc:OrderResponseCode>CA</cbc:OrderResponseCode>", lines=lines))
    assert [(line.order_line, line.quantity) for line in document.lines] == [("1", None), ("2", 0), ("3", 4)]


def test_an_order_agreement_is_an_acceptance():
    profile = "<cbc:CustomizationID>urn:fdc:peppol.eu:poacc:trns:order_agreement:3</cbc:CustomizationID>"
    document, _ = read(answer_to_order(head=profile))
    assert document.answer is Answer.ACCEPTED


@pytest.mark.parametrize(
    ("indicator", "answer", "rules"),
    [
        ("<cbc:AcceptedIndicator>true</cbc:AcceptedIndicator>", Answer.ACCEPTED, []),
        ("<cbc:AcceptedIndicator>0</cbc:AcceptedIndicator>", Answer.REJECTED, []),
        ("", Answer.RECEIVED, ["AnswerUnknown"]),
    ],
)
def test_a_simple_response_accepts_or_rejects_the_whole_order(indicator, answer, rules):
    document, found = read(answer_to_order("OrderResponseSimple", head=indicator))
    assert (document.answer, document.lines, found) == (answer, (), rules)


def test_a_change_and_a_cancellation_are_the_buyer_s_own():
    change, _ = read(answer_to_order("OrderChange", lines=order_line("1", "3", "5") + order_line("2", "2", "7")))
    cancellation, _ = read(answer_to_order("OrderCancellation"))
    assert (change.answer, change.by_buyer) == (Answer.CHANGED, True)
    assert [(line.order_line, line.quantity) for line in change.lines] == [("1", 5), ("2", 0)]
    assert (cancellation.answer, cancellation.by_buyer) == (Answer.REJECTED, True)
    assert document_key(change) == document_key(cancellation) == f"order_response|USCC:{BUYER}|R1"


def test_an_answer_writes_only_amounts_that_it_has():
    total = (
        '<cac:AnticipatedMonetaryTotal><cbc:LineExtensionAmount currencyID="CNY">100</cbc:LineExtensionAmount>'
        '<cbc:PayableAmount currencyID="CNY">113</cbc:PayableAmount></cac:AnticipatedMonetaryTotal>'
    )
    with_total, _ = read(answer_to_order("OrderChange", lines=total + order_line("1", "3", "5")))
    without, _ = read(answer_to_order("OrderChange", lines=order_line("1", "3", "5")))
    assert (with_total.payable_minor, with_total.net_minor) == (11_300, 10_000)
    assert (without.payable_minor, without.net_minor, without.currency) == (None, None, None)


@settings(max_examples=examples(120), deadline=None)
@given(st.data())
def test_a_damaged_answer_is_read_or_refused_with_a_reason(data):
    content = bytearray(
        data.draw(st.sampled_from([answer_to_invoice(), answer_to_order(lines=order_line("1", "3", "5"))]))
    )
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(content) - 1))
        content[position : position + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    outcome = read_file("a", bytes(content))
    assert outcome.read != bool(outcome.refusals)
    assert all(finding.text("en") and finding.text("zh") for finding in outcome.findings)


# ------------------------------------------------------------------------------------------------------------ invoices


@pytest.mark.parametrize(
    ("code", "answer", "rules"),
    [
        ("AB", Answer.RECEIVED, []),
        ("IP", Answer.RECEIVED, []),
        ("UQ", Answer.DISPUTED, []),
        ("CA", Answer.CHANGED, []),
        ("RE", Answer.REJECTED, []),
        ("AP", Answer.ACCEPTED, []),
        ("PD", Answer.PAID, []),
        ("BusinessAccept", Answer.ACCEPTED, []),
        ("TechnicalAccept", Answer.RECEIVED, []),
        ("BusinessReject", Answer.REJECTED, []),
        ("XX", Answer.RECEIVED, ["AnswerUnknown"]),
    ],
)
def test_a_response_to_an_invoice_says_what_its_code_says(code, answer, rules):
    document, found = read(answer_to_invoice(code))
    assert (document.type, document.answer, found) == ("invoice_response", answer, rules)
    assert [invoice.number for invoice in document.invoices] == ["INV-1"]
    assert document_key(document) == f"invoice_response|USCC:{BUYER}|A1"


def test_an_invoice_that_was_paid_in_part_is_not_paid():
    partly = "<cac:Status><cbc:StatusReasonCode>PPD</cbc:StatusReasonCode></cac:Status>"
    document, _ = read(answer_to_invoice("PD", status=partly))
    assert document.answer is Answer.RECEIVED


def test_whoever_answers_for_the_buyer_is_not_the_buyer():
    document, found = read(answer_to_invoice(about=party_of("RecipientParty", OTHER, "真购方")))
    assert (document.buyer.name, document.seller.name, found) == ("真购方", "供方", ["AnsweredByOther"])
    assert document.broken_rules == ("AnsweredByOther",)


@pytest.mark.parametrize(
    "content",
    [
        answer_to_invoice(kind="9"),
        answer_to_invoice(
            kind="", profile="<cbc:CustomizationID>urn:fdc:peppol.eu:poacc:trns:mlr:3</cbc:CustomizationID>"
        ),
    ],
)
def test_what_answers_no_invoice_is_no_trade_document(content):
    assert [finding.rule for finding in read_file("a", content).refusals] == ["NoTradeDocument"]


def test_several_answers_in_one_response_are_refused():
    again = (
        "<cac:DocumentResponse><cac:Response><cbc:ResponseCode>RE</cbc:ResponseCode></cac:Response><cac:DocumentReference>"
        "<cbc:ID>INV-2</cbc:ID><cbc:DocumentTypeCode>380</cbc:DocumentTypeCode></cac:DocumentReference>"
        "</cac:DocumentResponse>"
    )
    assert [finding.rule for finding in read_file("a", answer_to_invoice(again=again)).refusals] == ["SchemaViolated"]
    both, _ = read(answer_to_invoice("RE", again=again))
    assert [invoice.number for invoice in both.invoices] == ["INV-1", "INV-2"]


def test_an_answer_that_names_no_invoice_is_refused():
    content = answer_to_invoice().replace(b"<cbc:ID>INV-1</cbc:ID>", b"<cbc:ID>NA</cbc:ID>")
    assert [finding.rule for finding in read_file("a", content).refusals] == ["ReferenceMissing"]
