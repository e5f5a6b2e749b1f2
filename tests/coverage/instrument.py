"""Sources that report which of their lines and branches run.

Before each statement stands a call that reports it, and so does one on each side of an `if`. A condition that decides within an
expression (of `?:`, the left side of `&&` and `||`, a `require`) is handed through a function that reports its value. The reports
reach the test runner as Hardhat's own do: by calls to an address that it listens to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.solidity.syntax import Node, Project, Source, children

LIBRARY = "project/coverage.sol"
LIBRARY_TEXT = """// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

library Coverage__ {
    function hit(uint256 point) internal pure {
        _asPure(_hit)(point);
    }

    function both(uint256 point, bool value) internal pure returns (bool) {
        _asPure(_hit)(value ? point : point + 1);
        return value;
    }

    function _hit(uint256 point) private view {
        assembly ("memory-safe") {
            let pointer := mload(0x40)
            mstore(pointer, point)
            pop(staticcall(gas(), 0xc0bEc0BEc0BeC0bEC0beC0bEC0bEC0beC0beC0BE, pointer, 32, 0, 0))
        }
    }

    function _asPure(function(uint256) internal view from) private pure returns (function(uint256) internal pure to) {
        assembly ("memory-safe") {
            to := from
        }
    }
}
"""


@dataclass(frozen=True, slots=True)
class Point:
    """A place that reports itself."""

    file: str
    lines: tuple[int, int]
    """First and last line that it stands for."""
    branch: str | None
    """Which way of which decision; None for a statement."""


@dataclass
class Instrumented:
    """All contracts with their reports, and what each report means."""

    sources: dict[str, str] = field(default_factory=dict)
    points: list[Point] = field(default_factory=list)


def instrument(project: Project) -> Instrumented:
    """Every contract but tests and interfaces."""
    found = Instrumented({LIBRARY: LIBRARY_TEXT})
    for source in project.contracts:
        found.sources[source.name] = _File(source, found.points).text()
    return found


class _File:
    def __init__(self, source: Source, points: list[Point]) -> None:
        self._source, self._points = source, points
        self._insertions: list[tuple[int, int, int, int, str]] = []

    def text(self) -> str:
        for unit in self._source.tree["nodes"]:
            for function in _functions(unit):
                self._statement(function["body"], 0)
        pragma = next(node for node in self._source.tree["nodes"] if node["nodeType"] == "PragmaDirective")
        self._insert(self._source.span(pragma)[1], f'\nimport {{Coverage__}} from "{LIBRARY}";', opens=True, depth=-1)
        parts, position = [], 0
        for place, *_, text in sorted(self._insertions):
            parts += [self._source.content[position:place], text.encode()]
            position = place
        return b"".join([*parts, self._source.content[position:]]).decode()

    def _insert(self, position: int, text: str, *, opens: bool, depth: int) -> None:
        # At one place what closes comes before what opens, inner closes before outer, outer opens before inner.
        order = depth if opens else -depth
        self._insertions.append((position, int(opens), order, len(self._insertions), text))

    def _point(self, start: int, end: int, branch: str | None = None) -> int:
        lines = self._source.line(start), self._source.line(max(start, end - 1))
        self._points.append(Point(self._source.path, lines, branch))
        return len(self._points)  # 1 and up: a report of nothing is none

    def _statement(self, node: Node, depth: int) -> None:
        kind = node["nodeType"]
        if kind in ("Block", "UncheckedBlock"):
            for statement in node["statements"]:
                if statement["nodeType"] not in ("Block", "UncheckedBlock"):
                    self._insert(self._source.span(statement)[0], self._report(statement), opens=True, depth=depth + 1)
                self._statement(statement, depth + 1)
            return
        if kind == "IfStatement":
            self._if(node, depth)
        elif kind in ("ForStatement", "WhileStatement", "DoWhileStatement"):
            self._body(node["body"], "", depth)
        elif kind == "TryStatement":
            for clause in node["clauses"]:
                self._statement(clause["block"], depth + 1)
        for child in children(node):
            if child["nodeType"] not in _STATEMENTS:
                self._expression(child, depth + 1)

    def _report(self, statement: Node) -> str:
        start, end = self._source.span(statement)
        header = next((statement[key] for key in ("condition", "externalCall") if statement.get(key)), None)
        inner = next((statement[key] for key in ("trueBody", "body") if statement.get(key)), None)
        if inner is not None:
            end = max(self._source.span(header)[1] if header else start, start + 1)
        return f"Coverage__.hit({self._point(start, end)}); "

    def _body(self, body: Node, first: str, depth: int) -> None:
        """A body that reports first; one that is a lone statement gets its braces."""
        start = self._source.span(body)[0]
        if body["nodeType"] == "Block":
            self._insert(start + 1, f" {first}", opens=True, depth=depth)
            self._statement(body, depth + 1)
        else:
            self._insert(start, f"{{ {first}{self._report(body)}", opens=True, depth=depth + 1)
            self._statement(body, depth + 1)
            self._insert(self._source.statement_end(body), " }", opens=False, depth=depth + 1)

    def _if(self, node: Node, depth: int) -> None:
        start, end = self._source.span(node["condition"])
        taken = f"Coverage__.hit({self._point(start, end, 'if true')}); "
        not_taken = f"Coverage__.hit({self._point(start, end, 'if false')}); "
        self._body(node["trueBody"], taken, depth)
        if node.get("falseBody"):
            self._body(node["falseBody"], not_taken, depth)
        else:
            self._insert(self._source.statement_end(node), f" else {{ {not_taken}}}", opens=False, depth=depth)

    def _expression(self, node: Node, depth: int) -> None:
        kind = node["nodeType"]
        decider, name = None, ""
        if kind == "Conditional":
            decider, name = node["condition"], "?:"
        elif kind == "BinaryOperation" and node["operator"] in ("&&", "||"):
            decider, name = node["leftExpression"], node["operator"]
        elif kind == "FunctionCall" and node["expression"].get("name") == "require":
            decider, name = node["arguments"][0], "require"
        if decider is not None:
            start, end = self._source.span(decider)
            number = self._point(start, end, f"{name} true")
            self._point(start, end, f"{name} false")
            self._insert(start, f"Coverage__.both({number}, ", opens=True, depth=depth)
            self._insert(end, ")", opens=False, depth=depth)
        for child in children(node):
            self._expression(child, depth + 1)


_STATEMENTS = {
    "Block", "UncheckedBlock", "IfStatement", "ForStatement", "WhileStatement", "DoWhileStatement",
    "TryStatement", "TryCatchClause", "Return", "RevertStatement", "EmitStatement", "ExpressionStatement",
    "VariableDeclarationStatement", "PlaceholderStatement", "Continue", "Break", "InlineAssembly",
}  # fmt: skip


def _functions(unit: Node) -> Iterator[Node]:
    if unit["nodeType"] in ("FunctionDefinition", "ModifierDefinition"):
        if unit.get("body"):
            yield unit
    elif unit["nodeType"] == "ContractDefinition":
        for node in unit["nodes"]:
            yield from _functions(node)
