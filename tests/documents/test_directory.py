"""The directory and its alias table. Rules held here:

1. The same documents again change nothing: joins are idempotent.
2. Documents that contradict each other in no order answer the same in every order; if one order is without a conflict,
   all are.
3. A forged document, first or last, never gives a registered enterprise's id to another. An id without a register that
   two enterprises claim belongs to neither, and is named.
4. A party that names two enterprises teaches nothing, and both are named.
5. Every id has one row that says whose it is, why and since when.
6. A person's decision comes before documents; the last one counts; none joins two registered enterprises.
7. Ids that look alike never silently become two enterprises; white space and width make no second id.
8. A document teaches of its author alone, and who is author rests on the register and on rulings, whatever documents say.
"""

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from document_samples import OTHER, SELLER, code, document, party
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chain.documents.aliases import ALONE, GIVEN, HEARSAY, NAMED, PERSON, REGISTER, REGISTERED, TOGETHER, Ruling
from chain.documents.directory import Directory, identifier_of
from chain.documents.model import DocumentType, Party, PartyIdentifier
from chain.network import Enterprise, Network
from tests.effort import examples

GLNS = [("ICD:0088", number) for number in ("7300010000001", "4012345000009", "5790000435975")]
OTHERS = [
    ("VAT", "DE136695976"), ("VAT", "FR61954506077"), ("ICD:0192", "988077917"), ("IBAN", "DE89370400440532013000"),
]  # fmt: skip
CODES = [("USCC", code(n)) for n in range(3)]
IDS = CODES + GLNS + OTHERS
PARTIES = st.lists(st.lists(st.sampled_from(IDS), min_size=1, max_size=3, unique=True), max_size=10)


def with_ids(*ids: tuple[str, str], name: str = "甲") -> Party:
    return Party(name=name, identifiers=tuple(PartyIdentifier(scheme=scheme, value=value) for scheme, value in ids))


def paper(ids, number: int = 0, name: str = "甲"):
    return document(DocumentType.DESPATCH_ADVICE, f"D{number}", seller=with_ids(*ids, name=name), buyer=None)


def papers(parties):
    return [paper(ids, number) for number, ids in enumerate(parties)]


def network(*ids: str) -> Network:
    return Network(name="n", enterprises=tuple(Enterprise(id=one, name=one, roles=()) for one in ids), lines=())


REGISTER_OF_TWO = network(f"USCC:{code(0)}", f"USCC:{code(1)}")
REGISTERED_IDS = {enterprise.id for enterprise in REGISTER_OF_TWO.enterprises}


def answers(directory: Directory) -> dict[tuple[str, str], str]:
    return {one: directory.resolve(with_ids(one)) for one in IDS}


def conflicts(directory: Directory) -> list[str]:
    return [finding.rule for finding in directory.findings if finding.rule == "IdentityConflict"]


@given(PARTIES)
def test_the_same_documents_again_change_nothing(parties):
    documents = papers(parties)
    once, twice = Directory.from_documents(documents), Directory.from_documents(documents + documents)
    assert answers(once) == answers(twice)
    assert once.alias_table() == twice.alias_table()
    assert once.findings == twice.findings


@settings(max_examples=examples(200))
@given(PARTIES, st.randoms(use_true_random=False), st.sampled_from([None, REGISTER_OF_TWO]))
def test_without_a_contradiction_the_order_does_not_matter(parties, random, register):
    documents = papers(parties)
    shuffled = random.sample(documents, len(documents))
    one, other = Directory.from_documents(documents, register), Directory.from_documents(shuffled, register)
    assert bool(conflicts(one)) == bool(conflicts(other))
    if not conflicts(one):
        assert answers(one) == answers(other)


