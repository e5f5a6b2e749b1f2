"""Changes that keep a file well formed, so that they reach what stands behind the parser: elements and values moved,
doubled, dropped, renamed, and written as somebody hostile or careless would write them.

Pure functions of bytes and a random source, with and without a fuzzer that asks for them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from decimal import Decimal
from random import Random
from typing import Any

from lxml import etree

from tests.fuzzing.families import joined, parts_of

#: What amounts, days, ids, codes and texts are written as where something may give way.
VALUES = (
    "", " ", "0", "-0", "-1", "0.005", "113.001", ".5", "5.", "+1", "1e3", "1E+999999", "NaN", "Infinity", "1_000", "1,000.00",
    "92233720368547758.07", "92233720368547758.08", "9223372036854775807", "-9223372036854775808", "18446744073709551616",
    "9" * 30,
    "9" * 30 + ".001", "9" * 40, "9" * 61,
    "0." + "0" * 40 + "1", "１２３", "٣", "CNY", "EUR", "JPY", "KWD", "XAU", "XXX", "cny", "1970-01-01",
    "1969-12-31", "2149-06-06", "2149-06-07", "9999-12-31", "0001-01-01", "2026-02-31", "20260501", "2026-05-01T23:59:60Z",
    "2026-05-01T00:00:00+14:00", "true", "false", "1", "380", "381", "384", "386", "N", "AB", "AP", "CA", "RE", "PD", "BOOK",
    "=1+1", "@SUM(A1)", "ICD:0088", "0088", "0199", "LEI", "VAT", "TAX", "DE136695976", "GR123456789",
    "213800KUD8LAJWSQ9D15", "91350100M000100Y43", "NL26VAYB8060476890", "4012345000016", "a" * 201, "ﷺ" * 100, "İ", "ǰ",
    "ß", "ﬃ", "\u200b", "\u00a0", "\ufeff", "A\u0301", "А", "|", "../../etc/passwd", "urn:epc:id:sgln:4012345.00002.7",
    "urn:epc:id:sgtin:4012345.012345.*", "https://id.gs1.org/01/04012345123456/10/L%2F1", "%00", "{field}", "{0}", "{", "\\",
)  # fmt: skip

#: What JSON has besides texts.
NUMBERS = (0, -1, 1, 2**53, 2**63 - 1, 2**63, -(2**63), 2**64, 10**30, 10**4000, 0.5, 1e308, 12.5)

ENCODINGS = ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "latin-1", "windows-1252")

PARSER = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, huge_tree=False)


def mutated(content: bytes, random: Random) -> bytes:
    """The content with one to four changes, of the kind that its format has."""
    for _ in range(random.choice((1, 1, 1, 2, 3, 4))):
        content = _once(content, random)
    return content


def _once(content: bytes, random: Random) -> bytes:
    if content.startswith(b"==== "):
        return _part(content, random)
    begin = content.lstrip()[:1]
    if begin == b"<":
        return _xml(content, random)
    if begin in (b"{", b"["):
        lines = content.split(b"\n")
        if len(lines) > 1 and all(line.startswith(b"{") and line.endswith(b"}") for line in lines):
            return _lines(lines, random)
        return _json(content, random)
    return _bytes(content, random)


def _part(content: bytes, random: Random) -> bytes:
    parts = parts_of(content)
    if not parts:
        return _bytes(content, random)
    place = random.randrange(len(parts))
    name, part = parts[place]
    match random.randrange(20):
        case 0:
            parts.pop(place)
        case 1:
            parts.insert(random.randrange(len(parts)), (name, part))
        case 2:
            parts[place] = (random.choice((*VALUES, *(other for other, _ in parts)))[:80] or "-", part)
        case _:
            parts[place] = (name, _table(part, random) if name == "table" else _once(part, random))
    return joined(parts)


# -------------------------------------------------------------------------------------------------------------------- XML


def _xml(content: bytes, random: Random) -> bytes:
    try:
        root = etree.fromstring(content, PARSER)
        return _bytes(content, random) if root is None else _tree(root, random)
    except (etree.XMLSyntaxError, ValueError, LookupError):  # of what the parser lets pass, and the tree does not
        return _bytes(content, random)


def _tree(root: etree._Element, random: Random) -> bytes:
    elements = [element for element in root.iter() if isinstance(element.tag, str)]
    element = random.choice(elements)
    parent = element.getparent()
    change = random.randrange(16)
    if change <= 5:
        element.text = _value(random, [other.text or "" for other in random.sample(elements, min(8, len(elements)))])
    elif change == 6 and parent is not None:
        parent.remove(element)
    elif change <= 8 and parent is not None:
        copy = deepcopy(element)
        (parent if change == 7 else random.choice(elements)).append(copy)
    elif change == 9:
        other = random.choice(elements)
        element.tag, other.tag = other.tag, element.tag
    elif change == 10:
        attributes = sorted({str(name) for other in elements for name in other.attrib}) or ["currencyID"]
        element.set(random.choice(attributes), _value(random, list(element.attrib.values()) or [""]))
    elif change == 11 and len(element.attrib):
        del element.attrib[random.choice(sorted(map(str, element.attrib)))]
    elif change == 12:
        element.tag = random.choice(elements).tag
    elif change == 13 and parent is not None:
        siblings = list(parent)
        parent.insert(random.randrange(len(siblings)), element)
    elif change == 14:
        for _ in range(random.choice((3, 300))):
            element = etree.SubElement(element, element.tag)
    else:
        return _encoded(root, random)
    return etree.tostring(root, xml_declaration=random.random() < 0.5, encoding="utf-8")


def _encoded(root: etree._Element, random: Random) -> bytes:
    """In another encoding, which the declaration may or may not tell, or behind a document type."""
    text = etree.tostring(root, encoding="unicode")
    encoding = random.choice(ENCODINGS)
    match random.randrange(4):
        case 0:
            text = f'<?xml version="1.0" encoding="{encoding}"?>{text}'
        case 1:
            text = f'<?xml version="1.0" encoding="{random.choice(ENCODINGS)}"?>{text}'
        case 2:
            text = f'<!DOCTYPE a [<!ENTITY b "c">]>{text}'
    return text.encode(encoding, "xmlcharrefreplace")


# ------------------------------------------------------------------------------------------------------------------- JSON


def _lines(lines: list[bytes], random: Random) -> bytes:
    place = random.randrange(len(lines))
    match random.randrange(10):
        case 0:
            lines.pop(place)
        case 1:
            lines.append(lines[place])
        case 2:
            random.shuffle(lines)
        case _:
            lines[place] = _json(lines[place], random)
    return b"\n".join(lines)


def _json(content: bytes, random: Random) -> bytes:
    try:
        loaded = json.loads(content, parse_float=Decimal)
    except (ValueError, RecursionError):
        return _bytes(content, random)
    places = list(_places(loaded))
    if not places:
        return _bytes(content, random)
    holder, key = random.choice(places)
    match random.randrange(12):
        case 0:
            del holder[key]
        case 1:
            _, other = random.choice(places)
            if isinstance(holder, dict):
                holder[other if isinstance(other, str) else _value(random, [])] = holder[key]
            else:
                holder.append(holder[key])
        case 2:
            holder[key] = random.choice((None, True, False, [], {}, [holder[key]], {"a": holder[key]}))
        case 3 | 4:
            holder[key] = random.choice(NUMBERS)
        case 5:
            other_holder, other = random.choice(places)
            holder[key] = other_holder[other]
        case 6 if isinstance(holder[key], int) and not isinstance(holder[key], bool):
            holder[key] += random.choice((-1, 1, -holder[key] * 2))
        case 7 if isinstance(holder[key], list) and holder[key]:
            holder[key] = holder[key] * random.choice((2, 50))
        case _:
            texts = [held for one, at in random.sample(places, min(8, len(places))) if isinstance(held := one[at], str)]
            holder[key] = _value(random, texts)
    try:
        text = json.dumps(loaded, ensure_ascii=random.random() < 0.5, default=float)
    except (ValueError, RecursionError, TypeError):
        return content
    return text.encode(random.choice(("utf-8",) * 8 + ("utf-8-sig", "utf-16-le")), "surrogatepass")


def _places(value: Any, depth: int = 0) -> Any:
    """Each (container, key or position) of a JSON document."""
    if depth > 40:
        return
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from _places(value[key], depth + 1)


# ------------------------------------------------------------------------------------------------------------ other bytes


def _table(content: bytes, random: Random) -> bytes:
    rows = content.split(b"\n")
    place = random.randrange(len(rows))
    cells = rows[place].split(b",")
    column = random.randrange(len(cells))
    match random.randrange(8):
        case 0:
            rows.insert(random.randrange(len(rows)), rows[place])
        case 1:
            cells.insert(column, cells[column])
        case 2:
            cells.pop(column)
        case 3:
            return _bytes(content, random)
        case _:
            cells[column] = _value(random, [cells[column].decode("utf-8", "replace")]).encode()
    rows[place] = b",".join(cells)
    return b"\n".join(rows)


def _bytes(content: bytes, random: Random) -> bytes:
    begin = random.randrange(len(content) + 1)
    end = min(len(content), begin + random.choice((0, 1, 1, 2, 8, 64)))
    new: Callable[[], bytes] = random.choice((
        lambda: b"", lambda: random.randbytes(random.randint(1, 4)), lambda: random.choice(VALUES).encode(),
        lambda: content[end : end + 32], lambda: content[begin:end] * 8,
    ))  # fmt: skip
    return content[:begin] + new() + content[end:]


def _value(random: Random, others: list[str]) -> str:
    """Another text: one of `VALUES`, one of ``others``, or one of these with a letter more or less. As XML it may hold no
    control characters."""
    pool = [text for text in others if text.strip()] or ["1"]
    if random.random() < 0.6:
        return random.choice(VALUES)
    text = random.choice(pool)
    place = random.randrange(len(text) + 1)
    return random.choice((
        text, text[:place] + random.choice("0123456789.-+ A\u00a0٣|") + text[place:], text[: max(0, place - 1)] + text[place:],
        f"-{text}", text.lower(), text * 40, f" {text}\t",
    ))[:20_000]  # fmt: skip
