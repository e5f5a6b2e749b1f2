"""GS1 EPCIS in XML: each event brought to the shape that it has in JSON, so that both are read by the same rules.

Specification: GS1 EPCIS 2.0 (``urn:epcglobal:epcis:xsd:2``) and 1.x (``…:xsd:1``), where what came later stands inside
``extension`` and ``baseExtension``. Elements of events have no namespace; those of others are extensions.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from chain.documents import epcis
from chain.documents.draft import Parsed
from chain.documents.model import Source
from chain.documents.node import Node

NAMESPACES = ("urn:epcglobal:epcis:xsd:1", "urn:epcglobal:epcis:xsd:2")
QUERY_NAMESPACES = ("urn:epcglobal:epcis-query:xsd:1", "urn:epcglobal:epcis-query:xsd:2")

EVENTS = frozenset(get_args(epcis.EventType))
WRAPPERS = ("extension", "baseExtension")

PIECES = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")
QUANTITIES = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")
SINGLE = ("eventTime", "eventTimeZoneOffset", "recordTime", "eventID", "parentID", "bizStep")


def events(root: Node) -> Iterator[tuple[str, Node]]:
    """Each event once, wherever the list stands (body, query result, an extension of 1.x), with its place."""
    lists = (listed.element for listed in root.below("EventList"))
    outer = (listed for listed in lists if next(listed.iterancestors("EventList"), None) is None)
    elements = (element for listed in outer for element in listed.iter(*EVENTS))
    for number, element in enumerate(elements, start=1):
        yield f"event {number}", Node(element)


def parse(event: Node, source: Source) -> Parsed:
    """Read one event element."""
    return epcis.parse(_shape(event), source)


def _shape(event: Node) -> dict[str, Any]:
    levels = [event]
    for level in levels:  # grows while it is walked: an extension may stand in an extension
        levels += [inner for name in WRAPPERS for inner in level.all(name)]
    fields = {name: found for level in reversed(levels) for name, found in level.children.items()}
    shape: dict[str, Any] = {"type": event.name}
    shape |= {name: fields[name][0].text for name in SINGLE if name in fields and fields[name][0].text}
    for name in ("readPoint", "bizLocation"):
        if name in fields and (place := fields[name][0].down(["id"])) is not None and place.text:
            shape[name] = {"id": place.text}
    if "errorDeclaration" in fields:
        shape["errorDeclaration"] = {}
    for name in PIECES:
        if name in fields:
            shape[name] = [epc.text or "" for epc in fields[name][0].all("epc")]
    for name in QUANTITIES:
        if name in fields:
            shape[name] = [_texts(part) for part in fields[name][0].all("quantityElement")]
    if event.name == "QuantityEvent":
        shape["quantityList"] = [_texts(event)]
    if "bizTransactionList" in fields:
        shape["bizTransactionList"] = [
            _typed(part, "bizTransaction") for part in fields["bizTransactionList"][0].all("bizTransaction")
        ]
    for name in ("source", "destination"):
        if f"{name}List" in fields:
            shape[f"{name}List"] = [_typed(part, name) for part in fields[f"{name}List"][0].all(name)]
    return shape


def _texts(element: Node) -> dict[str, str]:
    parts = ((name, element.down([name])) for name in ("epcClass", "quantity", "uom"))
    return {name: part.text for name, part in parts if part is not None and part.text}


def _typed(element: Node, name: str) -> dict[str, str]:
    written = {"type": element.attribute("type"), name: element.text}
    return {key: value for key, value in written.items() if value}
