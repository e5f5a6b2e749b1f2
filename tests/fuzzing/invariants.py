"""What holds of every input, whatever bytes it has.

1. Reading ends: no exception, within `SECONDS` of one processor and `MEMORY_BYTES` more of memory.
2. A file is read or refused; a document in it too, and is refused exactly when a finding refuses it. Each finding names a
   rule, in English and in Chinese, and what blocks a document stands among its broken rules.
3. Amounts are whole numbers of 64 bits, days are those of the ledger, ids and numbers in one writing stay as they are, and
   keys are no longer than the API takes.
4. What was read survives its canonical JSON: the same document, key and digest; and the way from one process to another.
5. Nothing is invented: number and payable amount stand in the file.
6. The same document in another encoding, order of names or with its namespaces declared elsewhere is the same document.
7. Matched with each other, documents give receivables whose figures fit in each other.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

import msgspec
from lxml import etree

from chain.documents import canonical, safe_xml
from chain.documents.draft import LARGEST_MINOR
from chain.documents.identity import (
    canonical_digest,
    document_key,
    enterprise_id,
    normalised_identifier,
    normalised_number,
)
from chain.documents.lines import Lines
from chain.documents.model import DocumentType, Finding, Party, Severity, TradeDocument
from chain.documents.reading import PACK, UNPACK, FileOutcome, read_file
from chain.documents.rules import DocumentRule
from chain.graph.trade_graph import TradeGraph
from chain.identifiers import FIRST_DAY, LAST_DAY
from chain.language import translate
from chain.money import PLAIN_DECIMAL, Money
from tests.fuzzing.families import Family, Input

SECONDS = 4.0
"""For an input of at most `tests.fuzzing.harness.MOST_BYTES`, with the fuzzer counting branches."""
MEMORY_BYTES = 256 << 20
#: What `api.models` takes for a key and an enterprise.
LONGEST_KEY, LONGEST_ENTERPRISE = 500, 240
TODAY = date(2026, 11, 23)

#: Formats whose payable amount is written in the file and never computed.
WRITTEN = ("UBL", "CII", "数电票", "ISO 20022")
#: But for an order, which may be the sum of its lines.
SUMMED = frozenset({DocumentType.ORDER, DocumentType.ORDER_RESPONSE})


class Broken(AssertionError):
    """An invariant does not hold. ``rule`` says which, in words that stay the same for the same fault."""

    def __init__(self, rule: str, detail: object = "") -> None:
        self.rule, self.detail = rule, str(detail)[:500]
        super().__init__(f"{rule}: {self.detail}")


def hold(family: Family, content: bytes) -> None:
    """Read an input of a family, and hold all of the above. Raises Broken, and whatever reading raises."""
    given = family.unpack(content)
    if given is None:
        return
    started, memory = process_time(), getrusage(RUSAGE_SELF).ru_maxrss
    outcome = read_file("input", given.content, mapping=given.mapping)
    seconds = process_time() - started
    more = (getrusage(RUSAGE_SELF).ru_maxrss - memory) * 1024
    if seconds > SECONDS:
        raise Broken("slow", f"{seconds:.1f} s for {len(content):,} bytes")
    if more > MEMORY_BYTES:
        raise Broken("memory", f"{more >> 20} MiB for {len(content):,} bytes")
    hold_outcome(outcome)
    for document in outcome.documents:
        hold_document(document)
    if outcome.read and given.mapping is None:
        hold_writing(given.content, outcome)
        hold_variants(given, outcome)
    if family.together and outcome.documents:
        hold_together(outcome.documents)


# --------------------------------------------------------------------------------------------------------------- outcomes


def hold_outcome(outcome: FileOutcome) -> None:
    """Read or refused, each with what there is to say of it."""
    if outcome.read == bool(outcome.refusals) and not (outcome.container and outcome.read):
        raise Broken("neither read nor refused", outcome.format)
    for content in outcome.contents:
        refused = any(finding.severity is Severity.REFUSED for finding in content.findings)
        if content.read == refused:
            raise Broken(f"read and refused: {content.format}" if refused else f"no reason: {content.format}", content)
        if content.document is None:
            continue
        blocked = {finding.rule for finding in content.findings if finding.severity is Severity.BLOCKED}
        if blocked - set(content.document.broken_rules):
            raise Broken("blocked by a rule that it does not break", blocked)
        if content.key != document_key(content.document) or content.digest != canonical_digest(content.document):
            raise Broken("another key or digest", content.key)
    for finding in outcome.findings:
        hold_finding(finding)
    if (packed := UNPACK(PACK(outcome))) != outcome:
        raise Broken("another process gets another outcome", packed)


def hold_finding(finding: Finding) -> None:
    """A rule that exists, in both languages, as text that can be written down."""
    if finding.rule not in RULES:
        raise Broken("no rule of documents", finding.rule)
    if translate(finding.rule, "zh") == finding.rule or translate(finding.template, "zh") == finding.template:
        raise Broken("no Chinese", finding.template)
    for language in ("en", "zh"):
        for text in (finding.text(language), finding.place_text(language)):
            text.encode()
            if len(text) > 20_000:
                raise Broken("a finding as long as the file", finding.rule)
        if not finding.text(language).strip():
            raise Broken("no text", finding.rule)


def _rules(rule: type) -> Iterator[str]:
    yield rule.__name__
    for narrower in rule.__subclasses__():
        yield from _rules(narrower)


RULES = frozenset(_rules(DocumentRule)) | {"CurrencyUnknown", "AmountMalformed", "AmountNotRepresentable"}


# -------------------------------------------------------------------------------------------------------------- documents


def hold_document(document: TradeDocument) -> None:
    """Figures within bounds, ids in one writing, and the same again from canonical JSON."""
    amounts = {name: getattr(document, f"{name}_minor") for name in ("net", "tax", "payable", "prepaid", "rounding")}
    for line in document.lines:
        amounts |= {"line net": line.net_minor, "line tax": line.tax_minor}
        _hold_amounts(amounts)
        if line.quantity is not None and not (line.quantity.is_finite() and len(f"{line.quantity:f}") <= 100):
            raise Broken("a quantity without measure", line.quantity)
    _hold_amounts(amounts)
    if document.sub_range is not None:
        _hold_amounts({"range": document.sub_range[0], "range end": document.sub_range[1]})
    references = (*document.orders, *document.despatches, *document.receipts, *document.invoices)
    days = [document.issue_date, document.due_date, document.delivery_date, *(one.issue_date for one in references)]
    for day in days:
        if day is not None and not FIRST_DAY <= day <= LAST_DAY:
            raise Broken("no day of the ledger", day)
    for reference in references:
        _hold_amounts({"reference": reference.amount_minor})
        _hold_number(reference.number)
    _hold_number(document.number)
    for party in (document.seller, document.buyer, document.keeper):
        if party is not None:
            _hold_party(party)
    if len(document_key(document)) > LONGEST_KEY:
        raise Broken("a key longer than the API takes", document_key(document))
    _hold_again(document)


def _hold_amounts(amounts: dict[str, int | None]) -> None:
    for name, amount in amounts.items():
        if amount is not None and not (type(amount) is int and abs(amount) <= LARGEST_MINOR):
            raise Broken(f"{name} is no whole number of 64 bits", amount)


def _hold_number(number: str) -> None:
    once = normalised_number(number)
    if normalised_number(once) != once:
        raise Broken("a number with two writings", (number, once, normalised_number(once)))


def _hold_party(party: Party) -> None:
    for identifier in party.identifiers:
        once = normalised_identifier(identifier)
        if normalised_identifier(once) != once:
            raise Broken("an id with two writings", (identifier, once, normalised_identifier(once)))
    normalised = replace(party, identifiers=tuple(map(normalised_identifier, party.identifiers)))
    if enterprise_id(normalised) != enterprise_id(party):
        raise Broken("two enterprises for one party", (enterprise_id(party), enterprise_id(normalised)))
    if len(enterprise_id(party)) > LONGEST_ENTERPRISE:
        raise Broken("an enterprise's id longer than the API takes", enterprise_id(party))


def _hold_again(document: TradeDocument) -> None:
    """Canonical JSON, as one reads a file and as one reads a line of it."""
    written = msgspec.json.encode(canonical.dump(document))
    again = read_file("again", written)
    if len(again.documents) != 1:
        raise Broken("its canonical JSON is refused", [finding.text() for finding in again.findings])
    (read,) = again.documents
    if replace(read, source=document.source) != document:
        differing = [name for name in document.__slots__ if getattr(read, name) != getattr(document, name)]
        raise Broken(
            f"its canonical JSON says other {', '.join(name for name in differing if name != 'source')}",
            [(getattr(document, name), getattr(read, name)) for name in differing if name != "source"],
        )
    if (canonical_digest(read), document_key(read)) != (canonical_digest(document), document_key(document)):
        raise Broken("its canonical JSON has another digest", document.number)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "lines"
        path.write_bytes(written + b"\n")
        if replace(Lines(path).document(0), source=document.source) != document:
            raise Broken("its canonical line says something else", document.number)


# ---------------------------------------------------------------------------------------------------------- the same file


def hold_writing(content: bytes, outcome: FileOutcome) -> None:
    """Number and payable amount are in the file."""
    if not outcome.format.startswith(WRITTEN) or (root := _root(content)) is None:
        return
    texts = {" ".join(" ".join(element.itertext()).split()) for element in root.iter(etree.Element)}
    amounts = {abs(Decimal(text)) for text in texts if len(text) <= 60 and PLAIN_DECIMAL.fullmatch(text)}
    for document in outcome.documents:
        if outcome.format != "ISO 20022 bank statement" and document.number not in texts:
            raise Broken(f"a number that is not in the file: {outcome.format}", document.number)
        if document.payable_minor is not None and document.currency is not None and document.type not in SUMMED:
            payable = abs(Money(document.payable_minor, document.currency).decimal)
            if payable not in amounts:
                raise Broken(f"an amount that is not in the file: {outcome.format}", payable)


def hold_variants(given: Input, outcome: FileOutcome) -> None:
    """Another writing of the same file gives the same documents and rules; which writing, the file's digest decides."""
    said = _said(outcome)
    for name, content in _variants(given.content, int(outcome.sha256[:4], 16)):
        if (other := _said(read_file("input", content))) != said:
            raise Broken(f"{name} says something else: {outcome.format}", (said, other))


