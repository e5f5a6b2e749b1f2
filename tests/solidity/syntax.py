"""The compiler's syntax trees: nodes, their text and parents, and which contracts a piece of source ends up in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

Node = dict[str, Any]


def children(node: Node) -> Iterator[Node]:
    """The nodes directly below, in the order of the tree."""
    for value in node.values():
        if isinstance(value, dict) and "nodeType" in value:
            yield value
        elif isinstance(value, list):
            yield from (entry for entry in value if isinstance(entry, dict) and "nodeType" in entry)


def walk(node: Node, *ancestors: Node) -> Iterator[tuple[Node, tuple[Node, ...]]]:
    """Every node with its ancestors, outermost first."""
    yield node, ancestors
    for child in children(node):
        yield from walk(child, *ancestors, node)


@dataclass(frozen=True)
class Source:
    """One file as the compiler reads it. Positions are in bytes, as the compiler counts."""

    name: str
    """Such as ``project/contracts/Clock.sol``."""
    tree: Node
    content: bytes

    @property
    def path(self) -> str:
        return self.name.removeprefix("project/")

    @property
    def is_test(self) -> bool:
        return "/test/" in self.name or self.name.endswith(".t.sol")

    def span(self, node: Node) -> tuple[int, int]:
        start, length, _ = (int(part) for part in node["src"].split(":"))
        return start, start + length

    def text(self, node: Node) -> str:
        start, end = self.span(node)
        return self.content[start:end].decode()

    def statement_end(self, node: Node) -> int:
        """Where a statement ends, its semicolon included, which the compiler counts only in some kinds."""
        end = self.span(node)[1]
        if self.content[end - 1 : end] in (b";", b"}"):
            return end
        rest = self.content[end:]
        return end + len(rest) - len(rest.lstrip()) + 1 if rest.lstrip().startswith(b";") else end

    def line(self, position: int) -> int:
        return self.content.count(b"\n", 0, position) + 1

    @cached_property
    def lines(self) -> list[str]:
        return self.content.decode().splitlines()


@dataclass
class Project:
    """All sources that the contracts and their tests are made of."""

    sources: dict[str, Source]
    _closures: dict[int, frozenset[int]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Project:
        """From the file that the worker's ``ast`` wrote."""
        trees = json.loads(path.read_text(encoding="utf-8"))
        return cls({name: Source(name, entry["ast"], entry["content"].encode()) for name, entry in trees.items()})

    @property
    def contracts(self) -> list[Source]:
        """The files under test: no tests, no interfaces, nothing from packages."""
        return [
            source
            for name, source in sorted(self.sources.items())
            if name.startswith("project/contracts/") and not source.is_test and "/interfaces/" not in name
        ]

    @cached_property
    def nodes(self) -> dict[int, tuple[Node, tuple[Node, ...], Source]]:
        """By id: the node, its ancestors, its file."""
        return {
            node["id"]: (node, ancestors, source)
            for source in self.sources.values()
            for node, ancestors in walk(source.tree)
            if "id" in node
        }

    def unit_of(self, node_id: int) -> int | None:
        """The contract, free function or free constant that a node belongs to."""
        if node_id not in self.nodes:
            return None
        node, ancestors, _ = self.nodes[node_id]
        path = (*ancestors, node)
        return path[1]["id"] if len(path) > 1 else None

    def affected(self, unit: int) -> dict[str, list[str]]:
        """Which contracts that can be created hold code of a unit, tests included: source → names."""
        found: dict[str, list[str]] = {}
        for source in self.sources.values():
            if not source.name.startswith("project/"):
                continue
            for node in source.tree["nodes"]:
                made = (
                    node["nodeType"] == "ContractDefinition"
                    and node["contractKind"] == "contract"
                    and not node["abstract"]
                )
                if made and unit in self._closure(node["id"]):
                    found.setdefault(source.name, []).append(node["name"])
        return found

    def _closure(self, unit: int) -> frozenset[int]:
        """The unit and all whose code becomes part of it."""
        if unit not in self._closures:
            found, waiting = {unit}, [unit]
            while waiting:
                for target in self._parts[waiting.pop()] - found:
                    found.add(target)
                    waiting.append(target)
            self._closures[unit] = frozenset(found)
        return self._closures[unit]

    @cached_property
    def _parts(self) -> dict[int, set[int]]:
        """Unit → units whose code is copied into it: bases, libraries, free functions, constants, and what it creates.

        Calling another contract, or naming it as a type, copies nothing.
        """
        return {
            unit["id"]: {target for node, _ in walk(unit) for target in self._copied(node)}
            for source in self.sources.values()
            for unit in source.tree["nodes"]
            if "id" in unit
        }

    def _copied(self, node: Node) -> Iterator[int]:
        kind = node["nodeType"]
        if kind == "ContractDefinition":
            yield from node["linearizedBaseContracts"]
        elif kind == "NewExpression" and "referencedDeclaration" in node["typeName"]:
            yield node["typeName"]["referencedDeclaration"]
        elif kind == "MemberAccess" and node["memberName"] in ("creationCode", "runtimeCode", "interfaceId"):
            yield from (
                inner["referencedDeclaration"]
                for inner, _ in walk(node)
                if inner["nodeType"] == "Identifier" and inner.get("referencedDeclaration", -1) > 0
            )
        for key in ("referencedDeclaration", "function"):
            target = node.get(key)
            if isinstance(target, int) and target in self.nodes and self._is_copied(target):
                unit = self.unit_of(target)
                if unit is not None:
                    yield unit

    def _is_copied(self, node_id: int) -> bool:
        node, ancestors, _ = self.nodes[node_id]
        if node["nodeType"] == "FunctionDefinition":
            return len(ancestors) == 1 or ancestors[1].get("contractKind") == "library"
        return node["nodeType"] == "VariableDeclaration" and bool(node.get("constant"))
