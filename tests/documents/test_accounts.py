"""Accounts that invoices are to be paid to. Rules held here:

1. UBL and CII say the account; where the money goes to another payee, it is none of the seller's.
2. A payment to an account that an invoice of the seller named is the seller's; its own word is enough for that.
3. An account that two sellers name is neither's, and both are named. What is paid to it still pays each of their invoices,
   where payer, number and currency fit. So does whatever takes from invoices, by whatever id that several claim.
4. An invoice that names only accounts that no earlier one of the two parties named is told; the first one is not.
5. The same payment on two banks' statements counts once, two payments that only have one number count twice.
"""

from dataclasses import replace
from datetime import date

import pytest
from document_samples import (
    BUYER,
    KEEPER,
    OTHER,
    SELLER,
    cii_invoice,
    code,
    document,
    party,
    trade,
    ubl_invoice,
    warehouse_receipt,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.documents.aliases import Ruling
from chain.documents.directory import Directory
from chain.documents.identity import canonical_digest
from chain.documents.matching import match
from chain.documents.model import (
    Answer,
    DocumentReference,
    DocumentType,
    Means,
    Party,
    PartyIdentifier,
    Publicity,
)
from chain.documents.reading import read_file
from chain.graph.trade_graph import TradeGraph
from tests.effort import examples

IBAN, SECOND = (PartyIdentifier("IBAN", value) for value in ("DE89370400440532013000", "GB29NWBK60161331926819"))
WRITTEN = "DE89 3704 0044 0532 0130 00"
MEANS = (
    "<cac:PaymentMeans><cbc:PaymentMeansCode>30</cbc:PaymentMeansCode><cac:PayeeFinancialAccount>"
    f"<cbc:ID>{WRITTEN}</cbc:ID></cac:PayeeFinancialAccount></cac:PaymentMeans>"
)
PAYEE = "<cac:PayeeParty><cac:PartyName><cbc:Name>Factor</cbc:Name></cac:PartyName></cac:PayeeParty>"


def read(content: bytes):
    (found,) = read_file("x.xml", content).documents
    return found


def invoice(number: str, *accounts: PartyIdentifier, **facts):
    return replace(trade()["invoice"], number=number, payee_accounts=accounts, **facts)


def matched(*documents):
    return match(documents, Directory.from_documents(documents), {}, date(2026, 6, 30))


def changes(*documents) -> list[tuple[str, ...]]:
    return [finding.documents for finding in matched(*documents).findings if finding.rule == "PayeeAccountChanged"]


def test_an_invoice_says_the_account_that_it_is_to_be_paid_to():
    assert read(ubl_invoice("I1", extra=MEANS)).payee_accounts == (IBAN,)
    assert read(ubl_invoice("I1", extra=PAYEE + MEANS)).payee_accounts == ()
    assert read(ubl_invoice("I1", extra=MEANS.replace("89", "88"))).payee_accounts == ()
    means = (
        "<ram:SpecifiedTradeSettlementPaymentMeans><ram:TypeCode>58</ram:TypeCode><ram:PayeePartyCreditorFinancialAccount>"
        f"<ram:IBANID>{WRITTEN}</ram:IBANID></ram:PayeePartyCreditorFinancialAccount></ram:SpecifiedTradeSettlementPaymentMeans>"
    )
    currency = b"</ram:InvoiceCurrencyCode>"
    assert read(cii_invoice().replace(currency, currency + means.encode())).payee_accounts == (IBAN,)


def test_a_payment_to_an_account_that_the_seller_named_pays_it():
    paid = document(
        DocumentType.PAYMENT, "P-1", seller=Party(identifiers=(IBAN,)), buyer=party(BUYER), keeper=party(KEEPER),
        currency="CNY", payable_minor=11_300, invoices=(DocumentReference("INV-1"),),
    )  # fmt: skip
    papers = list(trade().values())[:3]
    assert matched(*papers, invoice("INV-1"), paid).receivables[0].paid_minor == 0
    assert matched(*papers, invoice("INV-1", IBAN), paid).receivables[0].paid_minor == 11_300


def test_an_account_that_a_known_seller_names_later_is_learnt_too():
    directory = Directory.from_documents([invoice("INV-1"), invoice("INV-2", IBAN)])
    assert directory.resolve(Party(identifiers=(IBAN,))) == f"USCC:{SELLER}"


def test_an_account_that_two_sellers_name_is_neithers():
    directory = Directory.from_documents([invoice("INV-1", IBAN), invoice("INV-9", IBAN, seller=party(OTHER))])
    assert directory.resolve(Party(identifiers=(IBAN,))) == str(IBAN)
    (finding,) = directory.findings
    assert (finding.rule, finding.case, len(finding.documents)) == ("IdentityContested", "C1", 2)


def paid_to(account: PartyIdentifier, number: str = "P-1", **facts):
    facts = {"payable_minor": 4_000, "currency": "CNY", "invoices": (DocumentReference("INV-1"),)} | facts
    return document(
        DocumentType.PAYMENT, number, issue_date=date(2026, 5, 9),
        **({"seller": Party(identifiers=(account,)), "keeper": party(KEEPER)} | facts),
    )  # fmt: skip


def graph_of(documents, *sizes: int) -> TradeGraph:
    graph, begin = TradeGraph(None, date(2026, 6, 30)), 0
    for size in (*sizes, *([1] * len(documents))):
        graph.add(documents[begin : begin + size])
        begin += size
    return graph


@settings(max_examples=examples(60), deadline=None)
@given(
    payments=st.lists(
        st.builds(
            lambda place, minor, reversal, account: paid_to(
                account, f"P-{place}", payable_minor=minor, reversal=reversal
            ),
            st.integers(1, 4), st.integers(1, 9_000), st.booleans(), st.sampled_from([IBAN, SECOND]),
        ),
        max_size=4,
    ),
    claims=st.lists(st.builds(
        lambda number, accounts, seller: invoice(number, *accounts, seller=party(seller)),
        st.sampled_from(["INV-8", "INV-9"]), st.sampled_from([(IBAN,), (SECOND,), (IBAN, SECOND)]),
        st.sampled_from([OTHER, code(9)]),
    ), max_size=3),
    accounts=st.sampled_from([(IBAN,), (IBAN, SECOND)]), shuffle=st.randoms(), sizes=st.lists(st.integers(0, 3), max_size=3),
)  # fmt: skip
def test_naming_anothers_account_leaves_paid_what_was_paid(payments, claims, accounts, shuffle, sizes):
    own = [*list(trade().values())[:3], invoice("INV-1", *accounts), *payments]
    documents = [*own, *claims]
    shuffle.shuffle(documents)
    in_order = [one for one in documents if not any(one is claim for claim in claims)]

    def said(graph: TradeGraph):
        return next(one for one in graph.matching.receivables if one.number == "INV-1")

    alone, together, bit_by_bit = graph_of(in_order, 99), graph_of(documents, 99), graph_of(documents, *sizes)
    assert said(together) == said(alone)
    assert bit_by_bit.matching.receivables == together.matching.receivables
    assert bit_by_bit.findings == together.findings


@pytest.mark.parametrize(
    ("facts", "paid"),
    [
        ({}, (4_000, 0)), ({"buyer": party(KEEPER)}, (0, 0)), ({"currency": "EUR"}, (0, 0)),
        ({"invoices": (DocumentReference("INV-2"),)}, (0, 4_000)), ({"invoices": (DocumentReference("INV-3"),)}, (0, 0)),
        ({"invoices": ()}, (0, 0)), ({"seller": Party(identifiers=(SECOND,))}, (0, 0)),
        ({"invoices": (DocumentReference("INV-1", amount_minor=100), DocumentReference("INV-2"))}, (100, 3_900)),
    ],
    ids=["all fits", "payer", "currency", "another invoice", "number", "no number", "account", "two numbers"],
)  # fmt: skip
def test_what_is_paid_to_an_account_of_two_pays_the_invoices_that_it_names(facts, paid):
    papers = [*list(trade().values())[:3], invoice("INV-1", IBAN), invoice("INV-2")]
    found = matched(*papers, replace(paid_to(IBAN), **facts), invoice("S-1", IBAN, seller=party(OTHER)))
    assert {one.number: one.paid_minor for one in found.receivables} == {"INV-1": paid[0], "INV-2": paid[1], "S-1": 0}


def test_one_payment_on_the_statements_of_payer_and_contested_payee_counts_once():
    payer = paid_to(IBAN, "9", seller=party(SELLER), keeper=party(code(8)), end_to_end="E1")
    payee = paid_to(IBAN, "7", end_to_end="E1")
    papers = [*list(trade().values())[:3], invoice("INV-1", IBAN), payer, payee]
    found = matched(*papers, invoice("S-1", IBAN, seller=party(OTHER)))
    assert found.receivables[0].paid_minor == 4_000


def test_what_a_person_decides_to_be_anothers_account_pays_the_other_alone():
    papers = [
        *list(trade().values())[:3],
        invoice("INV-1", IBAN),
        paid_to(IBAN),
        invoice("INV-1", IBAN, seller=party(OTHER)),
    ]
    ruling = Ruling(str(IBAN), f"USCC:{OTHER}", True, "the bank says so")
    found = match(papers, Directory.from_documents(papers, rulings=[ruling]), {}, date(2026, 6, 30))
    assert [one.paid_minor for one in found.receivables] == [0, 4_000]


@pytest.mark.parametrize(
    ("then", "told"),
    [((IBAN,), False), ((IBAN, SECOND), False), ((), False), ((SECOND,), True)],
    ids=["the same", "one more", "none", "another"],
)
def test_another_account_than_ever_before_is_told(then, told):
    first = invoice("INV-1", IBAN)
    second = invoice("INV-2", *then, issue_date=date(2026, 5, 20))
    for order in ((first, second), (second, first)):
        assert changes(*order) == ([(f"invoice|USCC:{SELLER}|INV2",)] if told else [])


def test_an_account_is_no_fact_of_the_debt():
    assert canonical_digest(invoice("INV-1", IBAN)) == canonical_digest(invoice("INV-1"))


@pytest.mark.parametrize(("ids", "paid"), [(("E1", "E2"), 10_000), (("E1", "E1"), 5_000), (("E1", ""), 5_000)])
def test_two_payments_of_one_number_are_two_where_their_payers_gave_them_two_ids(ids, paid):
    payments = [
        document(
            DocumentType.PAYMENT, "1", keeper=party(bank), currency="CNY", payable_minor=5_000, end_to_end=end_to_end,
            invoices=(DocumentReference("INV-1"),),
        )
        for bank, end_to_end in zip((KEEPER, OTHER), ids, strict=True)
    ]  # fmt: skip
    for order in (payments, payments[::-1]):
        assert matched(*trade().values(), *order).receivables[0].paid_minor == paid


GLN = PartyIdentifier("ICD:0088", "7300010000001")
NAMED = {"seller": Party(identifiers=(GLN,)), "invoices": (DocumentReference("INV-1"),)}
BY_BUYER = NAMED | {"seller": party(SELLER), "buyer": Party(identifiers=(GLN,))}


def calls_itself(who: str):
    """A paper in which an enterprise writes the id beside its own."""
    return document(DocumentType.DESPATCH_ADVICE, f"D-{who}", seller=Party("x", (*party(who).identifiers, GLN)))


@pytest.mark.parametrize(
    ("whose", "paper"),
    [
        (SELLER, paid_to(GLN, payable_minor=11_300)),
        (SELLER, document(DocumentType.CREDIT_NOTE, "CN-1", **NAMED)),
        (SELLER, document(DocumentType.BILL, "1" * 30, currency="CNY", payable_minor=11_300, **NAMED)),
        (SELLER, document(DocumentType.ASSIGNMENT, "AS-1", keeper=party(KEEPER), currency="CNY", payable_minor=1,
                          publicity=Publicity(Means.REGISTRATION, 1), **NAMED)),
        (BUYER, document(DocumentType.INVOICE_RESPONSE, "AR-1", answer=Answer.REJECTED, **BY_BUYER)),
        (BUYER, document(DocumentType.PAYMENT, "P-1", currency="CNY", payable_minor=11_300, **BY_BUYER)),
    ],
    ids=["payment", "credit note", "bill", "assignment", "rejection", "payment of the buyer"],
)  # fmt: skip
@settings(max_examples=12, deadline=None)
@given(shuffle=st.randoms(), sizes=st.lists(st.integers(0, 3), max_size=3))
def test_claiming_an_id_leaves_taken_what_was_taken_under_it(whose, paper, shuffle, sizes):
    said, claimed = calls_itself(whose), calls_itself(OTHER)
    documents = [*trade().values(), said, paper]
    shuffle.shuffle(documents)
    place = shuffle.randint(0, len(documents))
    contested = [*documents[:place], claimed, *documents[place:]]
    for papers in (documents, contested):
        at_once, bit_by_bit = graph_of(papers, 99), graph_of(papers, *sizes)
        assert at_once.matching.receivables[0].evidence_minor == 0
        assert bit_by_bit.matching.receivables == at_once.matching.receivables
        assert bit_by_bit.findings == at_once.findings


@pytest.mark.parametrize("answer", [Answer.ACCEPTED, Answer.REJECTED])
def test_nobody_confirms_by_an_id_that_several_claim(answer):
    said = document(DocumentType.INVOICE_RESPONSE, "AR-1", answer=answer, **BY_BUYER)
    (receivable,) = matched(*trade().values(), said, calls_itself(BUYER), calls_itself(OTHER)).receivables
    assert receivable.answer is (answer if answer is Answer.REJECTED else None)


@settings(max_examples=examples(25), deadline=None)
@given(shuffle=st.randoms(), sizes=st.lists(st.integers(0, 3), max_size=3))
def test_claiming_an_id_frees_no_goods_that_back_a_loan_under_it(shuffle, sizes):
    found = trade()
    named = replace(found["despatch"], lots=("LOT-1",))
    pledge = warehouse_receipt("WR-9", seller=Party(identifiers=(GLN,)), buyer=None, orders=(), pledged=True)
    documents = [*(found | {"despatch": named}).values(), calls_itself(SELLER), calls_itself(OTHER), pledge]
    shuffle.shuffle(documents)
    at_once, bit_by_bit = graph_of(documents, 99), graph_of(documents, *sizes)
    assert [one.rules for one in at_once.matching.receivables] == [("GoodsPledged",)]
    assert bit_by_bit.matching.receivables == at_once.matching.receivables
    assert bit_by_bit.findings == at_once.findings
