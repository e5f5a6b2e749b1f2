"""The generated world: its size, its figures, its network, and what is planted in it.

1. The same arguments give the same world and the same bytes, in any process.
2. The default world has at least the size that the demo needs, and four tiers below each core enterprise.
3. All codes are valid; no two enterprises share one.
4. Price times quantity, tax and totals add up exactly in every document; damage is done to files, not to documents.
5. Dates follow one another: order, despatch, receipt, invoice; due 30 to 150 days after the batch.
6. References point to documents of the same partners in the world.
7. The network names only its own enterprises; lines are granted by banks to core enterprises; several banks an issuer.
8. Every kind of irregularity is planted, and names files that exist.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import ean
from stdnum.cn import uscc

from chain.documents.checks import is_unified_social_credit_code
from chain.documents.identity import best_identifier, document_key, enterprise_id, is_valid
from chain.documents.model import DocumentType, TradeDocument
from chain.network import Role
from chain.world.enterprises import credit_code
from chain.world.generator import FIRST_BATCH, LAST_BATCH, make_world
from chain.world.model import Damage, FileFormat, Irregularity, World
from chain.world.paperwork import FOLDERS
from chain.world.writing import write_world
from tests.effort import examples

TODAY = date(2026, 11, 23)
MONEY = (DocumentType.ORDER, DocumentType.INVOICE, DocumentType.CREDIT_NOTE)
COPIES = (Irregularity.DUPLICATE, Irregularity.ANOTHER_FACE)

seeds = st.integers(min_value=0, max_value=2**32)


def digest(folder: Path) -> str:
    """SHA-256 over names and bytes of all files below."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            total.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def partners(document: TradeDocument) -> tuple[str, str | None]:
    return enterprise_id(document.seller), document.buyer and enterprise_id(document.buyer)


# ---- 1 determinism -----------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_world(world: World) -> None:
    assert make_world(1, TODAY) == world
    assert make_world(2, TODAY) != world


def test_another_process_writes_the_same_bytes(written: Path, tmp_path: Path) -> None:
    script = (
        "import sys; from datetime import date; from pathlib import Path\n"
        "from chain.world.generator import make_world; from chain.world.writing import write_world\n"
        f"write_world(make_world(1, date({TODAY.year}, {TODAY.month}, {TODAY.day})), Path(sys.argv[1]))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "12345"}
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True, env=environment)
    assert digest(tmp_path) == digest(written)


# ---- 2 size --------------------------------------------------------------------------------------------------------


def test_the_default_world_is_as_large_as_the_demo_needs(world: World) -> None:
    roles = Counter(role for enterprise in world.network.enterprises for role in enterprise.roles)
    assert roles[Role.BANK] >= 2
    assert roles[Role.CORE_ENTERPRISE] == 3
    assert roles[Role.KEEPER] >= 1
    assert roles[Role.GUARANTOR] >= 1
    assert roles[Role.REGULATOR] >= 1
    assert len(world.network.enterprises) >= 60
    assert len(world.documents) >= 400
    assert len(world.batches) >= 2
    assert {document.type for document in world.documents} == FOLDERS.keys() - {DocumentType.LOGISTICS_EVENT}
    assert {file.format for file in world.files} == set(FileFormat) - {FileFormat.CANONICAL}
    assert any(file.container for file in world.files)


def debts(documents: tuple[TradeDocument, ...]) -> dict[str, set[str]]:
    """Buyer → sellers, by invoices."""
    result: dict[str, set[str]] = defaultdict(set)
    for document in documents:
        if document.type is DocumentType.INVOICE and document.buyer:
            seller, buyer = partners(document)
            result[str(buyer)].add(seller)
    return result


@settings(max_examples=5, deadline=None)
@given(seed=seeds)
def test_every_core_enterprise_has_four_tiers_below_it_in_every_batch(seed: int) -> None:
    made = make_world(seed, TODAY)
    reached_by: dict[str, int] = Counter()
    for batch in made.batches:
        sellers = debts(batch.documents)
        for core in (e.id for e in made.network.enterprises if Role.CORE_ENTERPRISE in e.roles):
            level = {core}
            for tier in range(1, 5):
                level = {seller for buyer in level for seller in sellers[buyer] if made.tiers[seller] == tier}
                assert level, f"seed {seed}: {core} reaches no tier {tier} in {batch.name}"
                if batch is made.batches[0]:
                    reached_by.update(level)
    assert any(cores > 1 for cores in reached_by.values()), f"seed {seed}: no supplier is shared"


