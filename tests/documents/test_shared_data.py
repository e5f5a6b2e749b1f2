"""Documents that others wrote (``../shared/data``, beside the repository). Rules held here:

1. Every file is accounted for: found = read + refused, and each refusal names its rule and reason.
2. What each folder's FILES.csv says is well formed and of a supported type is read, or refused because of what it lacks;
   what it says is broken is refused; what is of another type is refused as that.
3. The totals check agrees with EN 16931's own rule test sets.

All 1,300 files take about 3 seconds on one core, so nothing is sampled.
"""

import csv
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from chain.documents import formats, totals, ubl_invoice
from chain.documents.model import Severity
from chain.documents.node import Node
from chain.documents.reading import Batch, FileOutcome, read_documents, read_path
from tests.fuzzing.invariants import hold_document, hold_outcome, hold_writing

DATA = Path(__file__).parents[2].parent / "shared" / "data"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the shared sample data is not on this machine")

CII = {"CII CrossIndustryInvoice", "CII ZUGFeRD1"}
SUPPORTED = {f"UBL {name}" for name in formats.UBL_PARSERS} | {"EInvoice"} | CII

#: What holds several documents, each read or refused by itself.
SEVERAL = re.compile(r"ISO20022 camt\.05[34]\..*|EPCIS json|EPCISDocument|message")

#: Why a well-formed document of a supported type may be refused: it lacks what a trade document must have.
LACKS = {"NumberMissing", "PartyMissing", "CurrencyMissing", "AmountMissing", "CurrencyInconsistent", "CurrencyUnknown"}

#: Reasons that are about the format, and must never be given for a supported type.
FORMAT = {"FormatNotSupported", "FormatUnknown", "NoTradeDocument"}


#: What says that its totals are other than what its parts add up to, and does.
CONTRADICTORY = {
    "zugferd-corpus": {
        "not_validating_full_invoice_based_onTest_EeISI_300_CENfullmodel.ubl.xml",
        "MustangGnuaccountingBeispielRE-20140703_502", "MustangGnuaccountingBeispielRE-20150613_503",  # lines with tax
        "ZUGFeRD_1p0_COMFORT_Kraftfahrversicherung_Bruttopreise",  # a cent of rounding
        "ZUGFeRD_1p0_COMFORT_Rechnungskorrektur", "ZUGFeRD_1p0_EXTENDED_Rechnungskorrektur",  # signs, and nothing payable
    },
    "ubl-ph-testfiles": {
        "ERR-10 BII04 minimal VAT invoice example 01.xml",
        "FacturaAnticipos.xml",  # its lines are 400, its base 1,250
        "BoletaB11.xml", "NotaCreditoF11.xml",  # a cent of rounding
    },
    "en16931-cen": set(), "peppol-bis-billing3": set(), "gobl-ubl": set(), "cn-einvoice": set(),
}  # fmt: skip


@pytest.fixture(scope="module")
def batch() -> Batch:
    return read_documents([DATA], processes=1)


@pytest.fixture(scope="module")
def outcomes(batch) -> dict[str, FileOutcome]:
    return {str(Path(outcome.path).relative_to(DATA)): outcome for outcome in batch.outcomes}


@pytest.fixture(scope="module")
def listed() -> dict[str, dict[str, str]]:
    """FILES.csv of every folder, by path."""
    found = {}
    for table in sorted(DATA.glob("*/FILES.csv")):
        with table.open(encoding="utf-8", newline="") as source:
            found |= {f"{table.parent.name}/{row['file']}": row for row in csv.DictReader(source)}
    return found


def rules(outcome: FileOutcome) -> set[str]:
    return {finding.rule for finding in outcome.refusals}


def test_every_file_is_read_or_refused(batch, outcomes):
    on_disk = {str(path.relative_to(DATA)) for path in DATA.rglob("*") if path.is_file()}
    counts = batch.counts
    assert set(outcomes) == on_disk
    assert counts.found == len(on_disk) == counts.read + counts.refused
    assert counts.inside_found == counts.inside_read + counts.inside_refused
    assert counts.read > 0
    for outcome in batch.outcomes:
        assert outcome.read != bool(outcome.refusals)
        assert all(finding.path == outcome.path and finding.text() for finding in outcome.findings)
        for inside in outcome.contents:
            assert inside.read or any(finding.severity is Severity.REFUSED for finding in inside.findings)


