"""The faults that are tried: each operator finds, in one file's syntax tree, places where it can change the source."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from tests.solidity.syntax import Node, Project, Source, walk

Ancestors = tuple[Node, ...]
Edit = tuple[int, int, str]
"""First byte, byte after the last, what stands there instead."""
Operator = Callable[[Project, Source, Node, Ancestors], Iterator[Edit]]

_ARITHMETIC = {
    "+": "-", "-": "+", "*": "/", "/": "*", "%": "/", "**": "*", "<<": ">>", ">>": "<<", "&": "|", "|": "&", "^": "|",
    "+=": "-=", "-=": "+=", "*=": "/=", "/=": "*=", "|=": "&=", "&=": "|=", "<<=": ">>=", ">>=": "<<=", "++": "--", "--": "++",
}  # fmt: skip
_BOUNDARY = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
_NEGATION = {"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<", "&&": "||", "||": "&&"}
_ORDERED = {"-", "/", "%", "**", "<<", ">>", "<", "<=", ">", ">="}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault: bytes ``start`` to ``end`` of a file replaced."""

    file: str
    line: int
    place: str
    """Contract and function, as far as there are such."""
    operator: str
    original: str
    mutated: str
    start: int
    end: int
    unit: int
    """The compiler's id of the contract or free function that it is in."""

    @property
    def key(self) -> str:
        """The same for the same fault in the same source."""
        return hashlib.sha256(
            f"{self.file}|{self.start}|{self.end}|{self.operator}|{self.mutated}".encode()
        ).hexdigest()[:12]

    def applied(self, content: bytes) -> str:
        return (content[: self.start] + self.mutated.encode() + content[self.end :]).decode()

    def as_dict(self) -> dict[str, Any]:
        return {"key": self.key, **{name: value for name, value in asdict(self).items() if name != "unit"}}


def mutants(project: Project) -> list[Mutant]:
    """All faults that the operators find in the contracts, in the order of the source."""
    found: dict[tuple[str, int, int, str], Mutant] = {}
    for source in project.contracts:
        for node, ancestors in walk(source.tree):
            if any(ancestor["nodeType"] == "InlineAssembly" for ancestor in ancestors) or len(ancestors) == 0:
                continue
            for name, operator in OPERATORS.items():
                for start, end, mutated in operator(project, source, node, ancestors):
                    mutant = _mutant(source, (*ancestors, node), name, (start, end, mutated))
                    if mutant.original != mutated:
                        found.setdefault((source.name, start, end, mutated), mutant)
    return sorted(found.values(), key=lambda mutant: (mutant.file, mutant.start, mutant.end, mutant.operator))


def _mutant(source: Source, path: Ancestors, operator: str, edit: Edit) -> Mutant:
    start, end, mutated = edit
    named = [
        entry
        for entry in path
        if entry["nodeType"] in ("ContractDefinition", "FunctionDefinition", "ModifierDefinition")
    ]
    return Mutant(
        file=source.path,
        line=source.line(start),
        place=".".join(entry.get("name") or entry.get("kind", "") for entry in named),
        operator=operator,
        original=source.content[start:end].decode(),
        mutated=mutated,
        start=start,
        end=end,
        unit=path[1]["id"],
    )


# ---------------------------------------------------------------- operators of expressions


def _token(source: Source, node: Node) -> tuple[int, int] | None:
    """Where a binary operator's or an assignment's sign stands."""
    left = node.get("leftExpression") or node["leftHandSide"]
    right = node.get("rightExpression") or node["rightHandSide"]
    start, end = source.span(left)[1], source.span(right)[0]
    between = re.sub(
        rb"//[^\n]*|/\*.*?\*/", lambda comment: b" " * len(comment[0]), source.content[start:end], flags=re.DOTALL
    )
    position = between.find(node["operator"].encode())
    return None if position < 0 else (start + position, start + position + len(node["operator"]))


def _in_loop_header(node: Node, ancestors: Ancestors) -> bool:
    """Whether it is the step of a `for`: turned around it ends in a panic or never, which shows nothing."""
    path = (*ancestors, node)
    return any(
        outer["nodeType"] == "ForStatement" and inner is outer.get("loopExpression") for outer, inner in pairwise(path)
    )


