"""GS1 EPCIS 2.0: each event of a document is a logistics event.

Specification: GS1 EPCIS 2.0 (ISO/IEC 19987:2024), JSON/JSON-LD binding, and the Core Business Vocabulary 2.0 (ISO/IEC
19988) for business steps, transaction and source/destination types; the XML binding of 2.0 and 1.x is brought to the
same shape by `chain.documents.epcis_xml`. Extensions, sensor data and master data are left aside.

Whose goods they are: the owning party of the source list, else the possessing party, else the place; to whom they go,
likewise from the destination list. Where the event names neither, the party of the place where it was seen stands in,
and the event backs no credit (`OwnerNotNamed`).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Annotated, Any, Literal
from urllib.parse import unquote

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic.alias_generators import to_camel

from chain.documents import gs1
from chain.documents.draft import Draft, Parsed, distinct, is_day_of_ledger
from chain.documents.model import (
    DocumentLine,
    DocumentReference,
    DocumentType,
    Movement,
    Party,
    Source,
    is_quantity,
)
from chain.documents.rules import DateMalformed, DeclaredWrong, OwnerNotNamed, QuantityMalformed, SchemaViolated

DOCUMENTS = ("EPCISDocument", "EPCISQueryDocument")

EventType = Literal[
    "ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent", "AssociationEvent", "QuantityEvent"
]

#: Business steps (CBV 2.0, 7.1) that move goods; in all others they are seen where they are. A voided shipping did not
#: happen, so it is none.
MOVEMENTS = {
    "shipping": Movement.SHIPPED, "departing": Movement.SHIPPED, "loading": Movement.SHIPPED,
    "consigning": Movement.SHIPPED,
    "receiving": Movement.RECEIVED, "accepting": Movement.RECEIVED, "arriving": Movement.RECEIVED,
    "unloading": Movement.RECEIVED,
    "storing": Movement.STORED,
    "picking": Movement.RELEASED, "removing": Movement.RELEASED, "retail_selling": Movement.RELEASED,
}  # fmt: skip

#: Business transaction types (CBV 2.0, 7.3), and which references of the document they are.
TRANSACTIONS = {"po": "orders", "desadv": "despatches", "recadv": "receipts", "inv": "invoices"}

#: Who counts as the owner at either end, best first (CBV 2.0, 7.4).
ENDS = ("owning_party", "possessing_party", "location")

#: A piece counted one by one (UN/ECE Recommendation 20: each).
EACH = "EA"

Uri = Annotated[str, Field(min_length=1, max_length=2_000)]


class Open(BaseModel):
    """Extensions may stand anywhere, and are left aside."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel)


class Place(Open):
    """A read point or business location."""

    id: Uri


class Quantity(Open):
    """So much of a class of goods."""

    epc_class: Uri
    quantity: Decimal | None = None
    uom: Annotated[str, Field(max_length=20)] | None = None


class Transaction(Open):
    """A business transaction that the event belongs to."""

    type: Uri | None = None
    biz_transaction: Uri


class End(Open):
    """One end of a transfer: a source or a destination."""

    type: Uri
    uri: Annotated[Uri, Field(validation_alias="source")] = ""
    destination: Uri = ""


class Event(Open):
    """An event of any type; which lists it has, its type decides."""

    type: EventType
    event_time: Annotated[str, Field(max_length=60)]
    event_time_zone_offset: Annotated[str, Field(pattern=r"^[+-][0-9]{2}:[0-9]{2}$")] | None = None
    record_time: Annotated[str, Field(max_length=60)] | None = None
    event_id: Annotated[Uri | None, Field(alias="eventID")] = None
    error_declaration: dict[str, Any] | None = None
    biz_step: Uri | None = None
    read_point: Place | None = None
    biz_location: Place | None = None
    parent_id: Annotated[Uri | None, Field(alias="parentID")] = None
    epc_list: tuple[Uri, ...] = ()
    child_epcs: Annotated[tuple[Uri, ...], Field(alias="childEPCs")] = ()
    input_epc_list: Annotated[tuple[Uri, ...], Field(alias="inputEPCList")] = ()
    output_epc_list: Annotated[tuple[Uri, ...], Field(alias="outputEPCList")] = ()
    quantity_list: tuple[Quantity, ...] = ()
    child_quantity_list: tuple[Quantity, ...] = ()
    input_quantity_list: tuple[Quantity, ...] = ()
    output_quantity_list: tuple[Quantity, ...] = ()
    biz_transaction_list: tuple[Transaction, ...] = ()
    source_list: tuple[End, ...] = ()
    destination_list: tuple[End, ...] = ()

    @field_validator("type", mode="before")
    @classmethod
    def _without_prefix(cls, value: object) -> object:
        return value.removeprefix("epcis:") if isinstance(value, str) else value