@settings(max_examples=3, deadline=None)
@given(seed=seeds, enterprises=st.integers(40, 160), documents=st.integers(400, 1200), cores=st.integers(1, 6))
def test_a_world_has_the_size_that_was_asked_for(seed: int, enterprises: int, documents: int, cores: int) -> None:
    made = make_world(seed, TODAY, enterprises=enterprises, documents=documents, cores=cores)
    assert len(made.network.enterprises) == enterprises
    assert len(made.documents) >= documents


def test_a_large_world_has_hubs() -> None:
    made = make_world(7, TODAY, enterprises=300, documents=5000, cores=6, banks=5, keepers=5)
    assert len(made.documents) >= 5000
    degree = Counter(len(sellers) for sellers in debts(made.documents).values())
    customers = Counter(seller for sellers in debts(made.documents).values() for seller in sellers)
    assert max(customers.values()) >= 4 * sorted(customers.values())[len(customers) // 2]
    assert len(degree) > 5


def test_a_world_too_small_for_four_tiers_is_refused() -> None:
    with pytest.raises(ValueError, match="at least"):
        make_world(1, TODAY, enterprises=12)
    with pytest.raises(ValueError, match="order of time"):
        make_world(1, TODAY, batch_days_ago=(30, 150))


# ---- 3 codes ---------------------------------------------------------------------------------------------------------


def test_all_codes_are_valid_and_nobody_shares_one(world: World) -> None:
    ids = [enterprise.id for enterprise in world.network.enterprises]
    assert len(set(ids)) == len(ids)
    assert len({enterprise.name for enterprise in world.network.enterprises}) == len(ids)
    for identity in ids:
        scheme, _, code = identity.partition(":")
        assert scheme == "USCC"
        assert uscc.is_valid(code)
        assert is_unified_social_credit_code(code)
    for document in world.documents:
        for party in (document.seller, document.buyer, document.keeper):
            if party is not None:
                assert is_valid(best_identifier(party))
                # The banks of accounts are no members of the network.
                bank = document.type is DocumentType.PAYMENT and party is document.keeper
                assert (enterprise_id(party) in ids) is not bank
                assert all(ean.is_valid(i.value) for i in party.identifiers if i.scheme == "ICD:0088")


@settings(max_examples=examples(200), deadline=None)
@given(randomness=st.randoms(use_true_random=False))
def test_any_credit_code_passes_both_checks(randomness) -> None:  # type: ignore[no-untyped-def]
    code = credit_code("310115", randomness)
    assert uscc.is_valid(code), code
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    values = [int(character, 36) for character in code[8:16]]
    check = 11 - sum(value * weight for value, weight in zip(values, weights, strict=True)) % 11
    assert code[16] == {10: "X", 11: "0"}.get(check, str(check)), code


# ---- 4 figures -------------------------------------------------------------------------------------------------------


@settings(max_examples=4, deadline=None)
@given(seed=seeds)
def test_every_document_adds_up_exactly(seed: int) -> None:
    for document in make_world(seed, TODAY).documents:
        if document.type in MONEY:
            assert document.net_minor == sum(line.net_minor or 0 for line in document.lines)
            assert document.tax_minor == document.net_minor * 13 // 100
            assert document.net_minor * 13 % 100 == 0, "no rounding anywhere"
            assert document.payable_minor == document.net_minor + document.tax_minor
            assert document.payable_minor > 0
        elif document.type in (DocumentType.PAYMENT, DocumentType.ASSIGNMENT):
            assert document.payable_minor == sum(reference.amount_minor or 0 for reference in document.invoices)
            assert document.payable_minor > 0
        elif document.type is DocumentType.WAREHOUSE_RECEIPT:
            assert document.payable_minor is not None, (
                "a keeper says what the goods are worth, so that a bank can lend on them"
            )
            assert document.payable_minor > 0
            assert document.currency is not None
        else:
            assert document.currency is None or document.type is DocumentType.ORDER_RESPONSE
            assert document.payable_minor is None
        for line in document.lines if document.type is not DocumentType.PAYMENT else ():
            assert line.quantity is not None
            assert line.quantity > 0
            if line.net_minor is not None:
                assert line.net_minor % line.quantity == 0, "the unit price is whole minor units"


def test_deliveries_and_invoices_do_not_exceed_their_order_unless_planted(world: World) -> None:
    planted = {
        path for kind in (*COPIES, Irregularity.OVER_INVOICED_ORDER) for p in world.planted(kind) for path in p.files
    }
    ordered = {d.number: d for d in world.documents if d.type is DocumentType.ORDER}
    for kind in (DocumentType.DESPATCH_ADVICE, DocumentType.RECEIPT_ADVICE):
        sums: Counter[tuple[str, str]] = Counter()
        for document in world.documents:
            if document.type is kind:
                for line in document.lines:
                    sums[document.orders[0].number, line.item or ""] += line.quantity  # type: ignore[assignment]
        spoilt = {world.file(path).document.orders[0].number for path in planted if "/invoices/" in path}
        for (order, item), quantity in sums.items():
            wanted = sum(line.quantity or 0 for line in ordered[order].lines if line.item == item)
            assert quantity <= wanted or order in spoilt
    invoiced: Counter[str] = Counter()
    for file in world.files:
        if file.document.type is DocumentType.INVOICE and file.path not in planted:
            invoiced[file.document.orders[0].number] += file.document.payable_minor or 0
    for number, minor in invoiced.items():
        assert minor <= (ordered[number].payable_minor or 0)
    partial = Counter(d.orders[0].number for d in world.documents if d.type is DocumentType.RECEIPT_ADVICE)
    assert sum(count > 1 for count in partial.values()) >= 10, "partial deliveries"


# ---- 5 dates -----------------------------------------------------------------------------------------------------------


@settings(max_examples=4, deadline=None)
@given(seed=seeds, today=st.dates(date(2024, 1, 1), date(2030, 12, 31)))
def test_papers_follow_one_another_within_their_batch(seed: int, today: date) -> None:
    made = make_world(seed, today)
    assert [batch.date for batch in made.batches] == [today - timedelta(days=150), today - timedelta(days=30)]
    by_number = {(d.type, d.number): d for d in made.documents}
    copies = {planted.files[-1] for kind in COPIES for planted in made.planted(kind)}
    for batch in made.batches:
        for file in batch.files:
            document = file.document
            assert document.issue_date is not None
            assert made.start <= document.issue_date <= batch.date
            if document.type is DocumentType.INVOICE and file.path not in copies:
                assert document.due_date is not None
                assert timedelta(days=30) <= document.due_date - batch.date <= timedelta(days=150)
                assert 30 <= (document.due_date - document.issue_date).days <= 150
                chain = [by_number[DocumentType.ORDER, document.orders[0].number]]
                chain += [by_number[DocumentType.DESPATCH_ADVICE, r.number] for r in document.despatches[-1:]]
                chain += [
                    by_number.get((DocumentType.RECEIPT_ADVICE, r.number))
                    or by_number[DocumentType.WAREHOUSE_RECEIPT, r.number]
                    for r in document.receipts[-1:]
                ]
                days = [d.issue_date for d in (*chain, document)]
                assert all(earlier <= later for earlier, later in pairwise(days))  # type: ignore[operator]


# ---- 6 references ------------------------------------------------------------------------------------------------------


def test_references_point_to_papers_of_the_same_partners(world: World) -> None:
    known: dict[tuple[str, str], TradeDocument] = {}
    for document in world.documents:
        known.setdefault((document.type, document.number), document)
    for document in world.documents:
        for references, kinds in (
            (document.orders, (DocumentType.ORDER,)),
            (document.despatches, (DocumentType.DESPATCH_ADVICE,)),
            (document.receipts, (DocumentType.RECEIPT_ADVICE, DocumentType.WAREHOUSE_RECEIPT)),
            (document.invoices, (DocumentType.INVOICE,)),
        ):
            for reference in references:
                found = [known[kind, reference.number] for kind in kinds if (kind, reference.number) in known]
                assert [partners(other) for other in found] == [partners(document)]


def test_only_planted_copies_share_a_key(world: World) -> None:
    keys = Counter(map(document_key, world.documents))
    copies = [planted for kind in COPIES for planted in world.planted(kind)]
    twice = {key for key, count in keys.items() if count > 1}
    assert twice == {document_key(world.file(planted.files[0]).document) for planted in copies}


# ---- 7 network -----------------------------------------------------------------------------------------------------------


@settings(max_examples=4, deadline=None)
@given(seed=seeds, banks=st.integers(2, 5))
def test_the_network_is_consistent(seed: int, banks: int) -> None:
    network = make_world(seed, TODAY, banks=banks).network
    roles = {enterprise.id: enterprise.roles for enterprise in network.enterprises}
    issuers: dict[str, set[str]] = defaultdict(set)
    for line in network.lines:
        assert roles[line.bank] == (Role.BANK,)
        assert roles[line.issuer] == (Role.CORE_ENTERPRISE,)
        assert line.bank not in issuers[line.issuer], "one line for a bank and an issuer"
        issuers[line.issuer].add(line.bank)
        assert line.financing_limit_minor <= line.limit_minor
        assert line.expiry > TODAY
    assert set(issuers) == {identity for identity, held in roles.items() if Role.CORE_ENTERPRISE in held}
    assert all(len(found) >= 2 for found in issuers.values()), "several banks an issuer"
    assert len({line.annual_rate_basis_points for line in network.lines}) > 3
    suppliers = [enterprise for enterprise in network.enterprises if Role.SUPPLIER in enterprise.roles]
    assert all(enterprise.acceptance is not None for enterprise in suppliers), "silence is never consent"
    assert sum(e.need is not None for e in suppliers) >= 10
    assert sum(e.need is None for e in suppliers) >= 10
    assert sum(e.discounts for e in suppliers) >= 5
    assert any(e.acceptance and e.acceptance.reject_above_minor for e in suppliers)
    groups = Counter(enterprise.group for enterprise in suppliers if enterprise.group)
    assert groups
    assert all(count == 2 for count in groups.values())


# ---- 8 what is planted -----------------------------------------------------------------------------------------------------


@settings(max_examples=4, deadline=None)
@given(seed=seeds)
def test_every_kind_of_irregularity_is_planted(seed: int) -> None:
    made = make_world(seed, TODAY)
    paths = {file.path: file for file in made.files}
    for kind in {*FIRST_BATCH, *LAST_BATCH}:
        assert made.planted(kind), f"seed {seed}: no {kind}"
    for planted in made.truth:
        assert planted.files
        assert set(planted.files) <= set(paths)
    for damage in Damage:
        (planted,) = made.planted(Irregularity(damage.value))
        assert paths[planted.files[-1]].damage is damage
    for planted in made.planted(Irregularity.DUPLICATE):
        first, second = (paths[path] for path in planted.files)
        assert replace(first.document, source=second.document.source) == second.document
    for planted in made.planted(Irregularity.ANOTHER_FACE):
        first, second = (paths[path] for path in planted.files)
        assert document_key(first.document) == document_key(second.document)
        assert first.document.payable_minor != second.document.payable_minor
    for planted in made.planted(Irregularity.CIRCULAR_TRADE):
        sales = [partners(paths[path].document) for path in planted.files]
        assert [buyer for _, buyer in sales] == [seller for seller, _ in (*sales[1:], sales[0])]
    for planted in made.planted(Irregularity.OVER_INVOICED_ORDER):
        order, *invoices = (paths[path].document for path in planted.files)
        assert sum(invoice.payable_minor or 0 for invoice in invoices) > (order.payable_minor or 0)


def test_the_network_file_is_the_network(world: World, tmp_path: Path) -> None:
    network, *others = write_world(world, tmp_path)
    assert network.name == "network.json"
    assert type(world.network).model_validate_json(network.read_text(encoding="utf-8")) == world.network
    assert all(path.is_file() for path in others)
    assert len(others) == len({file.container or file.path for file in world.files})
