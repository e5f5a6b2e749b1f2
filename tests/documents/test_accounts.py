"""Accounts that invoices are to be paid to. Rules held here:

1. UBL and CII say the account; where the money goes to another payee, it is none of the seller's.
2. A payment to an account that an invoice of the seller named is the seller's; its own word is enough for that.
3. An account that two sellers name is neither's, and both are named.
4. An invoice that names only accounts that no earlier one of the two parties named is told; the first one is not.
5. The same payment on two banks' statements counts once, two payments that only have one number count twice.
"""

from dataclasses import replace
from datetime import date

import pytest
from document_samples import BUYER, KEEPER, OTHER, SELLER, cii_invoice, document, party, trade, ubl_invoice

from chain.documents.directory import Directory
from chain.documents.identity import canonical_digest
from chain.documents.matching import match
from chain.documents.model import DocumentReference, DocumentType, Party, PartyIdentifier
from chain.documents.reading import read_file

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
