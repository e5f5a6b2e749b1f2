"""The files of a world: real formats, readable by the product's own readers, with exactly what was meant.

1. What is read equals what was meant, document by document; only planted damage is refused, and by the right rule.
2. UBL files are valid by the schemas of OASIS, and say what real senders say: addresses, contacts, accounts, articles.
   Messages of banks are valid by the schemas of ISO 20022.
3. An e-invoice's amount in capital numerals follows the rules for payment instruments.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from chain.commands.world import steady_world
from chain.documents.identity import is_valid
from chain.documents.model import Finding, PartyIdentifier, Severity, Source
from chain.documents.reading import Batch, read_documents
from chain.world.catalogue import CITIES
from chain.world.einvoice import amount_in_chinese
from chain.world.enterprises import credit_code
from chain.world.generator import make_world
from chain.world.model import Damage, FileFormat, Irregularity, World
from chain.world.offices import office_of
from chain.world.rates import Rates
from chain.world.ubl import CAC, CBC, ROOTS
from chain.world.writing import WRONG_BY, bank_message, file_bytes, member_name, write_world

TODAY = date(2026, 11, 23)
NOT_COMPARED = {"source": Source(""), "broken_rules": ()}

#: Schemas as their publishers give them out (schemas/README.md).
SCHEMAS = Path(__file__).parent / "schemas"

PARTY = (
    "cbc:EndpointID cac:PartyIdentification cac:PartyName cac:PostalAddress/cbc:StreetName "
    "cac:PostalAddress/cbc:AdditionalStreetName cac:PostalAddress/cbc:CityName cac:PostalAddress/cbc:PostalZone "
    "cac:PostalAddress/cbc:CountrySubentity cac:PostalAddress/cac:Country cac:PartyTaxScheme cac:PartyLegalEntity "
    "cac:Contact/cbc:Name cac:Contact/cbc:Telephone cac:Contact/cbc:ElectronicMail"
)
ITEM = (
    "cbc:Name cbc:Description cac:BuyersItemIdentification cac:SellersItemIdentification cac:OriginCountry "
    "cac:CommodityClassification cac:AdditionalItemProperty"
)
#: What every party, item and document of its kind says besides what is read of it.
SAID = {
    "Party": PARTY,
    "Item": ITEM,
    "Invoice": "cbc:Note cbc:AccountingCost cbc:BuyerReference cac:OrderReference cac:ContractDocumentReference "
    "cac:Delivery/cac:DeliveryLocation/cac:Address cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID "
    "cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:Name "
    "cac:PaymentMeans/cac:PayeeFinancialAccount/cac:FinancialInstitutionBranch cac:PaymentTerms "
    "cac:InvoiceLine/cac:OrderLineReference cac:InvoiceLine/cac:Price/cbc:BaseQuantity",
    "CreditNote": "cbc:Note cac:BillingReference cac:ContractDocumentReference cac:CreditNoteLine/cbc:Note",
    "Order": "cbc:Note cbc:CustomerReference cac:Contract cac:Delivery/cac:DeliveryLocation cac:DeliveryTerms "
    "cac:PaymentTerms cac:OrderLine/cac:LineItem/cbc:Note cac:OrderLine/cac:LineItem/cac:Delivery",
    "DespatchAdvice": "cbc:Note cac:Shipment/cac:Delivery/cac:DeliveryAddress "
    "cac:Shipment/cac:Delivery/cac:Despatch/cac:DespatchAddress cac:DespatchLine/cbc:Note",
    "OrderResponse": "cbc:OrderResponseCode cbc:Note cbc:CustomerReference cac:OrderReference cac:Contract",
    "ApplicationResponse": "cbc:Note cac:DocumentResponse/cac:Response/cbc:Description "
    "cac:DocumentResponse/cac:Response/cac:Status cac:DocumentResponse/cac:DocumentReference/cbc:IssueDate",
    "ReceiptAdvice": "cbc:Note cac:Shipment/cac:Delivery/cac:DeliveryAddress cac:ReceiptLine/cac:DespatchLineReference",
}


def read_back(world: World, folder: Path) -> Batch:
    write_world(world, folder)
    return read_documents([folder / batch.name for batch in world.batches], processes=1)


def findings_of(batch: Batch, folder: Path, path: str) -> list[Finding]:
    return [finding for finding in batch.findings if finding.path == str(folder / path)]


@settings(max_examples=3, deadline=None)
@given(seed=st.integers(min_value=0, max_value=2**32))
def test_what_is_read_equals_what_was_meant(seed: int) -> None:
    world = make_world(seed, TODAY)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        batch = read_back(world, folder)
        damaged = {file.path: file.damage for file in world.files if file.damage}
        read = {(document.source.path, document.source.member): document for document in batch.documents}
        payments = 0
        for file in world.files:
            where = (str(folder / (file.container or file.path)), member_name(file) if file.container else None)
            if file.format is FileFormat.CAMT:
                payments += 1
            if file.damage in (Damage.TRUNCATED, Damage.UNKNOWN_CURRENCY):
                assert where not in read, f"seed {seed}: {file.path} is {file.damage} and was read"
                continue
            meant = replace(file.document, **NOT_COMPARED)
            if file.damage is Damage.WRONG_TOTAL:
                meant = replace(meant, payable_minor=(meant.payable_minor or 0) + WRONG_BY)
            assert replace(read.pop(where), **NOT_COMPARED) == meant, f"seed {seed}: {file.path}"
        assert payments
        assert not read, f"seed {seed}: read, but never meant"
        assert {finding.path for finding in batch.findings} == {str(folder / path) for path in damaged}
        assert batch.counts.found == len({file.container or file.path for file in world.files})
        assert batch.counts.refused == 2
        for kind, rule, severity in (
            (Irregularity.TRUNCATED, "XmlMalformed", Severity.REFUSED),
            (Irregularity.UNKNOWN_CURRENCY, "CurrencyUnknown", Severity.REFUSED),
            (Irregularity.WRONG_TOTAL, "TotalsDoNotAddUp", Severity.BLOCKED),
        ):
            for planted in world.planted(kind):
                (finding,) = findings_of(batch, folder, planted.files[-1])
                assert (finding.rule, finding.severity) == (rule, severity), f"seed {seed}: {planted}"


@pytest.fixture(scope="module")
def ubl_schemas(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], etree.XMLSchema]:
    """OASIS's schema of a root element."""
    folder = tmp_path_factory.mktemp("ubl")
    with zipfile.ZipFile(SCHEMAS / "ubl-2.1.zip") as archive:
        archive.extractall(folder)
    return cache(lambda name: etree.XMLSchema(etree.parse(folder / "maindoc" / f"UBL-{name}-2.1.xsd")))