def test_whatever_is_read_holds_what_holds_of_every_input(outcomes):
    """The invariants of the fuzzer: figures that the ledger holds, the same again from the canonical JSON, nothing invented."""
    for path, outcome in outcomes.items():
        hold_outcome(outcome)
        for document in outcome.documents:
            hold_document(document)
        if outcome.read:
            hold_writing((DATA / path).read_bytes(), outcome)


def test_every_supported_document_is_read_or_lacks_something(listed, outcomes):
    checked = 0
    for path, row in listed.items():
        if row["kind"] in SUPPORTED and row["parses"] == "yes" and path in outcomes:
            outcome = outcomes[path]
            if row["kind"].startswith("UBL") and b"oasis:names:specification:ubl" not in (DATA / path).read_bytes():
                assert not outcome.read  # a draft of ZUGFeRD whose root is called Invoice too
                continue
            checked += 1
            if row["kind"] == "UBL ApplicationResponse" and b":invoice_response:" not in (DATA / path).read_bytes():
                assert rules(outcome) == {"NoTradeDocument"}, path  # it answers a message or a catalogue
                continue
            refused = {finding.rule for finding in outcome.refusals if finding.severity is Severity.REFUSED}
            assert outcome.read or refused <= LACKS, (path, outcome.refusals)
            assert not rules(outcome) & FORMAT, path
    assert checked > 0


def test_supported_documents_are_nearly_all_read(listed, outcomes):
    kinds = Counter(
        (row["kind"], outcomes[path].read)
        for path, row in listed.items()
        if row["kind"] in SUPPORTED and row["parses"] == "yes" and path in outcomes
    )
    read = sum(count for (_, is_read), count in kinds.items() if is_read)
    assert read >= 0.95 * sum(kinds.values()), kinds


def test_what_is_listed_as_broken_is_refused_as_broken(listed, outcomes):
    for path, row in listed.items():
        if row["parses"] == "NO" and path in outcomes:
            assert rules(outcomes[path]) <= {"XmlMalformed", "EncodingBroken", "JsonMalformed"}, path
            assert not outcomes[path].read


def test_what_is_of_another_type_is_refused_as_that(listed, outcomes):
    for path, row in listed.items():
        kind = row["kind"]
        if (
            path not in outcomes
            or kind in SUPPORTED
            or kind in ("testSet", "unparsable xml")
            or SEVERAL.fullmatch(kind)
        ):
            continue
        outcome = outcomes[path]
        assert not outcome.read, (path, kind)
        assert rules(outcome) <= FORMAT | {"DoctypeForbidden", "JsonMalformed"}, (path, kind)
        if kind.startswith("UBL "):
            assert kind in outcome.refusals[0].text(), path


def test_statements_and_events_are_read_each_by_itself(listed, outcomes):
    """What is refused of them says nothing that settles or moves: no amount, no party, nothing booked yet."""
    opened, inside = 0, []
    for path, row in listed.items():
        if SEVERAL.fullmatch(row["kind"]) and path in outcomes and row["parses"] == "yes":
            if outcomes[path].container:
                opened, inside = opened + 1, inside + list(outcomes[path].contents)
            else:
                expected = FORMAT if row["kind"] == "message" else set()
                assert rules(outcomes[path]) <= expected | {"HoldsNoDocument", "DoctypeForbidden", "JsonMalformed"}, (
                    path
                )
    refused = {finding.rule for one in inside if not one.read for finding in one.findings}
    assert refused <= {"PartyMissing", "AmountMissing", "PaymentNotBooked"}
    assert opened >= 50
    assert sum(one.read for one in inside) >= 0.85 * len(inside)


def test_a_listed_edge_case_is_seen(listed, outcomes):
    """What FILES.csv marks in a document is what the reader makes of it."""
    for path, row in listed.items():
        outcome = outcomes.get(path)
        if outcome is None or row["kind"] not in SUPPORTED or row["parses"] != "yes":
            continue
        cases = row["edge_cases"].split(";")
        if "no-number" in cases and not rules(outcome) & FORMAT:
            assert "NumberMissing" in rules(outcome), path
        if not outcome.read:
            continue
        (document,) = outcome.documents
        if row["kind"] == "UBL CreditNote" or ("credit-note" in cases and row["kind"] == "UBL Invoice"):
            assert document.type == "credit_note", path
        if "negative-payable" in cases:
            assert "AmountNegative" in document.broken_rules, path
        named = etree.parse(DATA / path).xpath("/*/*[local-name()='OrderReference']/*[local-name()='ID']/text()")
        assert {number.strip() for number in named} - {"", "NA"} <= {order.number for order in document.orders}, path
        if "billing-ref" in cases and row["kind"] == "UBL CreditNote":
            assert document.invoices, path