def _arithmetic(_: Project, source: Source, node: Node, ancestors: Ancestors) -> Iterator[Edit]:
    kind, sign = node["nodeType"], node.get("operator")
    if _in_loop_header(node, ancestors):
        return
    if kind in ("BinaryOperation", "Assignment") and sign in _ARITHMETIC:
        place = _token(source, node)
        if place:
            yield *place, _ARITHMETIC[sign]
    elif kind == "UnaryOperation" and sign in ("~", "-"):
        yield *source.span(node), source.text(node["subExpression"])
    elif kind == "UnaryOperation" and sign in ("++", "--"):
        yield *source.span(node), source.text(node).replace(sign, _ARITHMETIC[sign])


def _boundary(_: Project, source: Source, node: Node, __: Ancestors) -> Iterator[Edit]:
    if node["nodeType"] == "BinaryOperation" and node["operator"] in _BOUNDARY:
        place = _token(source, node)
        if place:
            yield *place, _BOUNDARY[node["operator"]]


def _negation(_: Project, source: Source, node: Node, ancestors: Ancestors) -> Iterator[Edit]:
    if node["nodeType"] == "BinaryOperation" and node["operator"] in _NEGATION:
        place = _token(source, node)
        if place:
            yield *place, _NEGATION[node["operator"]]
    elif node["nodeType"] == "UnaryOperation" and node["operator"] == "!":
        yield *source.span(node), source.text(node["subExpression"])
    elif node is ancestors[-1].get("condition") and node["nodeType"] not in ("BinaryOperation", "UnaryOperation"):
        yield *source.span(node), f"!({source.text(node)})"


def _operands(_: Project, source: Source, node: Node, __: Ancestors) -> Iterator[Edit]:
    kind = node["nodeType"]
    if kind == "BinaryOperation" and node["operator"] in _ORDERED:
        yield _swapped(source, node["leftExpression"], node["rightExpression"])
    elif kind == "Conditional":
        yield _swapped(source, node["trueExpression"], node["falseExpression"])
    elif kind == "FunctionCall" and node["kind"] == "functionCall":
        for left, right in pairwise(node["arguments"]):
            if left["typeDescriptions"]["typeString"] == right["typeDescriptions"]["typeString"]:
                yield _swapped(source, left, right)


def _swapped(source: Source, left: Node, right: Node) -> Edit:
    (start, left_end), (right_start, end) = source.span(left), source.span(right)
    between = source.content[left_end:right_start].decode()
    return start, end, source.text(right) + between + source.text(left)


def _constant(project: Project, source: Source, node: Node, ancestors: Ancestors) -> Iterator[Edit]:
    kind = node["nodeType"]
    if any(entry["nodeType"] in ("ArrayTypeName", "PragmaDirective", "ImportDirective") for entry in ancestors):
        return
    if kind == "Literal" and node["kind"] == "number":
        text = source.text(node)
        digits = re.match(r"[\d_]+(?![\dxe.])", text)
        if digits:
            value = int(digits[0].replace("_", ""))
            yield *source.span(node), f"{0 if value == 1 else value + 1}{text[digits.end() :]}"
            if value > 1:
                yield *source.span(node), f"{value - 1}{text[digits.end() :]}"
    elif kind == "Literal" and node["kind"] == "bool":
        yield *source.span(node), "false" if node["value"] == "true" else "true"
    elif kind == "Literal" and node["kind"] == "string" and node["value"]:
        text = source.text(node)
        yield *source.span(node), f"{text[:-1]}_{text[-1]}"
    elif kind in ("Identifier", "MemberAccess"):
        yield from _sibling(project, source, node)


def _sibling(project: Project, source: Source, node: Node) -> Iterator[Edit]:
    """Another value of the same enumeration, or another constant of the same type that stands beside the one named."""
    entry = project.nodes.get(node.get("referencedDeclaration") or -1)
    if entry is None:
        return
    declared, ancestors, _ = entry
    if not ancestors:
        return
    if declared["nodeType"] == "EnumValue":
        beside = ancestors[-1]["members"]
    elif declared["nodeType"] == "VariableDeclaration" and declared.get("constant"):
        beside = [
            other
            for other in ancestors[-1]["nodes"]
            if other["nodeType"] == "VariableDeclaration"
            and other.get("constant")
            and other["typeDescriptions"]["typeString"] == declared["typeDescriptions"]["typeString"]
        ]
    else:
        return
    names = [other["name"] for other in beside]
    other = names[(names.index(declared["name"]) + 1) % len(names)]
    if other != declared["name"]:
        text = source.text(node)
        yield *source.span(node), text[: len(text) - len(declared["name"])] + other


