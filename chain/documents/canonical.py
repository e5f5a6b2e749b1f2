"""The canonical form itself as JSON: a `TradeDocument` without its source, and ``"schema"`` to tell what it is.

For systems that keep their documents in no standard format, and for the ledger's own export (docs/documents.md).
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from msgspec import to_builtins
from pydantic import TypeAdapter, ValidationError

from chain.documents.draft import Draft, Parsed
from chain.documents.model import DocumentType, Source, TradeDocument
from chain.documents.rules import (
    AmountMissing,
    AmountNegative,
    CurrencyMissing,
    ReferenceMissing,
    SchemaViolated,
    TotalsDoNotAddUp,
)
from chain.errors import CurrencyUnknown
from chain.money import Money, exponent

SCHEMA = "pearlchain/trade-document/1"
EDGE = TypeAdapter(TradeDocument)
MONEY_DOCUMENTS = frozenset({DocumentType.INVOICE, DocumentType.CREDIT_NOTE})


def dump(document: TradeDocument) -> dict[str, Any]:
    """The JSON object of a document."""
    facts = {
        field.name: value
        for field in fields(document)
        if field.name != "source" and (value := getattr(document, field.name)) != field.default
    }
    return {"schema": SCHEMA, **to_builtins(facts)}


def parse(content: dict[str, Any], source: Source) -> Parsed:
    """Read one canonical document from its JSON object."""
    draft = Draft()
    facts = {name: value for name, value in content.items() if name != "schema"}
    if "source" in facts:
        draft.refuse(SchemaViolated(field="/source", reason="the reader writes it"), "/source")
        return Parsed(None, tuple(draft.findings))
    try:
        document = EDGE.validate_python({**facts, "source": source})
    except ValidationError as error:
        draft.schema(error)
        return Parsed(None, tuple(draft.findings))
    _check(document, draft)
    kept = {
        field.name: getattr(document, field.name)
        for field in fields(document)
        if field.name not in ("source", "broken_rules")
    }
    parsed = draft.finish(source, **kept)
    if parsed.document is None or not document.broken_rules:
        return parsed
    # What an earlier reader found broken stays broken.
    rules = tuple(dict.fromkeys((*document.broken_rules, *parsed.document.broken_rules)))
    return Parsed(replace(parsed.document, broken_rules=rules), parsed.findings)


def _check(document: TradeDocument, draft: Draft) -> None:
    draft.party(document.seller, "seller", "/seller")
    if document.type is DocumentType.WAREHOUSE_RECEIPT:
        draft.party(document.keeper, "keeper", "/keeper")
    elif document.type is DocumentType.ASSIGNMENT:
        _check_assignment(document, draft)
    elif document.buyer is not None or document.type is not DocumentType.LOGISTICS_EVENT:
        draft.party(document.buyer, "buyer", "/buyer")
    draft.days(
        issue_date=document.issue_date, due_date=document.due_date, delivery_date=document.delivery_date
    )  # fmt: skip
    draft.amounts(
        net_minor=document.net_minor, tax_minor=document.tax_minor, payable_minor=document.payable_minor,
        prepaid_minor=document.prepaid_minor, rounding_minor=document.rounding_minor,
    )  # fmt: skip
    draft.references(
        orders=document.orders, despatches=document.despatches, receipts=document.receipts, invoices=document.invoices
    )
    for position, line in enumerate(document.lines):
        place = f"lines/{position}"
        draft.amounts(**{f"{place}/net_minor": line.net_minor, f"{place}/tax_minor": line.tax_minor})
    if document.sub_range is not None:
        draft.amounts(sub_range=max(document.sub_range, key=abs))
    written = (document.net_minor, document.tax_minor, document.payable_minor) != (None, None, None)
    currency: str | None = None
    if document.currency is not None:
        try:
            exponent(document.currency)
            currency = document.currency
        except CurrencyUnknown as error:
            draft.refuse(error, "/currency")
    elif written or document.type in MONEY_DOCUMENTS:
        draft.refuse(CurrencyMissing(), "/currency")
    payable = document.payable_minor
    if document.type in MONEY_DOCUMENTS and payable is None:
        draft.refuse(AmountMissing(field="payable_minor"), "/payable_minor")
    if currency is None:
        return
    if payable is not None and payable < 0:
        draft.block(AmountNegative(field="payable_minor", amount=Money(payable, currency).written), "/payable_minor")
    if document.type in MONEY_DOCUMENTS and None not in (document.net_minor, document.tax_minor, payable):
        _check_totals(document, currency, draft)


def _check_assignment(document: TradeDocument, draft: Draft) -> None:
    for role, party, place in (("debtor", document.buyer, "/buyer"), ("assignee", document.keeper, "/keeper")):
        draft.party(party, role, place)
    if document.publicity is None:
        draft.refuse(
            SchemaViolated(field="/publicity", reason="an assignment says by which means it took effect, and when")
        )
    if not document.invoices:
        draft.refuse(ReferenceMissing(), "/invoices")
    if document.payable_minor is None and not document.reversal:
        draft.refuse(AmountMissing(field="payable_minor"), "/payable_minor")


def _check_totals(document: TradeDocument, currency: str, draft: Draft) -> None:
    """What is payable is net and tax, less what was prepaid, and rounded; it may be less where neither is told."""
    net, tax, payable = document.net_minor or 0, document.tax_minor or 0, document.payable_minor or 0
    told = (document.prepaid_minor, document.rounding_minor) != (None, None)
    computed = net + tax - (document.prepaid_minor or 0) + (document.rounding_minor or 0)
    if payable > computed or (told and payable != computed):
        source = "net + tax - prepaid + rounding" if told else "net + tax"
        said = {"written": Money(payable, currency).written, "computed": Money(computed, currency).written}
        draft.block(TotalsDoNotAddUp(field="payable_minor", source=source, **said), "/payable_minor")
