"""What went wrong elsewhere, as documents that come in: each case is found under its name, with the documents that prove it,
and backs no credit.

The same cases as calls of the contracts: contracts/test/Cases.t.sol. There alone are those that no document tells: a funder's
cap for one group (C3), two measurements of one lot (C9), and what follows for pieces already issued (C12). Cases of
identity and of payment (C1, C10, C13) are in tests/documents.
"""

import json
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest

from chain.documents.canonical import dump
from chain.documents.model import DocumentReference, DocumentType, Means, Publicity
from chain.documents.reading import read_documents
from chain.graph.trade_graph import TradeGraph
from chain.network import Enterprise, Network, Role
from tests.documents.document_samples import (
    BUYER,
    KEEPER,
    OTHER,
    SELLER,
    TODAY,
    cii_invoice,
    code,
    document,
    lines,
    party,
    to,
    trade,
    ubl_invoice,
    warehouse_receipt,
)

BANK, SECOND_BANK, SECOND_KEEPER = (code(serial) for serial in (5, 6, 7))

NETWORK = Network(
    name="cases",
    enterprises=(
        Enterprise(id=f"USCC:{BUYER}", name="核心", roles=(Role.CORE_ENTERPRISE,)),
        Enterprise(id=f"USCC:{SELLER}", name="供方", roles=(Role.SUPPLIER,), group="G"),
        Enterprise(id=f"USCC:{OTHER}", name="关联方", roles=(Role.SUPPLIER,), group="G"),
    ),
    lines=(),
)


@dataclass
class Told:
    """What the ledger makes of some files."""

    found: dict[str, set[str]]
    """Case → rules found."""
    proofs: dict[str, set[str]]
    """Rule → keys of the documents that prove it."""
    evidence: dict[str, int]
    """Number of an invoice → minor units of it that may back credit."""


@pytest.fixture
def told(tmp_path):
    """Write documents as files (bytes as they are), read the folder, match all."""

    def tell(*documents):
        for place, one in enumerate(documents):
            content = one if isinstance(one, bytes) else json.dumps(dump(one), default=str).encode()
            (tmp_path / f"{place:02}.{'xml' if content.startswith(b'<') else 'json'}").write_bytes(content)
        read = read_documents([tmp_path]).documents
        assert len(read) == len(documents)
        graph = TradeGraph(NETWORK, TODAY)
        graph.add(read)
        found, proofs = {}, {}
        for finding in graph.findings:
            found.setdefault(finding.case, set()).add(finding.rule)
            proofs.setdefault(finding.rule, set()).update(finding.documents)
        rows = graph.receivables.select("number", "evidence_minor", "circular").iter_rows()
        return Told(found, proofs, {number: 0 if circular else minor for number, minor, circular in rows})

    return tell


def sold(number, seller, buyer, day=date(2026, 5, 1), **facts):
    """An invoice, and the keeper's receipt of its goods: what backs credit where nothing is wrong."""
    facts = {"seller": party(seller), "buyer": party(buyer), "issue_date": day, "lines": lines(net=10_000)} | facts
    stored = warehouse_receipt(
        f"WR-{number}", seller=party(seller), buyer=party(buyer), orders=(), invoices=to(number), lots=(f"LOT-{number}",),
        issue_date=day, delivery_date=day,
    )  # fmt: skip
    return [document(DocumentType.INVOICE, number, **facts), stored]


def test_documents_that_agree_are_no_case(told):
    of_trade = told(*trade().values())
    assert (of_trade.found, of_trade.evidence) == ({}, {"INV-1": 11_300})


def test_c2_an_invoice_without_goods_backs_nothing(told):
    case = told(trade()["order"], trade()["invoice"])
    assert case.evidence == {"INV-1": 0}
    assert case.found["C2"] >= {"NoGoodsBehindMoney"}
    assert case.proofs["NoGoodsBehindMoney"] == {f"invoice|USCC:{SELLER}|INV1"}


def test_c2_a_customer_that_never_was_one_is_told(told):
    """Before financing: much from somebody who bought nothing in the half year before."""
    days = [date(2026, 1, 5) + timedelta(days=10 * week) for week in range(12)]
    usual = [one for place, day in enumerate(days) for one in sold(f"U-{place}", SELLER, BUYER, day)]
    much = {"net_minor": 50_000, "tax_minor": 0, "payable_minor": 50_000, "lines": lines(net=50_000)}
    case = told(*usual, *sold("NEW-1", SELLER, code(9), date(2026, 5, 20), **much))
    assert case.found == {"C2": {"SuddenEdge"}}
    assert case.proofs["SuddenEdge"] == {f"invoice|USCC:{SELLER}|NEW1"}


def test_c4_the_same_invoice_in_another_format_and_typed_again_backs_credit_once(told):
    papers = trade()
    goods = [papers[name] for name in ("order", "despatch", "receipt")]
    named = "<cac:OrderReference><cbc:ID>PO-1</cbc:ID></cac:OrderReference>"
    case = told(*goods, ubl_invoice("INV-0001", extra=named), cii_invoice("inv 1"), ubl_invoice("INV-7", extra=named))
    assert sum(case.evidence.values()) == 11_300
    assert case.found["C4"] >= {"DocumentTwice", "OverInvoicedOrder"}