@settings(max_examples=examples(200))
@example(
    [[CODES[0], OTHERS[0]], [OTHERS[0], OTHERS[1]]], [[CODES[1], OTHERS[0]], [OTHERS[1], CODES[1]]], False
)  # the link is contested first, then taken from
@example(
    [[CODES[0], OTHERS[2]], [GLNS[0], OTHERS[1]], [OTHERS[1], OTHERS[2]]], [[CODES[1], OTHERS[2]]], False
)  # two ids lose their enterprise together
@example(
    [[CODES[0], GLNS[1]], [OTHERS[3], GLNS[1]]], [[CODES[1], GLNS[0], OTHERS[3]]], False
)  # what another's id without a register led to, it claims
@example([[CODES[0], GLNS[0]], [GLNS[0], GLNS[1]]], [[GLNS[1], OTHERS[0]]], False)  # and so does nobody known
@example(
    [[CODES[0], OTHERS[0]], [OTHERS[2], OTHERS[0]]], [[CODES[1], OTHERS[2], OTHERS[0]]], False
)  # the link and what it led to are claimed in one paper
@given(PARTIES, PARTIES, st.booleans())
def test_a_forged_document_moves_nothing_between_two_registered_enterprises(honest, forged, first):
    before = Directory.from_documents(papers(honest), REGISTER_OF_TWO)
    after = Directory.from_documents(
        papers(forged) + papers(honest) if first else papers(honest) + papers(forged), REGISTER_OF_TWO
    )
    registered = {enterprise.id for enterprise in REGISTER_OF_TWO.enterprises}
    for one, answer in answers(before).items():
        if answer in registered and (not first or str(identifier_of(":".join(one))) == answer):
            assert before.enterprise(after.resolve(with_ids(one))) == answer, (
                "it is among what was the enterprise's own"
            )
    for ids in honest:
        own = [f"{scheme}:{value}" for scheme, value in ids if f"{scheme}:{value}" in registered]
        if own:
            assert after.resolve(with_ids(*ids)) in own


def test_a_party_that_names_two_enterprises_teaches_nothing_and_both_are_named():
    forged = paper([("USCC", SELLER), ("USCC", OTHER), GLNS[0]])
    directory = Directory.from_documents([forged])
    assert directory.resolve(with_ids(GLNS[0])) == "ICD:0088:7300010000001"
    (finding,) = directory.findings
    assert {finding.values["left"], finding.values["right"]} == {f"USCC:{SELLER}", f"USCC:{OTHER}"}
    assert finding.path == forged.source.path


@pytest.mark.parametrize("owners", [(("USCC", SELLER), ("USCC", OTHER)), (("USCC", SELLER), ("VAT", "DE136695976"))])
def test_an_id_without_a_register_that_two_claim_belongs_to_neither_and_both_are_named(owners):
    documents = papers([[owner, GLNS[0]] for owner in owners])
    for order in (documents, documents[::-1]):
        directory = Directory.from_documents(order)
        assert directory.resolve(with_ids(GLNS[0])) == "ICD:0088:7300010000001"
        (finding,) = directory.findings
        assert finding.rule == "IdentityContested"
        assert {finding.values["left"], finding.values["right"]} == {":".join(owner) for owner in owners}
        assert len(finding.documents) == 2
    ruling = ruled("ICD:0088:7300010000001", f"USCC:{SELLER}")
    assert Directory.from_documents(documents, rulings=[ruling]).resolve(with_ids(GLNS[0])) == f"USCC:{SELLER}"


def test_a_registration_that_two_claim_belongs_to_neither():
    documents = papers([[("USCC", SELLER), OTHERS[0]], [("USCC", OTHER), OTHERS[0]]])
    for order in (documents, documents[::-1]):
        directory = Directory.from_documents(order)
        assert directory.resolve(with_ids(OTHERS[0])) == ":".join(OTHERS[0])
        assert [finding.rule for finding in directory.findings] == ["IdentityContested"]


# --------------------------------------------------------------------------------------------------------- authorship


@given(PARTIES, PARTIES)
def test_a_document_teaches_of_its_author_alone(honest, others):
    """Whatever it says of the other side joins nothing, in whatever place it stands."""
    documents = papers(honest)
    said = [
        replace(documents[n % len(documents)], buyer=with_ids(*ids), keeper=with_ids(*ids))
        for n, ids in enumerate(others)
        if documents
    ]
    one, other = Directory.from_documents(documents), Directory.from_documents(documents + said)
    assert answers(one) == answers(other)


def test_an_authors_own_document_joins_what_others_wrote_of_it_before():
    both = with_ids(("USCC", OTHER), GLNS[0])
    hearsay = document(DocumentType.INVOICE, "I1", seller=party(SELLER), buyer=both)
    own = document(DocumentType.ORDER, "O1", seller=party(SELLER), buyer=both)
    told = Directory.from_documents([hearsay])
    assert told.resolve(with_ids(GLNS[0])) == ":".join(GLNS[0])
    assert {row.template for row in told.alias_table(":".join(GLNS[0]))} == {HEARSAY}
    written = Directory.from_documents([hearsay, own])
    assert written.resolve(with_ids(GLNS[0])) == f"USCC:{OTHER}"
    assert {row.template for row in written.alias_table() if row.alias == ":".join(GLNS[0])} == {TOGETHER}


