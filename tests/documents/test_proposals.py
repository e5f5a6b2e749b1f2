"""Names that may be one enterprise. Rules held here:

1. What re-typing, an order of words or the writing of the legal form changes, does not count.
2. The order of the names does not matter, and nothing is proposed twice, or of one enterprise.
3. Other figures, and what the directory keeps apart, are never proposed; a proposal joins nothing.
4. Every name typed with one slip is found again among thousands.
"""

import random

import pytest
from document_samples import OTHER, SELLER, document
from hypothesis import given
from hypothesis import strategies as st

from chain.documents.directory import Directory
from chain.documents.model import DocumentType, Party, PartyIdentifier
from chain.documents.proposals import LEAST_SCORE, company_name, propose
from chain.language import fill

SAME = [
    ["Fiat S.p.A.", "FIAT SPA", "S.p.A. Fiat", "Ｆｉａｔ S.P.A."], ["Siemens AG", "SIEMENS A.G.", "siemens ag"],
    ["Muster GmbH & Co. KG", "MUSTER GMBH + CO KG"], ["Acme Co., Ltd.", "ACME LIMITED", "Acme Ltd"],
    ["示例（广东）有限公司", "示例(广东)有限责任公司", "示例 (广东) 有限公司"], ["Volvo AB", "AB Volvo (publ)"],
    ["Møller A/S", "MØLLER AS"], ["L'Oréal S.A.", "LOREAL SA"], ["Kowalski Sp. z o.o.", "KOWALSKI SP Z O O"],
]  # fmt: skip
WORDS = st.sampled_from(
    ["Nordic", "Metal", "Trading", "Copper", "示例", "贸易", "GmbH", "Ltd", "S.p.A.", "有限公司", "1", "2"]
)


@pytest.mark.parametrize("writings", SAME)
def test_writings_of_one_name_are_one_name_with_one_legal_form(writings):
    assert len({company_name(one) for one in writings}) == 1
    assert company_name(writings[0]).form


@pytest.mark.parametrize("name", ["AG", "Ltd", "有限公司", "", "–", "S.p.A."])
def test_a_name_that_is_a_legal_form_alone_does_no_harm(name):
    assert propose([("a", name), ("b", "Siemens AG")]) == ()


@given(
    st.lists(st.tuples(st.sampled_from("abcd"), st.lists(WORDS, max_size=4).map(" ".join)), max_size=12), st.randoms()
)
def test_the_order_does_not_matter_and_no_pair_comes_twice(names, shuffle):
    found = propose(names)
    assert propose(shuffle.sample(names, len(names))) == found
    assert len({(one.left, one.right) for one in found}) == len(found)
    assert all(one.left < one.right and LEAST_SCORE <= one.score <= 100 for one in found)


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_held_against_any_other(left, right):
    propose([("a", left), ("b", right)])


def test_another_legal_form_is_said_and_scores_less():
    same, other = (
        propose([("a", "Siemens AG"), ("b", "SIEMENS AG")])[0],
        propose([("a", "Siemens AG"), ("b", "Siemens GmbH")])[0],
    )
    assert other.score < same.score
    assert fill(other.template, other.values, "en") == "the same words, another legal form (ag and gmbh)"
    assert "组织形式不同" in fill(other.template, other.values, "zh")


def test_other_figures_are_other_enterprises():
    assert propose([("a", "Nordic Steel Plant 1 Ltd"), ("b", "Nordic Steel Plant 2 Ltd")]) == ()


def test_what_is_registered_apart_is_not_proposed_and_a_proposal_joins_nothing():
    def paper(number, scheme, value):
        seller = Party(name="Nordic Copper AB", identifiers=(PartyIdentifier(scheme=scheme, value=value),))
        return document(DocumentType.DESPATCH_ADVICE, f"D{number}", seller=seller, buyer=None)

    papers = [paper(1, "USCC", SELLER), paper(2, "USCC", OTHER), paper(3, "ICD:0192", "988077917")]
    directory = Directory.from_documents(papers)
    found = propose(directory.names(), directory.may_be_one)
    pairs = {(one.left, one.right) for one in found}
    assert pairs == {("ICD:0192:988077917", f"USCC:{SELLER}"), ("ICD:0192:988077917", f"USCC:{OTHER}")}
    assert directory.enterprise("ICD:0192:988077917") == "ICD:0192:988077917"


def test_a_name_typed_with_one_slip_is_found_among_thousands():
    chance = random.Random(5)
    syllables = [first + last for first in "bdfgklmnprstvz" for last in "aeiou"]

    def word():
        return "".join(chance.choice(syllables) for _ in range(chance.randint(2, 4))).title()

    names = [f"{word()} {word()} Trading Ltd" for _ in range(4_000)]
    rows = [(f"a{number}", name) for number, name in enumerate(names)]
    for number, name in enumerate(names[:500]):
        position = chance.randrange(len(name) - len(" Trading Ltd"))
        rows.append((f"b{number}", name[:position] + chance.choice("xqw") + name[position + 1 :]))
    pairs = {(one.left, one.right) for one in propose(rows)}
    assert sum((f"a{number}", f"b{number}") in pairs for number in range(500)) >= 490