def ubl_roots(seeds: Iterable[int]) -> Iterator[tuple[str, etree._Element]]:
    for seed in seeds:
        world = make_world(seed, TODAY)
        for file in world.files:
            if file.format is FileFormat.UBL and file.damage is None:
                yield f"seed {seed}: {file.path}", etree.fromstring(file_bytes(file, world))


def test_ubl_files_are_valid_by_the_schemas_of_oasis(ubl_schemas: Callable[[str], etree.XMLSchema]) -> None:
    seen = set()
    for path, root in ubl_roots(range(2)):
        name = etree.QName(root).localname
        seen.add(name)
        schema = ubl_schemas(name)
        assert schema.validate(root), f"{path}: {schema.error_log.last_error}"
    assert seen == set(ROOTS.values())


def test_messages_of_banks_are_valid_by_the_schemas_of_iso_20022(tmp_path: Path) -> None:
    with zipfile.ZipFile(SCHEMAS / "iso-20022.zip") as archive:
        archive.extractall(tmp_path)
    schema = cache(lambda kind: etree.XMLSchema(etree.parse(tmp_path / f"{kind}.xsd")))
    world = steady_world(3, 60, 1_200, Rates(), TODAY)
    messages = defaultdict(list)
    for file in world.files:
        if file.format is FileFormat.CAMT:
            messages[file.container].append(file)
    entries = defaultdict(set)
    for name, files in messages.items():
        root = etree.fromstring(bank_message(files))
        kind = etree.QName(root).namespace.rpartition(":")[2]
        entries[kind].add(len(files))
        assert schema(kind).validate(root), f"{name}: {schema(kind).error_log.last_error}"
    assert entries["camt.054.001.08"] == {1}
    assert max(entries["camt.053.001.08"]) > 1


def test_ubl_files_say_what_real_senders_say() -> None:
    seen = set()
    names = {"cac": CAC, "cbc": CBC}
    for path, root in ubl_roots((3,)):
        for element in (root, *root.iter(f"{{{CAC}}}Party"), *root.iter(f"{{{CAC}}}Item")):
            name = etree.QName(element).localname
            seen.add(name)
            missing = [place for place in SAID[name].split() if element.find(place, names) is None]
            assert not missing, f"{path}: {name} without {missing}"
    assert seen == set(SAID)


@given(
    code=st.sampled_from([division for division, _ in CITIES]).map(
        lambda division: credit_code(division, Random(division))
    )
)
def test_an_office_is_nobodys_and_follows_from_the_credit_code(code: str) -> None:
    office = office_of(code)
    assert office == office_of.__wrapped__(code)
    for person in (office.seller, office.buyer):
        assert person.mail.endswith(".example")
        assert person.telephone.startswith("+86 0")
    assert is_valid(PartyIdentifier("LEI", office.account.bank_lei))
    assert office.seat.city.removesuffix("市") == dict(CITIES)[code[2:8]]


@pytest.mark.parametrize(
    ("minor", "words"),
    [
        (0, "零圆整"),
        (5, "伍分"),
        (50, "伍角整"),
        (105, "壹圆零伍分"),
        (123456, "壹仟贰佰叁拾肆圆伍角陆分"),
        (10050000, "壹拾万零伍佰圆整"),
        (10000500000, "壹亿零伍仟圆整"),
        (2000300, "贰万零叁圆整"),
        (100100000000, "壹拾亿零壹佰万圆整"),
        (100000000000001, "壹万亿圆零壹分"),
    ],
)
def test_an_amount_in_capital_numerals(minor: int, words: str) -> None:
    assert amount_in_chinese(minor) == words