# ---------------------------------------------------------------- operators of statements

_LEAVES = ("RevertStatement", "Return", "Continue", "Break")


def _dropped(source: Source, node: Node) -> Edit:
    """An empty block stands where a statement stood: it fits wherever a statement does."""
    return source.span(node)[0], source.statement_end(node), "{}"


def _called(node: Node) -> Node | None:
    """The call that a statement consists of, unless it is of the kind that only converts a type."""
    expression = node.get("expression") if node["nodeType"] == "ExpressionStatement" else None
    if expression is None or expression["nodeType"] != "FunctionCall" or expression["kind"] != "functionCall":
        return None
    return expression


def _guard(_: Project, source: Source, node: Node, ancestors: Ancestors) -> Iterator[Edit]:
    kind = node["nodeType"]
    if kind == "IfStatement" and node.get("falseBody") is None:
        body = node["trueBody"]
        statements = body["statements"] if body["nodeType"] == "Block" else [body]
        if len(statements) == 1 and statements[0]["nodeType"] in _LEAVES:
            yield _dropped(source, node)
    elif kind == "ModifierInvocation" and node.get("kind") == "modifierInvocation":
        yield *source.span(node), ""
    elif (call := _called(node)) and _is_guard(call):
        yield _dropped(source, node)


def _is_guard(call: Node) -> bool:
    """A call whose result nobody takes, and that changes nothing, is there to revert."""
    described = call["expression"]["typeDescriptions"]["typeString"]
    return bool(re.search(r"\) (view|pure)\b", described)) or described.startswith("function (bool")


def _update(project: Project, source: Source, node: Node, _: Ancestors) -> Iterator[Edit]:
    kind = node["nodeType"]
    if kind == "ExpressionStatement":
        expression = node["expression"]
        target = None
        if expression["nodeType"] == "Assignment":
            target = expression["leftHandSide"]
        elif expression["nodeType"] == "UnaryOperation" and expression["operator"] in ("++", "--", "delete"):
            target = expression["subExpression"]
        if target is not None and _is_kept(project, target):
            yield _dropped(source, node)
    elif kind == "FunctionCall" and node["kind"] == "functionCall" and node["expression"]["nodeType"] == "MemberAccess":
        receiver = node["expression"]["expression"]
        same = receiver["typeDescriptions"]["typeString"] == node["typeDescriptions"]["typeString"]
        declared = project.nodes.get(node["expression"].get("referencedDeclaration") or -1)
        if (
            same
            and declared
            and declared[0]["nodeType"] == "FunctionDefinition"
            and receiver["nodeType"] != "FunctionCall"
        ):
            yield *source.span(node), source.text(receiver)
        elif same and declared and declared[0]["nodeType"] == "FunctionDefinition":
            # The last of a chain of changes: only it is dropped, the ones before are mutants of their own.
            yield source.span(receiver)[1], source.span(node)[1], ""


def _is_kept(project: Project, target: Node) -> bool:
    """Whether an assignment reaches storage, or a structure that other functions see."""
    if target["nodeType"] in ("IndexAccess", "MemberAccess"):
        return True
    declared = project.nodes.get(target.get("referencedDeclaration") or -1)
    return declared is not None and bool(declared[0].get("stateVariable"))


def _call(_: Project, source: Source, node: Node, __: Ancestors) -> Iterator[Edit]:
    call = _called(node)
    if call and not _is_guard(call):
        yield _dropped(source, node)


def _event(_: Project, source: Source, node: Node, __: Ancestors) -> Iterator[Edit]:
    if node["nodeType"] == "EmitStatement":
        yield _dropped(source, node)


OPERATORS: dict[str, Operator] = {
    "guard": _guard,
    "update": _update,
    "call": _call,
    "event": _event,
    "arithmetic": _arithmetic,
    "boundary": _boundary,
    "negation": _negation,
    "operands": _operands,
    "constant": _constant,
}
"""By name: a dropped guard, state update, call or event; another sign; a limit moved by one; a condition turned; operands
swapped; another constant."""