def is_event(content: Any) -> bool:
    """Whether it is an event alone, as the capture interface takes it, without a document around it."""
    return isinstance(content, dict) and "eventTime" in content and str(content.get("type", "")).endswith("Event")


def events(content: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each event of a JSON document, a query result or a list without either, with its JSON pointer. Raises SchemaViolated
    when it has no list of events."""
    if isinstance(content, list):
        yield from ((f"/{position}", event) for position, event in enumerate(content))
        return
    body, pointer = content.get("epcisBody"), "/epcisBody"
    for inner in ("queryResults", "resultsBody"):
        if isinstance(body, dict) and inner in body:
            body, pointer = body[inner], f"{pointer}/{inner}"
    if is_event(content):
        body, pointer = {"eventList": [content]}, ""
    listed = body.get("eventList", [body["event"]] if "event" in body else None) if isinstance(body, dict) else None
    if not isinstance(listed, list):
        raise SchemaViolated(field=f"{pointer}/eventList", reason="no list of events")
    for position, event in enumerate(listed):
        yield f"{pointer}/eventList/{position}", event


def parse(content: dict[str, Any], source: Source) -> Parsed:
    """Read one event from its JSON object."""
    draft = Draft()
    try:
        event = Event.model_validate(content)
    except ValidationError as error:
        draft.schema(error)
        return Parsed(None, tuple(draft.findings))
    movement = _movement(event)
    place = _party(event.biz_location.id) if event.biz_location else None
    place = place or (_party(event.read_point.id) if event.read_point else None)
    origin, target = _end(event.source_list), _end(event.destination_list)
    owner = origin or target
    if owner is None and place is not None:
        draft.block(OwnerNotNamed(), "/sourceList")
        owner = place
    draft.party(owner, "owner", "/sourceList")
    if event.error_declaration is not None:
        draft.block(DeclaredWrong(), "/errorDeclaration")
    day = _day(event, draft)
    lines, lots = _goods(event, draft)
    consumed = _lots(event.input_epc_list, event.input_quantity_list)
    return draft.finish(
        source, type=DocumentType.LOGISTICS_EVENT, number=_number(event, content), movement=movement,
        issue_date=draft.day(event.record_time, "recordTime", "/recordTime") or day, delivery_date=day,
        seller=owner, buyer=target if target != owner else None, keeper=_keeper(event, movement, place, owner),
        lines=lines, lots=lots, consumed_lots=consumed, **_references(event),
    )  # fmt: skip


def _number(event: Event, content: dict[str, Any]) -> str:
    """The event's id; of one without any, a digest of all that it says, so that the same event is the same document."""
    if event.event_id:
        return event.event_id
    written = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    return f"event {hashlib.sha256(written.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"


def _movement(event: Event) -> Movement:
    if event.type == "TransformationEvent":
        return Movement.TRANSFORMED
    if event.type == "AssociationEvent":  # goods fixed to an asset, or taken from it, go nowhere
        return Movement.OBSERVED
    return MOVEMENTS.get(_word(event.biz_step or ""), Movement.OBSERVED)


def _word(uri: str) -> str:
    """``shipping`` out of ``urn:epcglobal:cbv:bizstep:shipping``, ``https://ref.gs1.org/cbv/BizStep-shipping``,
    ``cbv:BizStep-shipping`` or as it is; a word of another vocabulary stays what it is."""
    found = re.fullmatch(r"(?:urn:epcglobal:cbv:\w+:|(?:https?://(?:ref\.)?gs1\.org/cbv/|cbv:)\w+-)(\w+)", uri, re.I)
    return (found[1] if found else uri).lower()


def _day(event: Event, draft: Draft) -> date | None:
    """The calendar day where it happened: the time is written in any zone, the offset of the place beside it."""
    try:
        moment = datetime.fromisoformat(event.event_time)
        offset = event.event_time_zone_offset
        if moment.tzinfo is not None and offset is not None:
            hours, minutes = int(offset[1:3]), int(offset[4:6])
            zone = timedelta(hours=hours, minutes=minutes) * (-1 if offset.startswith("-") else 1)
            moment = moment.astimezone(timezone(zone))
        if is_day_of_ledger(day := moment.date()):
            return day
    except (ValueError, OverflowError):
        return draft.day(event.event_time, "eventTime", "/eventTime")
    draft.block(DateMalformed(field="eventTime", text=event.event_time[:40]), "/eventTime")
    return None


def _party(uri: str) -> Party | None:
    number = gs1.location(uri)
    return None if number is None else Party(identifiers=(number,))


def _end(ends: Iterable[End]) -> Party | None:
    named = {_word(end.type): end.uri or end.destination for end in reversed(tuple(ends))}
    return next((party for kind in ENDS if kind in named and (party := _party(named[kind]))), None)


def _keeper(event: Event, movement: Movement, place: Party | None, owner: Party | None) -> Party | None:
    """Who keeps the goods: in storing whoever possesses them afterwards, in releasing before; else whose place it is."""
    if movement not in (Movement.STORED, Movement.RELEASED):
        return None
    ends = event.destination_list if movement is Movement.STORED else event.source_list
    held = _end(end for end in ends if _word(end.type) == "possessing_party")
    keeper = held or place
    return None if keeper == owner and held is None else keeper


def _references(event: Event) -> dict[str, tuple[DocumentReference, ...]]:
    found: dict[str, list[DocumentReference]] = {name: [] for name in TRANSACTIONS.values()}
    for transaction in event.biz_transaction_list:
        if name := TRANSACTIONS.get(_word(transaction.type or "")):
            found[name].append(DocumentReference(number=_transaction_number(transaction.biz_transaction)))
    return {name: distinct(references) for name, references in found.items()}


def _transaction_number(uri: str) -> str:
    """The document's number: what follows the GLN in ``urn:epcglobal:cbv:bt:{GLN}:{number}``, the last part of a plain
    web address (CBV 2.0, 8.5); anything else as it is."""
    if found := re.fullmatch(r"urn:epcglobal:cbv:bt:[^:]+:(.+)", uri):
        return unquote(found[1])[:200]
    if (found := re.fullmatch(r"https?://[^?#]*/([^/?#]+)", uri)) and "/253/" not in uri:
        return unquote(found[1])[:200]
    return uri[:200]


def _goods(event: Event, draft: Draft) -> tuple[tuple[DocumentLine, ...], tuple[str, ...]]:
    """Lines and lots of what is there after the event: of a transformation what came out of it."""
    if event.type == "TransformationEvent":
        pieces, quantities = event.output_epc_list, event.output_quantity_list
    else:
        pieces, quantities = event.epc_list + event.child_epcs, event.quantity_list + event.child_quantity_list
    counted: dict[str | None, int] = {}
    for uri in pieces:
        if (found := gs1.goods(uri)) and found.item:
            counted[found.item] = counted.get(found.item, 0) + 1
    lines = [
        DocumentLine(number=str(position), item=item, quantity=Decimal(count), unit=EACH)
        for position, (item, count) in enumerate(counted.items(), start=1)
    ]
    for position, part in enumerate(quantities):
        found = gs1.goods(part.epc_class) or gs1.Goods(item=part.epc_class[:200])
        quantity = part.quantity
        if quantity is not None and (quantity < 0 or not is_quantity(quantity)):
            draft.flag(QuantityMalformed(text=str(quantity)[:40]), f"/quantityList/{position}/quantity")
            quantity = None
        unit = None if quantity is None else part.uom or EACH
        lines.append(DocumentLine(str(len(lines) + 1), "", found.item, quantity, unit, lot=found.lot))
    units = () if event.parent_id is None else (event.parent_id,)
    return tuple(lines), _lots(pieces + units, quantities)


def _lots(pieces: Iterable[str], quantities: Iterable[Quantity]) -> tuple[str, ...]:
    uris = (*pieces, *(part.epc_class for part in quantities))
    return distinct(found.lot for uri in uris if (found := gs1.goods(uri)) and found.lot)
