"""The picture's rules.

1. It is well-formed XML, in both languages, whatever a name contains, and no name becomes markup.
2. Every party and every flow is in it, with its amount.
3. A ribbon is as wide as its amount, at both ends; what enters and leaves a bar fits on the bar.
4. Bars of a column neither overlap nor leave the drawing.
5. The same picture gives the same text, in whatever order parties and flows come.
6. Text and bars can be read on their ground, light and dark (WCAG 2.2: 4.5 and 3 to 1).
7. It takes nothing from outside and runs no script.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from lxml import etree
from pydantic import ValidationError
from synthetic_chain import synthetic_picture

from chain.network import Role
from chain.picture import BlockedTrade, Flow, FlowKind, Node, Picture, draw
from chain.picture.layout import MOST_ROWS, place
from chain.picture.style import DARK, LIGHT, Palette
from tests.effort import examples

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = [
    '</text><script>alert("1")</script>',
    "\"'><svg onload=alert(1)>",
    "]]>&lt;&amp;<!--",
    "</style><style>*{display:none}",
    "张三\u202e司公\x00\x1b[31m",
    "{amount} %s {0}",
    "",
]


def parsed(picture: Picture, language: str = "en") -> etree._Element:
    return etree.fromstring(draw(picture, language).encode())


def elements(root: etree._Element, attribute: str) -> list[etree._Element]:
    return [element for element in root.iter() if element.get(attribute) is not None]


@some.composite
def pictures(make: some.DrawFn) -> Picture:
    """Small chains of any shape: flows ahead, within a tier and backwards, parties without a tier, some banks."""
    tiers = make(some.lists(some.sampled_from([1, 2, 3, 4, None]), min_size=1, max_size=9))
    texts = some.one_of(some.sampled_from(HOSTILE), some.text(max_size=12))
    nodes = [Node(id=f"B{index}", name=make(texts), role=Role.BANK) for index in range(make(some.integers(0, 2)))]
    nodes += [Node(id="C", name=make(texts), role=Role.CORE_ENTERPRISE, tier=0)]
    amounts = some.integers(1, 10**12)
    nodes += [
        Node(
            id=f"S{index}",
            name=make(texts),
            role=Role.SUPPLIER,
            tier=tier,
            held_minor=make(some.one_of(some.just(0), amounts)),
        )
        for index, tier in enumerate(tiers)
    ]
    banks = [node.id for node in nodes if node.role is Role.BANK]
    enterprises = [node.id for node in nodes if node.role is not Role.BANK]
    kinds = [FlowKind.ISSUED, FlowKind.TRANSFERRED, FlowKind.REDEEMED]
    kinds += [FlowKind.LINE, FlowKind.FINANCED] if banks else []
    flows, seen = [], set()
    for _ in range(make(some.integers(0, 14))):
        kind = make(some.sampled_from(kinds))
        source = make(some.sampled_from(banks if kind is FlowKind.LINE else enterprises))
        target = make(some.sampled_from(banks if kind is FlowKind.FINANCED else enterprises))
        if source != target and (kind, source, target) not in seen:
            seen.add((kind, source, target))
            flows.append(Flow(source=source, target=target, kind=kind, amount_minor=make(amounts)))
    blocked = []
    if len(enterprises) > 1:
        blocked = [
            BlockedTrade(source=enterprises[0], target=enterprises[1], rule="CircularTrade", reason=make(texts)),
            BlockedTrade(source=enterprises[-1], target=enterprises[0], rule="CircularTrade"),
            BlockedTrade(source=enterprises[0], target=enterprises[1], rule="RelatedParties", amount_minor=7),
        ]
    return Picture(currency="CNY", nodes=tuple(nodes), flows=tuple(flows), blocked=tuple(blocked))


@settings(max_examples=examples(60), deadline=None)
@given(pictures())
def test_every_picture_is_well_formed_and_shows_every_party_and_flow(picture: Picture) -> None:
    for language in ("en", "zh"):
        root = parsed(picture, language)
        assert not list(root.iter(f"{SVG}script"))
        assert not [name for element in root.iter() for name in element.keys() if name.lower().startswith("on")]  # noqa: SIM118
        shown = {node for element in elements(root, "data-node") for node in element.get("data-node").split(" ")}
        assert shown == {node.id for node in picture.nodes}
        flows = Counter(
            (
                element.get("data-kind"),
                element.get("data-source"),
                element.get("data-target"),
                element.get("data-amount"),
            )
            for element in elements(root, "data-amount")
        )
        assert flows == Counter(
            (flow.kind.value, flow.source, flow.target, str(flow.amount_minor)) for flow in picture.flows
        )
        blocked = [element for element in elements(root, "data-rule") if element.get("data-kind") == "blocked"]
        assert sum(int(element.get("data-trades")) for element in blocked) == len(picture.blocked)
        assert len(blocked) == len({(trade.source, trade.target) for trade in picture.blocked})


@settings(max_examples=examples(60), deadline=None)
@given(pictures())
def test_widths_are_amounts_and_bars_hold_what_enters_and_leaves(picture: Picture) -> None:
    layout = place(picture)
    tolerance = 1e-6 * max(1.0, layout.height)
    for ribbon in layout.ribbons:
        assert ribbon.width == pytest.approx(ribbon.amount_minor * layout.scale)
        for index, stop in enumerate(ribbon.route):
            ports = [ribbon.ports[2 * index]] if index else []
            ports += [ribbon.ports[2 * index + 1]] if index < len(ribbon.route) - 1 else []
            for port in ports:
                assert port >= stop.top - tolerance
                assert port + ribbon.width <= stop.top + stop.height + tolerance
    for found in layout.places:
        entering = [
            (ribbon.ports[2 * index], ribbon.width)
            for ribbon in layout.ribbons
            for index, stop in enumerate(ribbon.route)
            if stop is found and index
        ]
        leaving = [
            (ribbon.ports[2 * index + 1], ribbon.width)
            for ribbon in layout.ribbons
            for index, stop in enumerate(ribbon.route)
            if stop is found and index < len(ribbon.route) - 1
        ]
        leaving += [(stub.top, stub.width) for stub in layout.stubs if stub.place is found]
        for side in (entering, leaving):
            side.sort()
            assert all(upper + width <= lower + tolerance for (upper, width), (lower, _) in pairwise(side))


@settings(max_examples=examples(60), deadline=None)
@given(pictures())
def test_bars_of_a_column_neither_overlap_nor_leave_the_drawing(picture: Picture) -> None:
    layout = place(picture)
    for column in range(len(layout.columns)):
        row = sorted((found for found in layout.places if found.column == column), key=lambda found: found.top)
        for found in row:
            assert found.top >= -1e-6
            assert found.top + found.height <= layout.height + 1e-6
        for upper, lower in pairwise(row):
            assert upper.top + upper.height <= lower.top + 1e-6


def test_ribbon_outlines_have_their_width_at_both_ends() -> None:
    root = parsed(synthetic_picture())
    checked = 0
    for element in elements(root, "data-width"):
        if "ribbon" not in element.get("class").split():
            continue
        ys = [float(element.get("d").split("L")[0].split("H")[0].split("C")[0].split(" ")[1])]
        for command, values in re.findall(r"([CHL])([^CHLZ]+)", element.get("d")):
            ys.append(ys[-1] if command == "H" else float(values.split(" ")[-1]))
            if command == "L":
                ends = (ys[-2], ys[-1])
        width = float(element.get("data-width"))
        assert ends[1] - ends[0] == pytest.approx(width, abs=0.02)
        assert ys[-1] - ys[0] == pytest.approx(width, abs=0.02)
        checked += 1
    assert checked > 80


def test_the_same_picture_gives_the_same_text_in_whatever_order_its_parts_come() -> None:
    picture = synthetic_picture()
    assert draw(picture, "zh") == draw(picture, "zh")
    shuffled = random.Random(5)
    flows = list(picture.flows)
    shuffled.shuffle(flows)
    assert draw(picture.model_copy(update={"flows": tuple(flows)}), "zh") == draw(picture, "zh")
    nodes = list(picture.nodes)
    shuffled.shuffle(nodes)
    before, after = place(picture), place(picture.model_copy(update={"nodes": tuple(nodes)}))
    assert {found.key: found.top for found in before.places} == {found.key: found.top for found in after.places}


def test_a_chain_of_seventy_enterprises_stays_readable() -> None:
    picture = synthetic_picture()
    root = parsed(picture)
    layout = place(picture)
    names = [element for element in root.iter(f"{SVG}text") if element.get("class") == "name"]
    by_column: dict[str, list[float]] = {}
    for element in names:
        by_column.setdefault(element.get("x").split(".")[0], []).append(float(element.get("y")))
    for rows in by_column.values():
        rows.sort()
        assert all(lower - upper >= 14 for upper, lower in pairwise(rows))
    assert layout.columns == ["lines", "issuers", "tier 1", "tier 2", "tier 3", "tier 4", "funders"]
    # Barycentres earn their keep: fewer crossings than the columns sorted by name.
    assert _crossing_weight(layout, ordered=True) < _crossing_weight(layout, ordered=False) / 2


def _crossing_weight(layout, ordered: bool) -> int:
    position = {found.key: (found.top if ordered else found.name + found.key) for found in layout.places}
    steps = [
        (before, after, ribbon.amount_minor) for ribbon in layout.ribbons for before, after in pairwise(ribbon.route)
    ]
    return sum(
        a * b
        for index, (source, target, a) in enumerate(steps)
        for other, end, b in steps[index + 1 :]
        if source.column == other.column
        and target.column == end.column
        and source is not other
        and target is not end
        and (position[source.key] < position[other.key]) != (position[target.key] < position[end.key])
    )


def test_a_crowded_tier_sums_up_its_smallest_and_loses_no_amount() -> None:
    suppliers = [Node(id=f"S{index}", name=f"供应商{index}", role=Role.SUPPLIER, tier=1) for index in range(300)]
    flows = [
        Flow(source="C", target=node.id, kind=FlowKind.ISSUED, amount_minor=1000 + index)
        for index, node in enumerate(suppliers)
    ]
    core = Node(id="C", name="核心", role=Role.CORE_ENTERPRISE, tier=0)
    picture = Picture(currency="CNY", nodes=(core, *suppliers), flows=tuple(flows))
    root = parsed(picture, "zh")
    bars = [element for element in elements(root, "data-node") if element.get("data-node").startswith("S")]
    assert len(bars) == MOST_ROWS
    assert {node for bar in bars for node in bar.get("data-node").split()} == {node.id for node in suppliers}
    drawn = elements(root, "data-amount")
    assert sum(int(element.get("data-amount")) for element in drawn) == sum(flow.amount_minor for flow in flows)
    assert sum(int(element.get("data-flows")) for element in drawn) == len(flows)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_text_and_nothing_else(name: str) -> None:
    nodes = (
        Node(id=f"C{name}", name=name, role=Role.CORE_ENTERPRISE, tier=0),
        Node(id="S", name=name, role=Role.SUPPLIER, tier=1),
        Node(id="U", name=name, role=Role.SUPPLIER, tier=1),
        Node(id="K", name=name, role=Role.KEEPER),
    )
    flows = (Flow(source=nodes[0].id, target="S", kind=FlowKind.ISSUED, amount_minor=5),)
    blocked = (BlockedTrade(source="S", target="U", rule=name or "Rule", reason=name),)
    text = draw(Picture(currency="CNY", nodes=nodes, flows=flows, blocked=blocked), "zh")
    root = etree.fromstring(text.encode())
    assert {etree.QName(element).localname for element in root.iter()} <= {
        "svg", "style", "rect", "g", "path", "text", "title", "circle"
    }  # fmt: skip
    assert len(list(root.iter(f"{SVG}style"))) == 1
    assert "\u202e" not in text


def test_the_picture_takes_nothing_from_outside() -> None:
    text = draw(synthetic_picture(), "zh")
    root = etree.fromstring(text.encode())
    assert "url(" not in text
    assert "@import" not in text
    assert not [element for element in root.iter() if element.get("href") or element.get("style")]
    assert "http" not in text.replace('xmlns="http://www.w3.org/2000/svg"', "")


def test_both_languages_say_the_same_figures() -> None:
    english, chinese = parsed(synthetic_picture(), "en"), parsed(synthetic_picture(), "zh")
    assert english.get("lang") == "en"
    assert chinese.get("lang") == "zh-Hans"
    assert len(list(english.iter())) == len(list(chinese.iter()))
    words = " ".join(element.text or "" for element in chinese.iter(f"{SVG}text", f"{SVG}title"))
    words = words.replace("CNY", "").replace("CircularTrade", "")
    for node in synthetic_picture().nodes:
        words = words.replace(node.id, "")
    assert re.findall(r"[A-Za-z]{2,}", words) == []


def test_a_long_chinese_name_loses_its_legal_form_first_and_keeps_it_under_the_pointer() -> None:
    name = "重庆东岭商业银行股份有限公司"
    banks = (Node(id="B", name=name, role=Role.BANK), Node(id="C", name="核", role=Role.CORE_ENTERPRISE, tier=0))
    flows = (Flow(source="B", target="C", kind=FlowKind.LINE, amount_minor=5),)
    root = parsed(Picture(currency="CNY", nodes=banks, flows=flows), "zh")
    assert "重庆东岭商业银行" in [element.text for element in root.iter(f"{SVG}text")]
    assert any((element.text or "").startswith(name) for element in root.iter(f"{SVG}title"))


def test_an_empty_picture_is_a_picture() -> None:
    root = parsed(Picture(currency="CNY", nodes=(), flows=()))
    assert root.tag == f"{SVG}svg"


def test_a_flow_needs_both_its_ends_and_banks_where_banks_belong() -> None:
    core = Node(id="C", name="C", role=Role.CORE_ENTERPRISE, tier=0)
    supplier = Node(id="S", name="S", role=Role.SUPPLIER, tier=1)
    for flow in (
        Flow(source="C", target="X", kind=FlowKind.ISSUED, amount_minor=1),
        Flow(source="C", target="C", kind=FlowKind.ISSUED, amount_minor=1),
        Flow(source="C", target="S", kind=FlowKind.LINE, amount_minor=1),
        Flow(source="C", target="S", kind=FlowKind.FINANCED, amount_minor=1),
    ):
        with pytest.raises(ValidationError):
            Picture(currency="CNY", nodes=(core, supplier), flows=(flow,))
    with pytest.raises(ValidationError):
        Picture(currency="CNY", nodes=(core, core), flows=())


def _luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    channels = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_text_and_bars_can_be_read_on_their_ground(palette: Palette) -> None:
    for text in (palette.ink, palette.muted):
        assert contrast(text, palette.ground) >= 4.5
    for bar in (palette.line, palette.issued, palette.transferred, palette.financed, palette.redeemed, palette.held):
        assert contrast(bar, palette.ground) >= 3
    assert contrast(palette.blocked, palette.ground) >= 3


# Viénot, Brettel and Mollon (1999): what a dichromat sees of linear RGB, for red (protan) and green (deutan) blindness.
PROTAN = ((0.11238, 0.88762, 0.0), (0.11238, 0.88762, 0.0), (0.00401, -0.00401, 1.0))
DEUTAN = ((0.29275, 0.70725, 0.0), (0.29275, 0.70725, 0.0), (-0.02234, 0.02234, 1.0))


def _lab(colour: str, sight: tuple[tuple[float, ...], ...] | None) -> tuple[float, float, float]:
    channels = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    if sight:
        linear = [max(0.0, sum(a * b for a, b in zip(row, linear, strict=True))) for row in sight]
    red, green, blue = linear
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089
    fx, fy, fz = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


@pytest.mark.parametrize("palette", [LIGHT, DARK])
@pytest.mark.parametrize("sight", [None, PROTAN, DEUTAN])
def test_kinds_keep_apart_for_colour_blind_readers(
    palette: Palette, sight: tuple[tuple[float, ...], ...] | None
) -> None:
    kinds = ("line", "issued", "transferred", "financed", "redeemed", "held")
    for index, one in enumerate(kinds):
        for other in kinds[index + 1 :]:
            a, b = _lab(getattr(palette, one), sight), _lab(getattr(palette, other), sight)
            distance = sum((p - q) ** 2 for p, q in zip(a, b, strict=True)) ** 0.5
            assert distance > 20, f"{one} and {other}"
