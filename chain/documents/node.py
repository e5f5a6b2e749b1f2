"""A read-only view of an XML element: its children by name, looked up in one pass over them, and its place for findings."""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree


def namespace(element: etree._Element) -> str:
    """Empty where it has none. `etree.QName` would raise on names that libxml2 lets pass, such as ``:``."""
    return element.tag[1:].rpartition("}")[0] if element.tag.startswith("{") else ""


def local_name(element: etree._Element) -> str:
    """The name without its namespace."""
    tag: str = element.tag
    return tag.rpartition("}")[2]


class Node:
    """An element of a parsed document. Each level is indexed once, when something of it is first asked for; parts of a
    document that no rule asks for cost nothing. Names are in Clark notation: ``{namespace}local``."""

    __slots__ = ("_children", "element")

    def __init__(self, element: etree._Element) -> None:
        self.element = element
        self._children: dict[str, list[Node]] | None = None

    @property
    def children(self) -> dict[str, list[Node]]:
        """By name, each in document order."""
        return self._indexed() if self._children is None else self._children

    def _indexed(self) -> dict[str, list[Node]]:
        found: dict[str, list[Node]] = {}
        self._children = found
        for element in self.element:
            name = element.tag
            if name in found:
                found[name].append(Node(element))
            else:
                found[name] = [Node(element)]
        return found

    def down(self, names: Iterable[str]) -> Node | None:
        """The first descendant down a path of names, the first child of each name at each level."""
        node = self
        for name in names:
            children = node._children
            found = (node._indexed() if children is None else children).get(name)
            if found is None:
                return None
            node = found[0]
        return node

    def all(self, name: str) -> list[Node]:
        """The children of that name, in document order."""
        return self.children.get(name, [])

    def below(self, name: str) -> list[Node]:
        """All descendants of that name, in document order."""
        return [Node(element) for element in self.element.iter(name)]

    @property
    def text(self) -> str | None:
        """All text inside, white space made single; None when there is none. Texts of several elements stay apart: a ``1``
        before an element with ``13.00`` is no 113.00."""
        element = self.element
        written = " ".join(element.itertext()) if len(element) else element.text
        return (" ".join(written.split()) or None) if written else None

    def attribute(self, name: str, otherwise: str | None = None) -> str | None:
        """The attribute as written."""
        written: str | None = self.element.get(name, otherwise)
        return written

    @property
    def name(self) -> str:
        """The name without its namespace."""
        return local_name(self.element)

    def __str__(self) -> str:
        """Where it stands, as findings say it."""
        return f"line {self.element.sourceline}, {self.name}"