def _said(outcome: FileOutcome) -> list[tuple[Any, ...]]:
    return [
        (content.key, content.digest, sorted(finding.rule for finding in content.findings))
        for content in outcome.contents
    ]


def _root(content: bytes) -> etree._Element | None:
    try:
        return safe_xml.parse(content) if safe_xml.looks_like_xml(content) else None
    except DocumentRule:
        return None


def _variants(content: bytes, choice: int) -> Iterator[tuple[str, bytes]]:
    root = _root(content)
    if root is not None:
        text = etree.tostring(root, encoding="unicode")  # canonical XML has no relative namespaces
        match choice % 4:
            case 0:
                yield "UTF-8", text.encode()
            case 1:
                yield "UTF-16", text.encode("utf-16")
            case 2:
                yield "UTF-8 with its mark", text.encode("utf-8-sig")
            case 3:
                yield "namespaces declared elsewhere", etree.tostring(_moved(root), encoding="utf-8")
        return
    try:
        loaded = json.loads(content, object_pairs_hook=lambda pairs: dict(reversed(pairs)), parse_float=_no_float)
    except (ValueError, RecursionError):
        return
    encoding = ("utf-8", "utf-8-sig", "utf-16-le", "utf-16-be")[choice % 4]
    yield f"other order of names, {encoding}", json.dumps(loaded, ensure_ascii=False).encode(encoding, "surrogatepass")


