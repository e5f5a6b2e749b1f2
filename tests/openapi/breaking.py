"""What of an OpenAPI document a newer one breaks, for clients that were written by the older one.

A request that was valid must stay valid, and an answer must be one that its reader knows: the new schema of a request has
to cover the old one, the old schema of an answer the new one. `jsonschema_rs` proves that; what it cannot prove counts as
broken. Answers may get new fields, which readers pass over, and new values of an enumeration, which they are warned of.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest
from typing import Any

from jsonschema_rs import canonicalize
from jsonschema_rs.canonical import Containment

Schema = Mapping[str, Any]

_REFERENCE = re.compile(r'"#/\$defs/([^"]+)"')
METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")


@dataclass(frozen=True, order=True)
class Change:
    """One thing that is not as it was. ``breaks``: a client may fail; else it is only warned."""

    where: str
    what: str
    breaks: bool = True

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


class Document:
    """An OpenAPI 3.1 document whose references are followed."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.content = content
        self.schemas = content.get("components", {}).get("schemas", {})
        self.told: set[str] = set()
        self._kept: dict[tuple[str, bool, bool], dict[str, Any]] = {}

    def follow(self, value: Mapping[str, Any]) -> Mapping[str, Any]:
        """What ``value`` refers to, or itself."""
        while "$ref" in value:
            target: Any = self.content
            for part in value["$ref"].removeprefix("#/").split("/"):
                target = target[part.replace("~1", "/").replace("~0", "~")]
            value = target
        return value

    def operations(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """``GET /v1/me`` and its operation."""
        for path, entry in self.content.get("paths", {}).items():
            for method in METHODS:
                if method in entry:
                    yield f"{method.upper()} {path}", entry[method]

    def parameters(self, operation: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
        """By place and name: ``query limit``."""
        found = [self.follow(parameter) for parameter in operation.get("parameters", ())]
        return {f"{parameter['in']} {parameter['name']}": parameter for parameter in found}

    def whole(self, schema: Schema, *, answer: bool, values: bool) -> dict[str, Any]:
        """The schema with all that it refers to, as it is compared. ``answer``: fields that are not known may come; requests
        have none. ``values``: an enumeration is held to its values, not only to their kind."""
        made = dict(_compared(schema, answer, values))
        needed: dict[str, Any] = {}
        waiting = [made]
        while waiting:
            for name in set(_REFERENCE.findall(json.dumps(waiting.pop()))) - needed.keys():
                needed[name] = self._compared_model(name, answer, values)
                waiting.append(needed[name])
        return made | ({"$defs": dict(sorted(needed.items()))} if needed else {})

    def _compared_model(self, name: str, answer: bool, values: bool) -> dict[str, Any]:
        key = name, answer, values
        if key not in self._kept:
            self._kept[key] = _compared(self.schemas[name], answer, values)
        return self._kept[key]


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """All that is broken or to be warned of, in the order of the text."""
    before, after = Document(old), Document(new)
    here = dict(after.operations())
    found: list[Change] = []
    for name, operation in before.operations():
        if name in here:
            found += _operation(before, after, name, operation, here[name])
        else:
            found.append(Change(name, "is gone"))
    return sorted(set(found))


def _operation(
    before: Document, after: Document, name: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[Change]:
    if old.get("operationId") != new.get("operationId"):
        yield Change(name, f"is called {new.get('operationId')}, was {old.get('operationId')}")
    if any(wanted not in new.get("security", ()) for wanted in old.get("security", [{}]) or [{}]) and new.get(
        "security"
    ):
        yield Change(name, "asks for other credentials")
    yield from _parameters(before, after, name, old, new)
    yield from _request(before, after, name, old, new)
    yield from _answers(before, after, name, old, new)


def _parameters(
    before: Document, after: Document, name: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[Change]:
    had, has = before.parameters(old), after.parameters(new)
    for key, parameter in had.items():
        if key not in has:
            yield Change(name, f"{key} is gone")
            continue
        if has[key].get("required") and not parameter.get("required"):
            yield Change(name, f"{key} is required")
        yield from _narrower(
            before, after, f"{name} {key}", parameter.get("schema", {}), has[key].get("schema", {}), answer=False
        )
    for key in has.keys() - had.keys():
        if has[key].get("required"):
            yield Change(name, f"{key} is new and required")


def _request(
    before: Document, after: Document, name: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[Change]:
    had, has = before.follow(old.get("requestBody", {})), after.follow(new.get("requestBody", {}))
    if has.get("required") and not had.get("required"):
        yield Change(name, "a body is required")
    for media_type, entry in had.get("content", {}).items():
        if media_type not in has.get("content", {}):
            yield Change(name, f"takes no {media_type}")
            continue
        other = has["content"][media_type]
        yield from _narrower(
            before, after, f"{name} body", entry.get("schema", {}), other.get("schema", {}), answer=False
        )


def _answers(
    before: Document, after: Document, name: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[Change]:
    for status in new.get("responses", {}).keys() - old.get("responses", {}).keys():
        yield Change(name, f"may answer {status}", breaks=status.startswith(("2", "3")))
    for status, answer in old.get("responses", {}).items():
        if status not in new.get("responses", {}):
            yield Change(name, f"answers no {status}")
            continue
        had, has = before.follow(answer), after.follow(new["responses"][status])
        where = f"{name} {status}"
        if "$ref" in answer and answer == new["responses"][status]:  # shared by many, and told one time
            where = answer["$ref"].rpartition("/")[2]
            if where in before.told:
                continue
            before.told.add(where)
        for header in had.get("headers", {}).keys() - has.get("headers", {}).keys():
            yield Change(where, f"header {header} is gone")
        for media_type in has.get("content", {}).keys() - had.get("content", {}).keys():
            yield Change(where, f"may be {media_type}", breaks=not had.get("content"))
        for media_type, entry in had.get("content", {}).items():
            if media_type not in has.get("content", {}):
                yield Change(where, f"is no {media_type}")
                continue
            schemas = entry.get("schema", {}), has["content"][media_type].get("schema", {})
            yield from _narrower(before, after, where, *schemas, answer=True)
            yield from _gone(before, after, where, *schemas, frozenset())


def _narrower(
    before: Document, after: Document, where: str, old: Schema, new: Schema, *, answer: bool
) -> Iterator[Change]:
    """The smallest places at which the one schema does not cover the other."""
    if _covers(before, after, old, new, answer=answer, values=not answer):
        if answer and not _covers(before, after, old, new, answer=True, values=True):
            for place in _places(before, after, where, old, new, answer=True, values=True):
                yield Change(place, "may have values that it had not", breaks=False)
        return
    for place in _places(before, after, where, old, new, answer=answer, values=not answer):
        yield Change(place, "may be what it was not" if answer else "takes no more all that it took")


def _covers(before: Document, after: Document, old: Schema, new: Schema, *, answer: bool, values: bool) -> bool:
    was = before.whole(old, answer=answer, values=values)
    comes = after.whole(new, answer=answer, values=values)
    if was == comes:
        return True
    wide, narrow = (was, comes) if answer else (comes, was)
    return _proven(json.dumps(wide), json.dumps(narrow))


@lru_cache(maxsize=10_000)
def _proven(wide: str, narrow: str) -> bool:
    return canonicalize(json.loads(wide)).covers(canonicalize(json.loads(narrow))) is Containment.YES


def _places(
    before: Document, after: Document, where: str, old: Schema, new: Schema, *, answer: bool, values: bool
) -> list[str]:
    """Where inside it is; the whole where no part of it tells."""
    found: list[str] = []
    for part, was, comes in _parts(before.follow(old), after.follow(new)):
        if not _covers(before, after, was, comes, answer=answer, values=values):
            found += _places(before, after, f"{where}{part}", was, comes, answer=answer, values=values)
    return found or [where]


def _parts(old: Schema, new: Schema) -> Iterator[tuple[str, Schema, Schema]]:
    for field, one in old.get("properties", {}).items():
        if field in new.get("properties", {}):
            yield f".{field}", one, new["properties"][field]
    if isinstance(old.get("items"), dict) and isinstance(new.get("items"), dict):
        yield "[]", old["items"], new["items"]
    if isinstance(old.get("additionalProperties"), dict) and isinstance(new.get("additionalProperties"), dict):
        yield ".*", old["additionalProperties"], new["additionalProperties"]
    for word in ("anyOf", "oneOf", "allOf"):
        for one, other in zip_longest(old.get(word, ()), new.get(word, ())):
            if one is not None and other is not None:
                yield "", one, other


def _gone(
    before: Document, after: Document, where: str, old: Schema, new: Schema, above: frozenset[str]
) -> Iterator[Change]:
    """Fields of answers that come no more. One that was not always there is missed by nobody's proof, but by its readers."""
    if before.whole(old, answer=True, values=True) == after.whole(new, answer=True, values=True):
        return
    here = json.dumps([old, new])
    if here in above:  # a model that holds itself
        return
    was, comes = before.follow(old), after.follow(new)
    if "properties" in was and "properties" in comes:
        for field in was["properties"].keys() - comes["properties"].keys():
            yield Change(where, f"{field} is gone")
    for part, one, other in _parts(was, comes):
        yield from _gone(before, after, f"{where}{part}", one, other, above | {here})


def _compared(value: Any, answer: bool, values: bool) -> Any:
    """What says something of values, in the form in which it is compared."""
    if isinstance(value, list):
        return [_compared(inner, answer, values) for inner in value]
    if not isinstance(value, dict):
        return value
    made: dict[str, Any] = {}
    for word, inner in value.items():
        match word:
            case "$ref":
                made[word] = inner.replace("#/components/schemas/", "#/$defs/")
            case "title" | "description" | "examples" | "example" | "default" | "deprecated" if not isinstance(
                inner, dict
            ):
                continue
            case "properties" | "$defs":
                made[word] = {name: _compared(one, answer, values) for name, one in inner.items()}
            case "additionalProperties" if answer and inner is False:
                continue
            case "enum" if not values:
                continue
            case "const" | "enum":
                made[word] = inner
            case "format":  # a word that proofs pass over, and a promise as much as a pattern is
                made.setdefault("allOf", []).append({"pattern": f"^a {inner}$"})
            case _:
                made[word] = _compared(inner, answer, values)
    if not answer and "properties" in made:  # a field that is not known is nothing that a client may count on
        made.setdefault("additionalProperties", False)
    return made