def test_c4_more_than_was_ordered_and_received_is_cut_off(told):
    papers = trade(payable=22_600, ordered=11_300)
    case = told(*papers.values())
    assert case.evidence == {"INV-1": 11_300}
    assert case.found["C4"] >= {"OverInvoicedOrder"}


def test_c5_goods_that_go_round_back_nothing(told):
    """The circle is named with all its invoices."""
    ring = [BUYER, code(10), code(11)]
    papers = [sold(f"R-{n}", ring[n], ring[(n + 1) % 3], date(2026, 5, 1) + timedelta(days=3 * n)) for n in range(3)]
    case = told(*(one for pair in papers for one in pair))
    assert case.evidence == {"R-0": 0, "R-1": 0, "R-2": 0}
    assert case.found["C5"] == {"CircularTrade"}
    assert len(case.proofs["CircularTrade"]) == 3


def test_c5_related_parties_sell_each_other_no_credit(told):
    case = told(*sold("INV-1", SELLER, OTHER))
    assert case.evidence == {"INV-1": 0}
    assert case.found == {"C5": {"RelatedParties"}}


def test_c6_goods_that_back_a_loan_are_not_sold_too(told):
    invoice, stored = sold("INV-1", SELLER, BUYER)
    case = told(invoice, replace(stored, pledged=True))
    assert case.evidence == {"INV-1": 0}
    assert case.found["C6"] == {"GoodsPledged"}
    assert f"warehouse_receipt|USCC:{KEEPER}|WRINV1" in case.proofs["GoodsPledged"]


def test_c7_a_cargo_that_comes_back_is_a_round_trip(told):
    """Sold and bought back within days, at a loss, with an outsider between."""
    chain = [(SELLER, code(12), 10_000), (code(12), code(13), 9_900), (code(13), SELLER, 9_800)]
    papers = [
        sold(f"L-{n}", seller, buyer, date(2026, 5, 1) + timedelta(days=n), lots=("CARGO-7",), net_minor=minor, tax_minor=0,
             payable_minor=minor)[0]
        for n, (seller, buyer, minor) in enumerate(chain)
    ]  # fmt: skip
    case = told(*papers)
    assert case.found["C7"] == {"LotRoundTrip"}
    assert len(case.proofs["LotRoundTrip"]) == 3
    assert set(case.evidence.values()) == {0}


def test_c8_three_receipts_for_one_pile_prove_nothing(told):
    """The keeper measured a third of what its receipts say."""
    measured = document(
        DocumentType.LOGISTICS_EVENT, "COUNT-1", keeper=party(KEEPER), buyer=None, lots=("PILE",), movement="stored",
        delivery_date=date(2026, 4, 30), lines=lines(10),
    )  # fmt: skip
    pairs = [sold(f"P-{n}", SELLER, BUYER) for n in range(3)]
    receipts = [replace(stored, lots=("PILE",)) for _, stored in pairs]
    case = told(measured, *(invoice for invoice, _ in pairs), *receipts)
    assert case.evidence == {"P-0": 0, "P-1": 0, "P-2": 0}
    assert case.found["C8"] == {"LotInSeveralReceipts", "ReceiptsAboveStock"}


def test_c8_one_lot_is_not_in_two_warehouses(told):
    pairs = [sold(f"P-{n}", SELLER, BUYER) for n in range(2)]
    here, there = (replace(stored, lots=("PILE",)) for _, stored in pairs)
    case = told(*(invoice for invoice, _ in pairs), here, replace(there, keeper=party(SECOND_KEEPER)))
    assert case.evidence == {"P-0": 0, "P-1": 0}
    assert case.found["C8"] == {"LotAtSeveralKeepers"}


def test_c9_a_keeper_of_the_borrowers_own_proves_nothing(told):
    invoice, stored = sold("INV-1", SELLER, BUYER)
    case = told(invoice, replace(stored, keeper=party(OTHER)))
    assert case.evidence == {"INV-1": 0}
    assert case.found["C9"] == {"KeeperNotIndependent"}


def test_c12_goods_that_came_back_back_no_more_credit(told):
    """The red letter takes its part off; above the invoice it is told."""
    note = document(
        DocumentType.CREDIT_NOTE, "CN-1", invoices=to("INV-1"), net_minor=2_000, tax_minor=260, payable_minor=2_260
    )
    more = replace(note, number="CN-2", net_minor=10_000, tax_minor=1_300, payable_minor=11_300)
    assert told(*trade().values(), note).evidence == {"INV-1": 11_300 - 2_260}
    case = told(*trade().values(), note, more)
    assert case.evidence == {"INV-1": 0}
    assert case.found["C12"] == {"CreditNoteAboveInvoice"}


def test_c16_of_two_assignees_the_first_registered_comes_first_and_the_other_is_told_why(told):
    def assigned(number, bank, at):
        return document(
            DocumentType.ASSIGNMENT, number, keeper=party(bank), invoices=(DocumentReference("INV-1", amount_minor=9_000),),
            currency="CNY", payable_minor=9_000, publicity=Publicity(Means.REGISTRATION, at),
        )  # fmt: skip

    case = told(
        *trade().values(), assigned("REG-2", SECOND_BANK, 1_777_700_000), assigned("REG-1", BANK, 1_777_600_000)
    )
    assert case.evidence == {"INV-1": 0}
    assert case.found["C16"] == {"CompetingAssignment", "ReceivableAssigned"}
    assert f"assignment|USCC:{SECOND_BANK}|REG2" in case.proofs["CompetingAssignment"]