def _no_float(text: str) -> float:
    raise ValueError(f"{text} would be written otherwise")


def _moved(element: etree._Element) -> etree._Element:
    """A copy that declares each namespace where it is used, under another prefix."""
    namespace = etree.QName(element).namespace
    copy = etree.Element(element.tag, nsmap={"moved": namespace} if namespace else None)
    copy.text, copy.tail = element.text, element.tail
    for name, value in element.attrib.items():
        copy.set(name, value)
    copy.extend([_moved(inner) for inner in element])
    return copy


# ---------------------------------------------------------------------------------------------------------------- matched


def hold_together(documents: tuple[TradeDocument, ...]) -> None:
    """All documents matched: what backs credit is open, and what is open was invoiced."""
    graph = TradeGraph(None, TODAY)
    graph.add(documents)
    assert graph.structure
    assert graph.terms.height >= 0
    rules = {finding.rule for finding in graph.findings}
    for finding in graph.findings:
        if translate(finding.template, "zh") == finding.template:
            raise Broken("no Chinese", finding.template)
        for language in ("en", "zh"):
            finding.text(language).encode()
    for row in graph.receivables.iter_rows(named=True):
        if not 0 <= row["evidence_minor"] <= row["open_minor"] <= max(row["payable_minor"], 0):
            raise Broken("figures that do not fit in each other", (row, rules))
        if row["blocked_by"] is not None and row["evidence_minor"]:
            raise Broken("a blocked invoice that backs credit", row)
