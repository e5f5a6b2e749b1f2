"""Whose word a document is. Rules held here:

1. Nobody becomes the author of another's documents, or sees them, by writing another's id beside its own.
2. What only documents join to an enterprise of the register backs nothing: neither the invoice, nor papers of goods.
3. A person's decision opens what documents alone do not.
"""

from dataclasses import replace
from datetime import date

import pytest
from document_samples import BUYER, OTHER, SELLER, party, trade

from chain.commands.duties import Duty
from chain.commands.seen.current import Known
from chain.commands.seen.viewer import Viewer
from chain.commands.trade import as_it_stands
from chain.commands.upload import _of_others
from chain.documents.aliases import Ruling
from chain.documents.identity import document_key
from chain.documents.model import Party, PartyIdentifier
from chain.documents.reading import DocumentOutcome, FileOutcome
from chain.graph.trade_graph import TradeGraph
from chain.network import Enterprise, Network, Role

TODAY = date(2026, 6, 30)
REGISTER = Network(
    name="n",
    enterprises=(
        Enterprise(id=f"USCC:{BUYER}", name="core", roles=(Role.CORE_ENTERPRISE,)),
        Enterprise(id=f"USCC:{SELLER}", name="seller", roles=(Role.SUPPLIER,)),
    ),
    lines=(),
)
IDS = [
    PartyIdentifier("LEI", "213800KUD8LAJWSQ9D15"), PartyIdentifier("VAT", "DE136695976"),
    PartyIdentifier("ICD:0088", "7300010000001"), PartyIdentifier("IBAN", "DE89370400440532013000"),
]  # fmt: skip
UPLOADER = Viewer(f"USCC:{SELLER}", "seller", frozenset({Role.SUPPLIER}), 1, "key:1", frozenset({Duty.MAKER}), "key:1")


def graph_of(documents, rulings=()) -> TradeGraph:
    graph = TradeGraph(REGISTER, TODAY, rulings)
    graph.add(documents)
    return graph


def of_another(identifier: PartyIdentifier) -> list:
    """A whole trade of somebody who is known by one id alone and stands in no register."""
    return [replace(one, seller=Party(name="乙", identifiers=(identifier,))) for one in trade().values()]


def claim(identifier: PartyIdentifier):
    """The seller's own despatch advice, which writes another's id beside its own."""
    return replace(trade()["despatch"], number="D-9", seller=Party("甲", (PartyIdentifier("USCC", SELLER), identifier)))


@pytest.mark.parametrize("identifier", IDS, ids=str)
def test_writing_anothers_id_beside_ones_own_makes_nobody_the_author_of_its_documents(identifier):
    others = of_another(identifier)
    directory = graph_of([*others, claim(identifier)]).shelf.directory
    for document, refused in ((trade()["invoice"], []), (others[-1], ["NotYourDocument"])):
        outcome = FileOutcome("f", "", 1, "json", (DocumentOutcome(None, "json", document),))
        assert [finding.rule for finding in _of_others(directory, UPLOADER, outcome)] == refused


def test_a_party_with_the_ids_of_two_registered_enterprises_is_nobodys_word():
    both = Party("甲", (*party(SELLER).identifiers, *party(BUYER).identifiers))
    outcome = FileOutcome("f", "", 1, "json", (DocumentOutcome(None, "json", replace(trade()["receipt"], buyer=both)),))
    assert [f.rule for f in _of_others(graph_of([]).shelf.directory, UPLOADER, outcome)] == ["NotYourDocument"]


@pytest.mark.parametrize("identifier", IDS, ids=str)
def test_writing_anothers_id_beside_ones_own_shows_nobody_its_documents(identifier):
    documents = [*of_another(identifier), claim(identifier)]
    known = Known(as_it_stands(graph_of(documents), documents), b"0" * 16)
    assert [one.number for one in documents if UPLOADER.enterprise in known.named(one)] == ["D-9"]
    assert not any(known.backs(key, UPLOADER.enterprise) for key in known.receivables)


def test_writing_anothers_id_before_ones_own_shows_nobody_what_was_found_of_its_documents():
    """A finding of reading names a document by the best id of its seller, and here that is another's."""
    code, vat, lei = (PartyIdentifier("USCC", OTHER), IDS[1], IDS[0])
    register = Network(
        name="n", lines=(),
        enterprises=tuple(Enterprise(id=str(one), name="n", roles=(Role.SUPPLIER,)) for one in (lei, vat)),
    )  # fmt: skip
    of_lei = [replace(one, seller=Party("v", (lei, code))) for one in trade().values()]
    of_vat = replace(trade()["invoice"], seller=Party("x", (vat, code)))
    graph = TradeGraph(register, TODAY)
    graph.add([*of_lei, of_vat])
    known = Known(as_it_stands(graph, [*of_lei, of_vat]), b"0" * 16)
    assert not known.concerns(f"invoice|{code}|INV1", str(vat))
    assert known.concerns(f"invoice|{vat}|INV1", str(vat))
    assert known.concerns(f"invoice|{lei}|INV1", str(lei))


@pytest.mark.parametrize("written", [(), (IDS[1],), (IDS[0], PartyIdentifier("USCC", OTHER))])
def test_what_was_found_of_ones_own_document_while_it_was_read_is_seen(written):
    """By the id that it was read with, as long as that says the same as the register."""
    document = replace(trade()["invoice"], seller=Party("乙", written))
    known = Known(as_it_stands(graph_of([document]), [document]), b"0" * 16)
    assert known.concerns(document_key(document), f"USCC:{BUYER}")


@pytest.mark.parametrize("identifier", IDS, ids=str)
def test_what_only_documents_join_to_an_enterprise_of_the_register_backs_nothing_until_a_person_decides(identifier):
    documents = [*of_another(identifier), claim(identifier)]
    (receivable,) = graph_of(documents).matching.receivables
    assert (receivable.seller, receivable.evidence_minor) == (UPLOADER.enterprise, 0)
    assert receivable.blocked_by == "KnownByAliasAlone"
    ruling = Ruling(str(identifier), UPLOADER.enterprise, True, "extract of the register")
    (decided,) = graph_of(documents, [ruling]).matching.receivables
    assert decided.evidence_minor == decided.open_minor > 0


@pytest.mark.parametrize("identifier", IDS, ids=str)
@pytest.mark.parametrize("kind", ["despatch", "receipt"])
def test_papers_of_anothers_goods_do_not_stand_behind_ones_own_invoice(identifier, kind):
    found = trade()
    found[kind] = replace(found[kind], seller=Party(name="乙", identifiers=(identifier,)))
    (receivable,) = graph_of([*found.values(), claim(identifier)]).matching.receivables
    assert receivable.evidence_minor == 0


def test_several_ids_of_one_party_with_a_registered_one_among_them_match_as_they_did():
    found = {
        name: replace(one, seller=Party("甲", (*party(SELLER).identifiers, *IDS[:number])))
        for number, (name, one) in enumerate(trade().items())
    }
    (receivable,) = graph_of(found.values()).matching.receivables
    assert receivable.evidence_minor == receivable.open_minor > 0