@given(PARTIES, PARTIES)
def test_whose_document_it_is_rests_on_the_register_and_rulings_whatever_documents_say(parties, asked):
    ruling = ruled(":".join(GLNS[0]), f"USCC:{code(0)}")
    empty = Directory(REGISTER_OF_TWO, [ruling])
    taught = Directory.from_documents(papers(parties), REGISTER_OF_TWO, [ruling])
    for ids in asked:
        owner = with_ids(*ids)
        assert taught.known(owner) == empty.known(owner)
        named = {code(n) for n in (0, 1) if ("USCC", code(n)) in ids or (n == 0 and GLNS[0] in ids)}
        if len(named) == 2:
            assert taught.known(owner) is None
        elif named:
            assert taught.known(owner) == taught.resolve(owner) == f"USCC:{min(named)}"
        assert taught.by_alias_alone(owner) == (len(named) != 1 and taught.resolve(owner) in REGISTERED_IDS)


@settings(max_examples=examples(300))
@given(
    PARTIES, st.randoms(use_true_random=False), st.sampled_from([None, REGISTER_OF_TWO]),
    st.lists(st.tuples(st.sampled_from(IDS), st.sampled_from(IDS), st.booleans()), max_size=3),
)  # fmt: skip
def test_asking_between_documents_changes_no_answer(parties, random, register, decisions):
    """Joins that are made at once say what those say that are made document by document, whatever persons decided."""
    rulings = [ruled(":".join(one), ":".join(other), belongs) for one, other, belongs in decisions]
    asked = Directory(register, rulings)
    once = Directory.from_documents(papers(parties), register, rulings)
    for one in papers(parties):
        asked.learn(one)
        if random.random() < 0.5:
            answers(asked)
    assert answers(asked) == answers(once)
    assert asked.findings == once.findings


@pytest.mark.parametrize(
    ("parties", "decision"),
    [
        # The last one joins nothing new, and what it writes beside a claimed id is contested with that all the same.
        ([[OTHERS[2], CODES[1]], [OTHERS[0], OTHERS[2], CODES[0]], [GLNS[0], OTHERS[0]]], (CODES[0], GLNS[0])),
        # An account that somebody without a registration wrote beside a contested id, and nobody claimed before the last one.
        ([[OTHERS[1], GLNS[0]], [CODES[0], OTHERS[0], GLNS[0]], [GLNS[0], OTHERS[3]], [CODES[1], OTHERS[3]]], None),
    ],
)
def test_what_is_contested_is_so_whenever_anybody_asks(parties, decision):
    rulings = [ruled(":".join(decision[0]), ":".join(decision[1]), True)] if decision else []
    asked, once = Directory(None, rulings), Directory.from_documents(papers(parties), None, rulings)
    for one in papers(parties):
        asked.learn(one)
        answers(asked)
    assert answers(asked) == answers(once)
    assert asked.findings == once.findings


# -------------------------------------------------------------------------------------------------------- alias table


@given(PARTIES, st.sampled_from([None, REGISTER_OF_TWO]))
def test_every_id_has_one_row_and_it_says_whose_it_is(parties, register):
    directory = Directory.from_documents(papers(parties), register)
    rows = [row for row in directory.alias_table() if not row.alias.startswith("NAME:")]
    assert len({row.alias for row in rows}) == len(rows)
    seen = {f"{scheme}:{value}" for ids in parties for scheme, value in ids}
    registered = {enterprise.id for enterprise in register.enterprises} if register else set()
    assert {row.alias for row in rows} == seen | registered
    for row in rows:
        assert directory.enterprise(row.alias) == row.enterprise
        assert row.alias in directory.aliases(row.enterprise)
        assert row.reason("en")
        assert row.reason("zh") != row.reason("en")


