"""Identity. Rules held here:

1. However a number is re-typed (width, case, spaces, punctuation, leading zeros, letters that look Latin), it normalises to
   the same text; but where its digits are parted, numbers that part them otherwise are others.
2. Normalising twice changes nothing, and nothing with a letter or digit becomes empty.
3. A check digit catches every single wrong character of a USCC, an LEI.
4. The enterprise's id is its best valid one; names decide nothing when an id exists; a failed check never passes.
5. The same facts in another file have the same digest; another fact has another.
6. A blinded identity depends on the network's key and on nothing else.
7. A directory joins ids that stand together, never two registered enterprises, and prefers the network's id.
"""

import unicodedata
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from document_samples import BUYER, OTHER, SELLER, code, document, party, trade
from hypothesis import example, given, settings
from hypothesis import strategies as st
from stdnum.cn import uscc

from chain.documents.checks import (
    is_legal_entity_identifier,
    is_unified_social_credit_code,
    is_value_added_tax_number,
)
from chain.documents.directory import Directory
from chain.documents.identity import (
    blinded_identity,
    canonical_digest,
    document_key,
    enterprise_id,
    normalised_number,
)
from chain.documents.lookalikes import latin
from chain.documents.model import (
    DocumentLine,
    DocumentReference,
    DocumentType,
    Means,
    Party,
    PartyIdentifier,
    Publicity,
    Source,
    TradeDocument,
)
from chain.network import Enterprise, Network
from tests.effort import examples

GOOD_LEI = "213800KUD8LAJWSQ9D15"
plain = st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=20)


def widened(text: str) -> str:
    return "".join(chr(ord(character) + 0xFEE0) if "!" <= character <= "~" else character for character in text)


@given(plain, st.data())
def test_a_retyped_number_normalises_to_the_same(number, data):
    def between(left: str, right: str) -> str:
        digits = left.isdigit() and right.isdigit()
        return data.draw(
            st.sampled_from(["", "\u200b"] if digits else ["", "-", " ", "/", "_", "．", "—", "\u3000", "#"])
        )

    retyped = "".join(between(*pair) + pair[1] for pair in zip(" " + number, number, strict=False))
    writings = [retyped, retyped.lower(), widened(retyped), unicodedata.normalize("NFD", retyped), f" {retyped} "]
    assert {normalised_number(writing) for writing in writings} == {normalised_number(number)}


@given(st.from_regex(r"[A-Z]{1,4}[1-9][0-9]{0,8}", fullmatch=True), st.integers(1, 6))
def test_leading_zeros_of_a_run_of_digits_do_not_count(number, zeros):
    position = next(index for index, character in enumerate(number) if character.isdigit())
    assert normalised_number(number[:position] + "0" * zeros + number[position:]) == normalised_number(number)


@given(st.text(min_size=1, max_size=40))
@example("ŉ")
@example("ﬃ①½")
@example("٣٤")
def test_normalising_twice_changes_nothing(number):
    once = normalised_number(number)
    assert normalised_number(once) == once
    assert once or not number.strip()


@pytest.mark.parametrize(("left", "right"), [("INV-0012", "ＩＮＶ－００１２"), ("INV-0012", "inv 12"), ("A/1", "A.1")])
def test_the_writings_of_the_documentation_are_one_number(left, right):
    assert normalised_number(left) == normalised_number(right)


SEPARATOR = st.sampled_from(["-", "/", ".", " ", "—", " - ", "\u00a0", "－"])


@given(
    st.lists(st.integers(0, 999), min_size=1, max_size=4),
    st.lists(st.integers(0, 999), min_size=1, max_size=4),
    st.data(),
)
def test_numbers_that_part_their_digits_otherwise_are_others(left, right, data):
    def write(numbers):
        return "".join(f"{data.draw(SEPARATOR) if n else 'INV '}{number:0{data.draw(st.integers(1, 4))}}"
                       for n, number in enumerate(numbers))  # fmt: skip

    assert (normalised_number(write(left)) == normalised_number(write(right))) == (left == right)


@pytest.mark.parametrize("number", ["INV-A1", "POST-7", "XEK/12", "COMBO"])
def test_a_number_in_letters_that_look_latin_is_the_same_number(number):
    for letters in ("АВЕЅІЈКМНОРСТУХ", "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"):
        alike = number.translate({ord(skeleton_of): ord(c) for c in letters for skeleton_of in latin(c)})
        assert normalised_number(alike) == normalised_number(number)


def test_different_numbers_stay_different():
    numbers = ["INV-1", "INV-10", "INV-100", "INW-1", "INV-0", "1", "10", "A1B2", "A1B20"]
    assert len({normalised_number(number) for number in numbers}) == len(numbers)


def test_the_standards_own_example_of_a_credit_code_is_valid():
    assert is_unified_social_credit_code("91350100M000100Y43")