def test_what_was_written_in_two_syntaxes_is_one_document():
    """XRechnung's examples, each in UBL and in CII. One is left out: its two files have other amounts."""
    folder, pairs = DATA / "zugferd-corpus" / "XML-Rechnung", 0
    for path in sorted((folder / "CII").glob("*.cii.xml")):
        other = folder / "UBL" / path.name.replace(".cii.", ".ubl.")
        if other.exists() and not path.name.startswith("not_validating"):
            (in_cii,), (in_ubl,) = read_path(str(path)).documents, read_path(str(other)).documents
            assert replace(in_cii, source=in_ubl.source) == in_ubl, path
            pairs += 1
    assert pairs > 0


@pytest.mark.parametrize("number", [1, 2, 4, 6, 7, 8, 9])
def test_examples_of_en_16931_say_in_cii_what_they_say_in_ubl(number):
    """Units and some days differ between the files; who, how much and whether it adds up do not."""
    paths = (f"cii/examples/CII_example{number}.xml", f"ubl/examples/ubl-tc434-example{number}.xml")
    one, other = (read_path(str(DATA / "en16931-cen" / path)).documents[0] for path in paths)
    for name in (
        "type",
        "number",
        "seller",
        "buyer",
        "currency",
        "net_minor",
        "payable_minor",
        "broken_rules",
        "orders",
    ):
        assert getattr(one, name) == getattr(other, name), name
    assert [line.net_minor for line in one.lines] == [line.net_minor for line in other.lines]


@pytest.mark.parametrize("folder", CONTRADICTORY)
def test_totals_that_do_not_add_up_are_few_and_known(folder, outcomes):
    """Files of which a reader by eye says that they contradict themselves. Everything else adds up."""
    found = {
        Path(path).name.partition("__")[0]
        for path, outcome in outcomes.items()
        if path.startswith(folder) and not outcome.container
        for finding in outcome.findings
        if finding.rule == "TotalsDoNotAddUp"
    }
    assert found == CONTRADICTORY[folder]


def test_every_test_set_is_opened_and_each_of_its_documents_has_an_outcome(listed, outcomes):
    for path, row in listed.items():
        if row["kind"] != "testSet" or path not in outcomes:
            continue
        root = etree.parse(DATA / path).getroot()
        inner = [
            element
            for test in root.iterfind(f"{{{formats.TEST_SET_NAMESPACE}}}test")
            for element in test
            if isinstance(element.tag, str) and etree.QName(element).namespace != formats.TEST_SET_NAMESPACE
        ]
        outcome = outcomes[path]
        if inner:
            assert outcome.container, path
            assert len(outcome.contents) == len(inner)
        else:
            assert rules(outcome) == {"HoldsNoDocument"}, path


def test_the_totals_check_agrees_with_the_rule_test_sets_of_en_16931():
    checked = 0
    for path in sorted(DATA.glob("**/BR-CO-1[0-6].xml")):
        root = etree.parse(path).getroot()
        if not formats.is_test_set(root):
            continue
        for test in root.iterfind("{*}test"):
            inner = next(e for e in test if etree.QName(e).namespace != formats.TEST_SET_NAMESPACE)
            if "ubl" not in inner.tag:
                continue
            expected = [etree.QName(e).localname for e in test.find("{*}assert") if (e.text or "").strip() == path.stem]
            written = inner.findtext("{*}DocumentCurrencyCode")
            currency = written or next((e.get("currencyID") for e in inner.iter("*") if e.get("currencyID")), "EUR")
            broken = {mismatch.rule for mismatch in totals.mismatches(ubl_invoice.totals_of(Node(inner), currency), 2)}
            if expected:
                assert (path.stem in broken) == (expected == ["error"]), (path, test.sourceline)
                checked += 1
    assert checked > 0