def test_the_table_says_why_and_since_when():
    documents = papers([[("USCC", SELLER), GLNS[0]], [GLNS[1]]])
    table = {row.alias: row for row in Directory.from_documents(documents, network(f"USCC:{SELLER}")).alias_table()}
    known, beside, alone = table[f"USCC:{SELLER}"], table["ICD:0088:7300010000001"], table["ICD:0088:4012345000009"]
    assert (known.template, known.source, known.since) == (REGISTERED, REGISTER, None)
    assert (beside.enterprise, beside.template, beside.since) == (f"USCC:{SELLER}", TOGETHER, date(2026, 5, 1))
    assert beside.source == f"despatch_advice|USCC:{SELLER}|D0"
    assert beside.reason() == f"a document writes it beside USCC:{SELLER}"
    assert (alone.template, alone.enterprise) == (ALONE, alone.alias)
    assert table["NAME:甲"].template == NAMED


def test_one_enterprises_rows_are_found_by_any_of_its_ids():
    directory = Directory.from_documents(papers([[("USCC", SELLER), GLNS[0]], [GLNS[1]]]))
    by_code, by_gln = (directory.alias_table(one) for one in (f"USCC:{SELLER}", "ICD:0088:7300010000001"))
    assert by_code == by_gln
    assert {row.alias for row in by_code} == {f"USCC:{SELLER}", "ICD:0088:7300010000001", "NAME:甲"}


# ------------------------------------------------------------------------------------------------- persons' decisions


def ruled(alias, enterprise, belongs=True):
    return Ruling(alias, enterprise, belongs, "extract of the register", date(2026, 6, 1))


def test_a_persons_decision_comes_before_documents():
    given = ruled("ICD:0088:7300010000001", f"USCC:{SELLER}")
    directory = Directory.from_documents(papers([[("USCC", OTHER), GLNS[0]]]), rulings=[given])
    assert directory.resolve(with_ids(GLNS[0])) == f"USCC:{SELLER}"
    assert conflicts(directory) == ["IdentityConflict"]
    row = next(row for row in directory.alias_table() if row.alias == given.alias)
    assert (row.template, row.source, row.since) == (GIVEN, PERSON, date(2026, 6, 1))
    assert "extract of the register" in row.reason()


def test_what_a_person_took_away_no_document_brings_back_and_the_rest_still_joins():
    taken = ruled("ICD:0088:7300010000001", f"USCC:{SELLER}", belongs=False)
    documents = papers([[("USCC", SELLER), GLNS[0], ("VAT", "DE136695976")]])
    directory = Directory.from_documents(documents, rulings=[taken])
    assert directory.resolve(with_ids(GLNS[0])) == "ICD:0088:7300010000001"
    assert directory.resolve(with_ids(("VAT", "DE136695976"))) == f"USCC:{SELLER}"
    again = Directory.from_documents(documents, rulings=[taken, ruled(taken.alias, taken.enterprise)])
    assert again.resolve(with_ids(GLNS[0])) == f"USCC:{SELLER}"


@pytest.mark.parametrize(
    "claimed",
    [[[2, 3, 1]], [[2, 3], [3, 1]], [[2, 3], [3, 4], [4, 1]]],
    ids=["at once", "by its second id", "by a third"],
)
def test_what_a_person_took_away_no_other_registration_of_that_enterprise_claims(claimed):
    """The contest ends, whichever of its ids the claimant writes beside what is not its own."""
    ids = {1: GLNS[0], 2: CODES[1], 3: ("LEI", "213800KUD8LAJWSQ9D15"), 4: ("ICD:0192", "988077917")}
    documents = papers([[CODES[0], GLNS[0]], *([ids[one] for one in paper] for paper in claimed)])
    taken = ruled(":".join(GLNS[0]), f"USCC:{code(1)}", belongs=False)
    for order in (documents, documents[::-1]):
        directory = Directory.from_documents(order, REGISTER_OF_TWO, [taken])
        assert directory.resolve(with_ids(GLNS[0])) == f"USCC:{code(0)}"
        assert directory.resolve(with_ids(ids[3])) == f"USCC:{code(1)}"
        assert not directory.findings
        assert Directory.from_documents(order, REGISTER_OF_TWO).resolve(with_ids(GLNS[0])) != f"USCC:{code(0)}"


@given(st.lists(st.tuples(st.sampled_from(IDS), st.sampled_from(IDS), st.booleans()), max_size=8), PARTIES)
def test_no_decision_joins_two_registered_enterprises(decisions, parties):
    rulings = [ruled(":".join(alias), ":".join(enterprise), belongs) for alias, enterprise, belongs in decisions]
    directory = Directory.from_documents(papers(parties), REGISTER_OF_TWO, rulings)
    assert len({directory.resolve(party(code(n))) for n in range(3)}) == 3
    last = {(ruling.alias, ruling.enterprise): ruling.belongs for ruling in rulings}
    for (alias, enterprise), belongs in last.items():
        if not belongs and alias != enterprise:
            assert directory.enterprise(alias) != directory.enterprise(enterprise)


