"""An example of everything in the OpenAPI document.

A field's example stands at the field, in its model, or here by its name: ``Line.id`` is that of one model's field,
``line`` of every model's. Examples of whole requests and answers are put together from those, and every problem's is one
that the service gives.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.errors import (
    BodyTooLarge,
    HostUnknown,
    Place,
    RequestInvalid,
    StreamsExhausted,
    Unexpected,
    VersionMissing,
    problem_of,
)
from chain.commands.callers import KeyUnknown
from chain.commands.seen.documents import document_id
from chain.errors import Conflict, ContractRefused, NotFound, NotPermitted, PearlError, Unavailable, VersionChanged
from chain.issuance.advice import ADVICE

Schema = Mapping[str, Any]

CRANE, GEAR, BANK = "USCC:91350100M000100Y43", "USCC:91320200MA1EXAMP1E", "USCC:91310000MA1FL3XL5R"
INVOICE = f"invoice|{GEAR}|INV2026017"
#: The same as addresses write it.
IDENTIFIER = document_id(INVOICE)
ADDRESS = "0x52908400098527886E0F7030069857D2E4169EE7"
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
MOMENT = "2026-11-27T09:30:00Z"

#: By a field's name, or by its model's and its own.
OF_FIELDS: dict[str, Any] = {
    "amount": {"minor": 1_250_000, "currency": "CNY"},
    "bank": {"id": BANK, "name": "Harbour Bank"},
    "block": 120,
    "block_number": 120,
    "block_hash": f"0x{DIGEST}",
    "bucket": "31-60",
    "case": "DoubleFinancing",
    "consented": 1,
    "currency": "CNY",
    "decided_by": None,
    "debtor": {"id": CRANE, "name": "Crane Works"},
    "description": "car seats",
    "instrument": "voucher",
    "item": "SEAT-A1",
    "mapping": None,
    "order_line": "1",
    "quantity": "40",
    "rulebook_version": 1,
    "unit": "C62",
    "digest": DIGEST,
    "document": INVOICE,
    "documents": [INVOICE],
    "enterprise": GEAR,
    "given_by": {"id": CRANE, "name": "Crane Works"},
    "giver": {"id": CRANE, "name": "Crane Works"},
    "group": 0,
    "hash": DIGEST,
    "hops": 1,
    "issuer": {"id": CRANE, "name": "Crane Works"},
    "label": "treasury system",
    "last_block": 120,
    "line": "7.1",
    "log_index": 3,
    "member": "invoices/INV2026017.xml",
    "minor": 1_250_000,
    "name": "Gear Maker",
    "next": "100",
    "number": 17,
    "obligation": "7.1.3",
    "parent": "7.1.3.1",
    "path": "invoices.zip",
    "payer": {"id": CRANE, "name": "Crane Works"},
    "piece": "7.1.3.2",
    "place": "line 12",
    "problem": None,
    "previous": DIGEST,
    "quote": "5e884898da28047151d0e56f8dc62927",
    "registration_number": "0123-4567-8901",
    "rule": "CreditLimitExceeded",
    "request_id": "5f1f1d9e5a524c0e9df53c8f8f0f6a0b",
    "salt": DIGEST,
    "sha256": DIGEST,
    "state": "held",
    "to_sign": None,
    "text": "the invoice is above what was ordered",
    "tier": 1,
    "transaction": f"0x{DIGEST}",
    "version": "0.1.0",
    "voucher": "7.1.3.2",
    "vouchers": ["7.1.3.2"],
    "AuditEntry.outcome": "done",
    "AuditEntry.subject": "7.1.3.2",
    "AccountChange.account": "CN-0000-1234",
    "AliasSeen.alias": "GLN:6901234000009",
    "AliasSeen.reason": "the company's letter of 3 March",
    "AliasSeen.source": "person",
    "ColumnSeen.heading": "amount",
    "ColumnSeen.type": "money",
    "ColumnSeen.unit": "minor units",
    "Debt.loan": 4,
    "DocumentRead.file": "INV2026017.xml",
    "DocumentRead.invoices": [],
    "EnterpriseSeen.group": "Crane group",
    "EnterpriseSeen.id": GEAR,
    "EnterpriseSeen.participant": 7,
    "Financing.id": "5e884898da28047151d0e56f8dc62927",
    "FinancingRequest.id": "c5a0e4b1d2f34a6798b0c1d2e3f4a5b6",
    "FinancingRequest.financings": ["5e884898da28047151d0e56f8dc62927"],
    "FinancingRequest.loan_offers": [],
    "FinancingRequest.reason": None,
    "FinancingRequest.receipt": None,
    "FinancingRequest.state": "quoted",
    "FindingSeen.id": "31",
    "Flow.others": 0,
    "Guarantee.basis_points": 5_000,
    "LedgerKey.address": ADDRESS,
    "LedgerParty.account": "CN-0000-1234",
    "LedgerParty.participant": 7,
    "Lien.loan": 4,
    "Loan.annual_rate_micros": 43_500,
    "Loan.collateral": "warehouse_receipt",
    "Loan.day_count_basis": 360,
    "Loan.evidence": 9,
    "Loan.id": 4,
    "Loan.receipt": 2,
    "LoanOfferSeen.annual_rate_micros": 55_000,
    "LoanOfferSeen.day_count_basis": 360,
    "LoanOfferSeen.id": "5e884898da28047151d0e56f8dc62927",
    "LoanOfferSeen.loan": 4,
    "LoanOfferSeen.receipt": 2,
    "LoanOfferSeen.state": "taken",
    "Lot.id": "L-1",
    "Lot.measured": 100,
    "MatchedInvoice.blocked_by": None,
    "MatchedInvoice.confidence_basis_points": 9_500,
    "MatchedInvoice.missing": ["receipt"],
    "MatchedInvoice.number": "INV2026017",
    "MatchedInvoice.stages": ["ordered", "shipped"],
    "Neighbourhood.around": GEAR,
    "Obligation.id": "7.1.3",
    "ObligationRead.id": "7.1.3",
    "PaperLine.number": "1",
    "Reason.basis_points": -500,
    "Reason.what": "NoReceipt",
    "Recovery.key": ADDRESS,
    "ReportSeen.about": "What banks are exposed to, per issuer, tier and days to maturity.",
    "ReportSeen.title": "Exposure",
    "Sale.sold": "7.1.3.2",
    "SentFile.documents": 1,
    "SentFile.findings": 0,
    "SentFile.format": "UBL",
    "SentFile.id": 12,
    "SentFileRead.documents": 1,
    "SentFileRead.findings": 0,
    "SentFileRead.format": "UBL",
    "SentFileRead.id": 12,
    "TradeFlow.invoices": 4,
    "WarehouseReceipt.evidence": 9,
    "WarehouseReceipt.id": 2,
    "WarehouseReceipt.quantity": 100,
    "DocumentRead.key": INVOICE,
    "DocumentRead.id": IDENTIFIER,
    "FileDocument.key": INVOICE,
    "FileDocument.id": IDENTIFIER,
    "Paper.key": INVOICE,
    "Paper.id": IDENTIFIER,
    "MatchedInvoice.key": INVOICE,
    "MatchedInvoice.id": IDENTIFIER,
    "DocumentRead.type": "invoice",
    "DocumentRead.number": "INV2026017",
    "FileDocument.type": "invoice",
    "FileDocument.number": "INV2026017",
    "Paper.type": "invoice",
    "Paper.number": "INV2026017",
    "Document.id": IDENTIFIER,
    "Webhook.events": ["PieceOffered", "PieceAccepted"],
    "Webhook.failed_attempts": 0,
    "NewWebhook.events": ["PieceOffered", "PieceAccepted"],
    "NewWebhook.failed_attempts": 0,
    "Backing.state": "proven",
    "Bound.kind": "line",
    "Bound.name": "7.1",
    "Document.file": "INV2026017.xml",
    "Document.key": INVOICE,
    "Document.number": "INV2026017",
    "Document.type": "invoice",
    "ExposureCell.kind": "committed",
    "FileSeen.format": "UBL",
    "FileSeen.name": "INV2026017.xml",
    "FindingSeen.rule": "AmountAboveOrder",
    "FindingSeen.severity": "flagged",
    "Graph.max_tier": 3,
    "GraphEdge.documents": 4,
    "GraphEdge.relation": "invoiced",
    "GraphEdge.source": CRANE,
    "GraphEdge.target": GEAR,
    "GraphNode.id": GEAR,
    "Health.blocks_behind": 0,
    "Health.node_block": 120,
    "Health.status": "ok",
    "Key.id": "0f1e2d3c4b5a6978",
    "Left.rule": "LineExpired",
    "Left.subject": INVOICE,
    "Line.annual_rate_basis_points": 435,
    "Line.id": "7.1",
    "Netting.bound_by": [],
    "Netting.id": "3c4233f2b0a16d2a9c5f0d6a7e8b9c01",
    "Netting.parties": 3,
    "Netting.state": "proposed",
    "NewKey.id": "0f1e2d3c4b5a6978",
    "NewKey.key": "pearl_9YtWbZ0c4S1kq7Q2vX8nJm5LrT3uE6aF",
    "CourtHold.obligation": "7.1.3",
    "Operation.result": {"vouchers": ["7.1.3.2"]},
    "FourEyes.version": 1,
    "PlanMade.plan": 1,
    "Origin.name": "PieceAccepted",
    "Outcome.rule": "LineUsedUp",
    "Participant.id": GEAR,
    "ListedPlan.id": 1,
    "ListedPlan.steps": 4,
    "Plan.id": 1,
    "PlannedStep.kind": "issue",
    "PlannedStep.number": 1,
    "PlannedStep.parent": None,
    "PlannedStep.wave": 1,
    "Price.annual_rate_basis_points": 410,
    "Price.to_days": 180,
    "Price.to_tier": 2,
    "QuoteSeen.id": "5e884898da28047151d0e56f8dc62927",
    "Ready.status": "ready",
    "Redeemed.left": {"7.1.3.4": "DepositsTooSmall"},
    "RejectBody.reason": "the goods came back",
    "RunOutcome.accepted": [1],
    "RunOutcome.plan": 1,
    "RunOutcome.refused": {"3": "CreditLimitExceeded"},
    "RunOutcome.rejected": [2],
    "RunOutcome.vouchers": {"1": "7.1.3.1"},
    "Summary.vouchers_by_state": {"held": 4, "offered": 1},
    "DocumentProven.identity": f"0x{DIGEST}",
    "OwnerSaid.enterprise": GEAR,
    "StepProven.evidence": 12,
    "PieceProven.tier": 1,
    "TermsProven.rulebookVersion": 1,
    "WebhookMade.events": ["PieceOffered", "PieceAccepted"],
    "WebhookMade.failed_attempts": 0,
    "Difference.what": "document",
    "Difference.name": INVOICE,
    "Difference.before": {"minor": 1_250_000, "currency": "CNY"},
    "Difference.after": {"minor": 0, "currency": "CNY"},
    "WhatIf.steps_before": 4,
    "Totals.proof": "optimal: no plan reaches more",
    "Voucher.id": "7.1.3.2",
    "VoucherPage.next": "7.1.3.2",
    "broken_rules": [],
    "currencies": ["CNY"],
    "proofs": [f"order|{CRANE}|PO20260017"],
    "roles": ["supplier"],
    "rules": [],
    "blocked_by": [],
}  # fmt: skip

#: By an operation's id, of answers that are no JSON or have no model.
OF_ANSWERS: dict[str, Any] = {
    "read_metrics": "# TYPE pearl_blocks_behind gauge\npearl_blocks_behind 0.0\n",
    "read_picture": '<svg xmlns="http://www.w3.org/2000/svg"></svg>',
    "stream_events": (
        'event: PieceAccepted\ndata: {"id": "120.3", "cursor": "120.3.17", "name": "PieceAccepted", "kind": "voucher", '
        '"subject": "7.1.3.2", "time": "2026-11-27T09:30:00Z"}\nid: 120.3.17\n\n'
    ),
}

#: By status, what an enterprise may be told.
OF_PROBLEMS: dict[str, tuple[PearlError, ...]] = {
    "401": (KeyUnknown(),),
    "403": (NotPermitted(actor="Gear Maker", action="redeem vouchers", role="core_enterprise"),),
    "404": (NotFound(what="piece", id="7.1.3.9"),),
    "409": (Conflict(what="idempotency key 5f1f1d9e-5a52-4c0e-9df5-3c8f8f0f6a0b"),),
    "412": (VersionChanged(what="user", id="0f1e2d3c4b5a6978"),),
    "413": (BodyTooLarge(),),
    "421": (HostUnknown(),),
    "422": (
        RequestInvalid(),
        ContractRefused(
            name="CreditLimitExceeded",
            arguments="line 7.1, requestedMinor 8486800, availableMinor 7000000",
            advice=ADVICE["CreditLimitExceeded"],
        ),
    ),
    "428": (VersionMissing(),),
    "429": (StreamsExhausted(),),
    "500": (Unexpected(),),
    "503": (Unavailable(what="the node"),),
}
PLACES = [Place(place="body.payments.0.amount.minor", reason="it should be more than 0")]


def problem_examples(status: str) -> dict[str, Any]:
    """Problems of a status as they are answered, by their rules."""
    return {
        error.rule: {
            # Not the id of the request within which the document happens to be made.
            "value": problem_of(error, "en", PLACES if isinstance(error, RequestInvalid) else None).model_dump(
                exclude_none=True, exclude={"request_id"}
            )
        }
        for error in OF_PROBLEMS.get(status, ())
    }


def give_examples(document: dict[str, Any]) -> None:
    """Put an example at every field of every model, and a whole one at every request and answer."""
    schemas = document["components"]["schemas"]
    for name, schema in schemas.items():
        for field, one in schema.get("properties", {}).items():
            whole = f"{name}.{field}"
            if "examples" not in one and (whole in OF_FIELDS or (field in OF_FIELDS and _fits(one, OF_FIELDS[field]))):
                one["examples"] = [OF_FIELDS[whole if whole in OF_FIELDS else field]]
    for path in document["paths"].values():
        for operation in path.values():
            for content in operation.get("requestBody", {}).get("content", {}).items():
                _give_whole(schemas, *content)
            for answer in operation["responses"].values():
                for media_type, entry in answer.get("content", {}).items():
                    if operation["operationId"] in OF_ANSWERS:
                        entry["example"] = OF_ANSWERS[operation["operationId"]]
                    else:
                        _give_whole(schemas, media_type, entry)


class NoExample(Exception):
    """A field has no example, here or in its model."""


def example_of(schemas: Mapping[str, Schema], schema: Schema, place: str = "") -> Any:
    """A value of the schema, put together from its fields' examples. Raises NoExample with the field's place."""
    if "examples" in schema:
        return schema["examples"][0]
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return example_of(schemas, schemas[name], name)
    for word in ("anyOf", "oneOf", "allOf"):
        if word in schema:
            return example_of(schemas, schema[word][0], place)
    if "properties" in schema:
        return {field: example_of(schemas, one, f"{place}.{field}") for field, one in schema["properties"].items()}
    match schema:
        case {"const": value}:
            return value
        case {"enum": [value, *_]}:
            return value
        case {"type": "boolean"}:
            return schema.get("default", False)
        case {"type": "array", "items": items}:
            return [example_of(schemas, items, f"{place}[]")]
        case {"format": "date-time"}:
            return MOMENT
        case {"format": "date"}:
            return MOMENT[:10]
        case {"type": "null"}:
            return None
    raise NoExample(place)


def _give_whole(schemas: Mapping[str, Schema], media_type: str, entry: dict[str, Any]) -> None:
    if media_type == "application/json" and "example" not in entry:
        try:
            entry["example"] = example_of(schemas, entry.get("schema", {}))
        except NoExample:
            return  # `tests/openapi/test_examples.py` says which


def _fits(schema: Schema, value: Any) -> bool:
    """Whether a name's example is of the type that this field of the name has. ``None`` is one of what may be null."""
    if "$ref" in schema:
        return isinstance(value, dict)
    types = {"string": str, "integer": int, "array": list, "object": dict, "null": type(None)}
    kinds = [one for one in (schema, *schema.get("anyOf", ())) if type(value) is types.get(one.get("type", ""))]
    if isinstance(value, list):
        kinds = [one for one in kinds if all(_fits(one.get("items", {}), inner) for inner in value)]
    return bool(kinds) and "format" not in schema