def test_a_credit_code_whose_weighted_sum_is_a_multiple_of_31_ends_in_zero():
    stem = next(s for s in (f"91350100M{n:08d}" for n in range(200)) if uscc.calc_check_digit(s) == "0")
    assert is_unified_social_credit_code(stem + "0")


def test_a_credit_code_may_begin_with_letters_which_the_library_refuses():
    stem = "N2350100MF1234567"
    assert is_unified_social_credit_code(stem + uscc.calc_check_digit(stem))
    assert not uscc.is_valid(stem + uscc.calc_check_digit(stem))


@given(st.integers(0, 99_999_999), st.integers(0, 17), st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY"))
def test_one_wrong_character_of_a_credit_code_is_caught(serial, position, character):
    good = code(serial)
    changed = good[:position] + character + good[position + 1 :]
    assert is_unified_social_credit_code(good)
    assert is_unified_social_credit_code(changed) == (changed == good)


@given(st.integers(0, 19), st.data())
def test_one_wrong_character_of_an_lei_is_caught(position, data):
    """A digit for a digit, a letter for a letter: mod 97 sees these always (a letter for a digit, nearly always)."""
    alphabet = "0123456789" if GOOD_LEI[position].isdigit() else "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    character = data.draw(st.sampled_from(alphabet))
    changed = GOOD_LEI[:position] + character + GOOD_LEI[position + 1 :]
    assert is_legal_entity_identifier(changed) == (changed == GOOD_LEI)


def test_an_lei_has_twenty_characters_which_the_library_does_not_check():
    assert not is_legal_entity_identifier(GOOD_LEI[:18])
    assert not is_legal_entity_identifier("00" + GOOD_LEI)


@pytest.mark.parametrize(
    ("number", "valid"),
    [("DE136695976", True), ("DE136695977", False), ("EL094259216", True), ("NO995525828MVA", True), ("ZZ12345", True),
     ("DE", False), ("12345", False), ("XX_1", False)],
)  # fmt: skip
def test_vat_numbers_follow_the_national_rule_where_there_is_one(number, valid):
    assert is_value_added_tax_number(number) is valid


def test_the_best_valid_id_names_the_enterprise():
    ids = [
        ("ICD:0088", "7300010000001"),
        ("TAX", "CN-123456"),
        ("VAT", "DE136695976"),
        ("LEI", GOOD_LEI),
        ("USCC", SELLER),
    ]
    identifiers = [PartyIdentifier(scheme=scheme, value=value) for scheme, value in ids]
    for count in range(len(ids), 0, -1):
        best = identifiers[count - 1]
        expected = "TAX:CN123456" if best.scheme == "TAX" else str(best)
        assert enterprise_id(Party(name="x", identifiers=tuple(identifiers[:count]))) == expected


def test_an_id_that_fails_its_check_never_passes_for_a_checked_one():
    wrong = Party(name="A", identifiers=(PartyIdentifier(scheme="USCC", value=SELLER[:-1] + "!"),))
    assert enterprise_id(wrong).startswith("TAX:")
    also_right = PartyIdentifier(scheme="ICD:0192", value="987654325")
    assert enterprise_id(Party(identifiers=(*wrong.identifiers, also_right))) == "ICD:0192:987654325"


def test_a_name_decides_only_when_there_is_no_id():
    assert enterprise_id(Party(name="示例（广东）有限公司")) == enterprise_id(Party(name="示例(广东)有限公司"))
    assert enterprise_id(party(SELLER, "甲")) == enterprise_id(party(SELLER, "乙")) != enterprise_id(party(BUYER, "甲"))


def test_orders_and_receipts_are_numbered_by_the_buyer_and_invoices_by_the_seller():
    found = trade()
    assert document_key(found["order"]) == f"order|USCC:{BUYER}|PO1"
    assert document_key(found["receipt"]) == f"receipt_advice|USCC:{BUYER}|RA1"
    assert document_key(found["invoice"]) == f"invoice|USCC:{SELLER}|INV1"


def test_the_digest_is_of_the_facts_and_not_of_the_file():
    first = trade()["invoice"]
    elsewhere = replace(first, source=replace(first.source, path="b", sha256="f" * 64))
    assert canonical_digest(first) == canonical_digest(elsewhere)
    assert canonical_digest(first) != canonical_digest(replace(first, payable_minor=1))
    assert canonical_digest(first) != canonical_digest(replace(first, issue_date=date(2026, 5, 2)))


def test_a_quantity_has_one_writing():
    written = {name: DocumentLine("1", quantity=Decimal(name)).quantity for name in ("0", "-0", "0.00", "1.50", "1.5")}
    assert {name: str(quantity) for name, quantity in written.items()} == {
        "0": "0", "-0": "0", "0.00": "0", "1.50": "1.5", "1.5": "1.5",
    }  # fmt: skip


def test_digests_that_stand_on_chain_stay_what_they_are():
    """A field that documents get later must not change the digest of those that have none of it."""
    document = TradeDocument(
        type=DocumentType.INVOICE, number="INV-1", seller=Party("S", (PartyIdentifier("USCC", SELLER),), "CN"),
        source=Source("x"), buyer=Party("B", (PartyIdentifier("VAT", "DE136695976"),)), issue_date=date(2026, 5, 1),
        currency="CNY", net_minor=100, tax_minor=13, payable_minor=113,
        lines=(DocumentLine("1", quantity=Decimal("1.50"), unit="KGM", net_minor=100),),
        orders=(DocumentReference("PO-1"),),
    )  # fmt: skip
    assert canonical_digest(document).hex() == "75e9392a2960979eb75c528dfb1ea9090c635011c018fda9afe894d2eecc8e15"
    told = replace(document, publicity=Publicity(Means.NOTICE, 1))
    assert canonical_digest(told) != canonical_digest(document)
    assert canonical_digest(told) != canonical_digest(replace(document, publicity=Publicity(Means.NOTICE, 2)))


@given(st.text(min_size=1, max_size=50), st.binary(min_size=16, max_size=64), st.binary(min_size=16, max_size=64))
def test_a_blinded_identity_depends_on_the_network_key_alone(key, network_key, other):
    identity = blinded_identity(key, network_key)
    assert len(identity) == 32
    assert identity == blinded_identity(key, network_key)
    assert (identity == blinded_identity(key, other)) == (network_key.rstrip(b"\0") == other.rstrip(b"\0"))


def test_a_short_network_key_is_refused():
    with pytest.raises(ValueError, match="16 bytes"):
        blinded_identity("invoice|x|1", b"short")


# ---------------------------------------------------------------------------------------------------------- directory


def with_ids(*ids: tuple[str, str], name: str = "甲") -> Party:
    return Party(name=name, identifiers=tuple(PartyIdentifier(scheme=scheme, value=value) for scheme, value in ids))


GLN = ("ICD:0088", "7300010000001")
VAT = ("VAT", "DE136695976")


def directory_of(*parties: Party, network: Network | None = None) -> Directory:
    documents = [document(DocumentType.DESPATCH_ADVICE, f"D{n}", seller=one) for n, one in enumerate(parties)]
    return Directory.from_documents(documents, network)


def test_ids_that_stand_together_belong_together():
    directory = directory_of(with_ids(GLN, VAT), with_ids(VAT, ("USCC", SELLER)))
    assert {directory.resolve(with_ids(one)) for one in (GLN, VAT, ("USCC", SELLER))} == {f"USCC:{SELLER}"}
    assert f"USCC:{SELLER}" in directory.reason(with_ids(GLN))


def test_the_networks_id_is_preferred():
    network = Network(name="n", enterprises=(Enterprise(id="VAT:DE136695976", name="甲", roles=()),), lines=())
    directory = directory_of(with_ids(VAT, ("USCC", SELLER)), network=network)
    assert directory.resolve(party(SELLER)) == "VAT:DE136695976"


def test_two_registered_enterprises_never_become_one():
    forged = with_ids(("USCC", SELLER), ("USCC", OTHER))
    bridging = (with_ids(("USCC", SELLER), GLN), with_ids(("USCC", OTHER), GLN))
    for parties, rule in (((forged,), "IdentityConflict"), (bridging, "IdentityContested")):
        directory = directory_of(*parties)
        assert directory.resolve(party(SELLER)) != directory.resolve(party(OTHER))
        assert [finding.rule for finding in directory.findings] == [rule]


def test_the_same_name_makes_nobody_the_same():
    directory = directory_of(party(SELLER, "甲"), Party(name="甲"))
    assert directory.resolve(Party(name="甲")) == "NAME:甲"
    assert "names never decide" in directory.reason(Party(name="甲"))


IDS = [("USCC", code(n)) for n in range(3)] + [VAT, ("VAT", "FR61954506077"), GLN, ("ICD:0192", "987654325")]


@settings(max_examples=examples(60))
@given(st.lists(st.lists(st.sampled_from(IDS), min_size=1, max_size=3, unique=True), max_size=12))
def test_whatever_documents_say_different_registrations_stay_apart(parties):
    directory = directory_of(*(with_ids(*ids) for ids in parties))
    resolved = [directory.resolve(party(code(n))) for n in range(3)]
    assert len(set(resolved)) == 3
    for ids in parties:
        assert directory.resolve(with_ids(*ids)) == directory.resolve(with_ids(*ids, name="another name"))


@given(st.lists(st.lists(st.sampled_from(IDS), min_size=1, max_size=2, unique=True), max_size=6))
@settings(max_examples=examples(40))
def test_an_alias_of_the_issuer_makes_no_second_document(parties):
    directory = directory_of(*(with_ids(*ids) for ids in parties))
    for ids in parties:
        keys = {
            directory.key(document(DocumentType.INVOICE, "INV-1", seller=with_ids(one)))
            for one in ids
            if one[1] in " ".join(directory.aliases(directory.resolve(with_ids(*ids))))
        }
        assert len(keys) <= 1