# -------------------------------------------------------------------------------------------------------- look-alikes


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (("USCC", SELLER), ("USCC", SELLER.replace("M", "М"))),  # Cyrillic
        (("USCC", SELLER), ("USCC", "O".join(SELLER.split("0")))),
        (("USCC", SELLER), ("TAX", "CN-" + SELLER.replace("1", "I", 1))),
        (("TAX", "GB-AC0012345"), ("TAX", "GB-АC0012345")), (("TAX", "GB-AC0012345"), ("TAX", "GB-ΑCOO12345")),
    ],
)  # fmt: skip
def test_ids_that_look_alike_are_both_named(left, right):
    for order in ([left, right], [right, left]):
        directory = Directory.from_documents(papers([[one] for one in order]))
        (finding,) = directory.findings
        assert finding.rule == "IdentityLookalike"
        named = {directory.enterprise(finding.values[side]) for side in ("left", "right")}
        assert named == {directory.resolve(with_ids(left)), directory.resolve(with_ids(right))}
        assert len(named) == len(finding.documents) == 2


def test_white_space_and_width_make_no_second_id():
    wide = "".join(chr(ord(character) + 0xFEE0) for character in SELLER)
    spaced = "\u00a0".join(SELLER) + "\u200b"
    directory = Directory.from_documents(papers([[("USCC", one)] for one in (SELLER, wide, spaced, SELLER.lower())]))
    assert {directory.resolve(with_ids(("USCC", one))) for one in (wide, spaced)} == {f"USCC:{SELLER}"}
    assert directory.findings == ()


def test_look_alikes_of_one_enterprise_are_no_finding():
    both = [("TAX", "GB-AC0012345"), ("TAX", "GB-ACOO12345")]
    assert Directory.from_documents(papers([both])).findings == ()


def test_a_thousand_look_alikes_make_no_million_findings():
    values = ["".join("O" if n >> bit & 1 else "0" for bit in range(10)) + "1X" for n in range(1_000)]
    directory = Directory.from_documents(papers([[("TAX", f"GB-{value}")] for value in values]))
    assert 999 <= len(directory.findings) <= 8_000


# ----------------------------------------------------------------------------------------------------------- many ids


def gln(number: int) -> tuple[str, str]:
    """Twelve digits and their check digit."""
    digits = f"7300{number:08d}"
    weighed = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return "ICD:0088", f"{digits}{-weighed % 10}"


def calls(of: Callable[[], object]) -> int:
    """How many functions are called: work, whatever the clock says."""
    count, before = 0, sys.getprofile()

    def called(frame: object, event: str, what: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(called)
    try:
        of()
    finally:
        sys.setprofile(before)
    return count


def of_one_enterprise(count: int, contested: bool) -> list:
    """Papers of one author, each with one id more of its own; beside a VAT number that another one claims, too."""
    beside = [OTHERS[0]] if contested else []
    first = [paper([CODES[1], *beside], 1_000_000)] if contested else []
    return first + [paper([CODES[0], gln(number), *beside], number) for number in range(count)]


@pytest.mark.parametrize("contested", [False, True])
def test_an_id_more_of_ones_own_costs_no_more_than_the_first(contested):
    def learn(count: int) -> int:
        documents = of_one_enterprise(count, contested)
        return calls(lambda: answers(Directory.from_documents(documents)))

    directory = Directory.from_documents(of_one_enterprise(9, contested))
    assert (directory.enterprise(":".join(gln(3))) == ":".join(CODES[0])) is not contested
    learn(800)  # so that what is remembered of ids by themselves costs nothing
    assert learn(800) - learn(400) <= 2.1 * (learn(400) - learn(200))


def test_one_paper_more_beside_a_contested_id_looks_at_each_paper_a_few_times():
    def learn_one_more(count: int) -> int:
        documents = of_one_enterprise(count, contested=True)
        directory = Directory.from_documents(documents[:-1])
        assert directory.findings
        return calls(lambda: (directory.learn(documents[-1]), directory.version))

    assert learn_one_more(800) <= 2.1 * learn_one_more(400)
