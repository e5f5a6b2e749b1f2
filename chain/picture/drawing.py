"""Draw a picture as SVG: no script, nothing from outside; details come with the pointer (``<title>``)."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import pairwise
from unicodedata import east_asian_width
from xml.sax import saxutils

from babel.numbers import format_compact_decimal

from chain.language import translate
from chain.money import Money
from chain.network import Role
from chain.picture.layout import BAR_WIDTH, MARGIN_LEFT, MARGIN_RIGHT, WIDTH, Layout, Place, Ribbon, place
from chain.picture.model import BlockedTrade, FlowKind, Node, Picture
from chain.picture.style import stylesheet

TOP = 92.0
LEGEND_Y = 20.0
HEADING_Y = 58.0
STRIP_ROW = 16.0
MOST_NAMES = 7
"""A column lists so many unreached parties by name; more become dots that are named under the pointer."""
DOTS_A_ROW = 9
CHARACTER = 6.1
"""Width of a narrow character of a name; a Chinese one is twice as wide."""

#: Not allowed in XML 1.0, or able to turn the reading direction of what stands around (a name is anybody's text).
UNREADABLE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
LEGAL_FORMS = ("股份有限公司", "有限责任公司", "有限公司")
END = ' text-anchor="end"'
"""The text ends at its x."""

ROLE_NAMES = {
    Role.CORE_ENTERPRISE: "core enterprise",
    Role.SUPPLIER: "supplier",
    Role.BANK: "bank",
    Role.KEEPER: "keeper",
    Role.GUARANTOR: "guarantor",
    Role.REGULATOR: "regulator",
    Role.OPERATOR: "operator",
    Role.ATTESTOR: "attestor",
}
KIND_NAMES = {
    FlowKind.LINE: "drawn on a bank's line",
    FlowKind.ISSUED: "issued",
    FlowKind.TRANSFERRED: "passed on",
    FlowKind.FINANCED: "discounted at a bank",
    FlowKind.REDEEMED: "redeemed in cash",
}


def draw(picture: Picture, language: str = "en") -> str:
    """The picture as one SVG element, in ``language`` (``en`` or ``zh``). The same picture gives the same text."""
    return _Drawing(picture, language).svg()


class _Drawing:
    """One drawing: the layout, the language, and the numbers that parties bear in class names."""

    def __init__(self, picture: Picture, language: str) -> None:
        self.picture = picture
        self.language = language
        self.layout: Layout = place(picture, TOP)
        self.names = {node.id: node.name for node in picture.nodes}
        self.number = {node.id: index for index, node in enumerate(picture.nodes)}
        self.origins, self.onward = _ways(self.layout)
        self.number_of_place = {
            found.key: self.number[found.nodes[0].id] for found in self.layout.places if not found.lane
        }

    def say(self, template: str, **values: object) -> str:
        return translate(template, self.language).format(**values)

    def money(self, minor: int) -> str:
        return Money(minor, self.picture.currency).text(self.language)

    def compact(self, minor: int) -> str:
        return compact_amount(minor, self.picture.currency, self.language)

    def svg(self) -> str:
        strip, strip_height = self.strip()
        height = TOP + self.layout.height + strip_height + 16
        label = _quote(self.summary())
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="pearl-picture" viewBox="0 0 {WIDTH:g} {_n(height)}" '
            f'width="{WIDTH:g}" height="{_n(height)}" role="group" lang={_quote(_tag(self.language))} '
            f"aria-label={label}>",
            f"<style>{stylesheet(self.hover_rules())}</style>",
            f'<rect class="ground" width="{WIDTH:g}" height="{_n(height)}"/>',
            self.legend(),
            self.headings(),
            *self.ribbons(),
            *self.stubs(),
            *(self.party(found) for found in self.layout.places if not found.lane),
            strip,
            *self.blocked_trades(),
            "</svg>",
        ]
        return "\n".join(part for part in parts if part)

    def summary(self) -> str:
        """One sentence for those who cannot see the picture."""
        issued = sum(flow.amount_minor for flow in self.picture.flows if flow.kind is FlowKind.ISSUED)
        financed = sum(flow.amount_minor for flow in self.picture.flows if flow.kind is FlowKind.FINANCED)
        credit = (FlowKind.ISSUED, FlowKind.TRANSFERRED)
        reached = {flow.target for flow in self.picture.flows if flow.kind in credit}
        return self.say(
            "Picture of the chain: {issued} issued reached {count} enterprises, {financed} was discounted at banks",
            issued=self.money(issued),
            count=len(reached),
            financed=self.money(financed),
        )

    # What the pointer shows

    def hover_rules(self) -> str:
        """Under the pointer a party keeps what lies on its way, upstream and downstream, and the rest fades."""
        rules = [
            f".pearl-picture:has(.p{number}:hover) :is(.ribbon,.stub,.trade):not(.c{number}){{opacity:.07}}"
            f".pearl-picture:has(.p{number}:hover) .party:not(.c{number}){{opacity:.3}}"
            for number in sorted(set(self.number_of_place.values()))
        ]
        return "".join(rules)

    def way_classes(self, source: Place, target: Place) -> str:
        """On whose way lies what runs from source to target: theirs from whom it comes, theirs to whom it goes."""
        keys = self.origins[source.key] | self.onward[target.key]
        return " ".join(f"c{number}" for number in sorted({self.number_of_place[key] for key in keys}))

    # Parts

    def legend(self) -> str:
        kinds = [kind for kind in FlowKind if any(flow.kind is kind for flow in self.picture.flows)]
        entries = [(kind.value, self.say(KIND_NAMES[kind])) for kind in kinds]
        if any(node.held_minor for node in self.picture.nodes):
            entries.append(("held", self.say("held")))
        parts, x = ['<g class="legend">'], 12.0
        for name, text in entries:
            parts.append(f'<rect class="{name}" x="{_n(x)}" y="{_n(LEGEND_Y - 9)}" width="14" height="10" rx="2"/>')
            parts.append(_text("small", x + 19, LEGEND_Y, text))
            x += 19 + _width(text) * 5.6 + 20
        if self.picture.blocked:
            text = self.say("refused trade")
            parts.append(f'<path class="blocked" d="M{_n(x)} {_n(LEGEND_Y - 4)}h20"/>')
            parts.append(_text("small", x + 26, LEGEND_Y, text))
            x += 26 + _width(text) * 5.6 + 20
        if self.layout.scale:
            unit = _round_unit(28 / self.layout.scale)
            high = unit * self.layout.scale
            text = self.say("height = {amount} {currency}", amount=self.compact(unit), currency=self.picture.currency)
            top, right = LEGEND_Y - 12, WIDTH - 12
            parts.append(f'<path class="rule" d="M{_n(right - 6)} {_n(top)}h6v{_n(high)}h-6"/>')
            parts.append(_text("small", right - 12, top + high / 2 + 4, text, END))
        parts.append("</g>")
        return "".join(parts)

    def headings(self) -> str:
        parts = ['<g class="headings">']
        for column, kind in enumerate(self.layout.columns):
            here = [found for found in self.layout.places if found.column == column and not found.lane]
            count = sum(len(found.nodes) for found in here)
            total = sum(found.value_minor for found in here)
            name = {
                "lines": self.say("Banks that grant lines"),
                "issuers": self.say("Core enterprises"),
                "funders": self.say("Banks that discount"),
            }.get(kind) or self.say("Tier {tier}", tier=kind.removeprefix("tier "))
            below = self.say("{count} · {amount}", count=count, amount=self.compact(total))
            if missed := len(self.layout.unreached.get(column, ())):
                below += self.say(" · {count} not reached", count=missed)
            x, anchor = self.label_side(column, heading=True)
            parts.append(_text("heading", x, HEADING_Y, name, anchor))
            parts.append(_text("figure", x, HEADING_Y + 16, below, anchor))
        parts.append("</g>")
        return "".join(parts)

    def ribbons(self) -> list[str]:
        """Broad ones first, so that narrow ones lie on top and can be pointed at."""
        drawn = []
        for ribbon in sorted(self.layout.ribbons, key=lambda ribbon: -ribbon.amount_minor):
            way = self.way_classes(ribbon.route[0], ribbon.route[-1])
            drawn.append(
                f'<path class="ribbon {ribbon.kind} {way}" data-kind="{ribbon.kind}" '
                f"data-source={_ids(ribbon.route[0])} data-target={_ids(ribbon.route[-1])} "
                f'data-amount="{ribbon.amount_minor}" data-flows="{len(ribbon.flows)}" data-width="{ribbon.width:.6f}" '
                f'd="{self.ribbon_path(ribbon)}"><title>{_escape(self.ribbon_title(ribbon))}</title></path>'
            )
        return drawn

    def ribbon_title(self, ribbon: Ribbon) -> str:
        source, target = self.place_name(ribbon.route[0]), self.place_name(ribbon.route[-1])
        lines = [f"{source} → {target}", f"{self.say(KIND_NAMES[ribbon.kind])}: {self.money(ribbon.amount_minor)}"]
        limits = [flow.limit_minor for flow in ribbon.flows if flow.limit_minor is not None]
        if limits:
            lines.append(self.say("limit {amount}", amount=self.money(sum(limits))))
        pieces = [flow.pieces for flow in ribbon.flows if flow.pieces is not None]
        if pieces:
            lines.append(self.say("pieces: {count}", count=sum(pieces)))
        return "\n".join(lines)

    def ribbon_path(self, ribbon: Ribbon) -> str:
        """A closed outline whose two long sides are the ribbon's width apart at each port."""
        if not ribbon.ahead:
            return self.return_path(ribbon)
        upper: list[tuple[float, float]] = []
        for index, found in enumerate(ribbon.route):
            left = self.layout.left(found.column)
            first, last = index == 0, index == len(ribbon.route) - 1
            if not first:
                upper.append((left, ribbon.ports[2 * index]))
            if not last:
                upper.append((left + BAR_WIDTH, ribbon.ports[2 * index + 1]))
        lower = [(x, y + ribbon.width) for x, y in reversed(upper)]
        return (
            f"M{_n(upper[0][0])} {_n(upper[0][1])}{_curves(upper)}L{_n(lower[0][0])} {_n(lower[0][1])}{_curves(lower)}Z"
        )

    def return_path(self, ribbon: Ribbon) -> str:
        """Within a column or backwards: out on the right, around, and in from the left."""
        source, target = ribbon.route
        x0, y0 = self.layout.left(source.column) + BAR_WIDTH, ribbon.ports[1]
        x1, y1 = self.layout.left(target.column), ribbon.ports[2]
        width, reach = ribbon.width, 60.0 + ribbon.width

        def curve(xa: float, ya: float, xb: float, yb: float, bend: float) -> str:
            return f"C{_n(xa + bend)} {_n(ya)} {_n(xb - bend)} {_n(yb)} {_n(xb)} {_n(yb)}"

        return (
            f"M{_n(x0)} {_n(y0)}{curve(x0, y0, x1, y1, reach)}"
            f"L{_n(x1)} {_n(y1 + width)}{curve(x1, y1 + width, x0, y0 + width, -reach)}Z"
        )

    def stubs(self) -> list[str]:
        drawn = []
        for stub in self.layout.stubs:
            flow = stub.flow
            x = self.layout.left(stub.place.column) + BAR_WIDTH
            tip = _tip(stub.width)
            what = f"{self.say(KIND_NAMES[flow.kind])}: {self.money(flow.amount_minor)}"
            title = f"{self.names[flow.source]} → {self.names[flow.target]}\n{what}"
            drawn.append(
                f'<path class="stub redeemed {self.way_classes(stub.place, stub.place)}" data-kind="redeemed" '
                f"data-source={_quote(flow.source)} data-target={_quote(flow.target)} "
                f'data-amount="{flow.amount_minor}" data-flows="1" data-width="{stub.width:.6f}" '
                f'd="M{_n(x)} {_n(stub.top)}h4l{_n(tip)} {_n(stub.width / 2)}l{_n(-tip)} {_n(stub.width / 2)}h-4Z">'
                f"<title>{_escape(title)}</title></path>"
            )
        return drawn

    def party(self, found: Place) -> str:
        x = self.layout.left(found.column)
        classes = f"p{self.number_of_place[found.key]} {self.way_classes(found, found)}"
        parts = [
            f'<g class="party {classes}" data-node={_ids(found)} data-role="{found.nodes[0].role}" '
            f'data-value="{found.value_minor}"><title>{_escape(self.party_title(found))}</title>'
        ]
        parts.extend(self.bar(found, x))
        label_x, anchor = self.label_side(found.column)
        aside = max((_tip(stub.width) + 3 for stub in self.layout.stubs if stub.place is found), default=0)
        if not anchor:  # beside the arrow of what was redeemed
            label_x += aside
        name = _shorten(self.place_name(found), self.room(found.column, aside))
        figure = self.figure(found)
        middle = found.middle
        if found.height >= 24 and figure:
            parts.append(_text("name", label_x, middle - 2, name, anchor))
            parts.append(_text("figure", label_x, middle + 11.5, figure, anchor))
        else:
            parts.append(_text("name", label_x, middle + 4, name, anchor))
        parts.append("</g>")
        return "".join(parts)

    def bar(self, found: Place, x: float) -> list[str]:
        """The bar in segments: what became of what the party received, top to bottom as the ribbons leave."""
        scale = self.layout.scale
        bars, reached = [], found.top
        leaving = [
            (ribbon.ports[1], ribbon.kind.value, ribbon.width)
            for ribbon in self.layout.ribbons
            if ribbon.route[0] is found
        ]
        leaving += [(stub.top, "redeemed", stub.width) for stub in self.layout.stubs if stub.place is found]
        segments: list[tuple[str, float, float]] = []
        for top, kind, width in sorted(leaving):
            if segments and segments[-1][0] == kind and abs(segments[-1][2] - top) < 1e-6:
                segments[-1] = (kind, segments[-1][1], top + width)
            else:
                segments.append((kind, top, top + width))
            reached = max(reached, top + width)
        if found.held_minor:
            segments.append(("held", reached, reached + found.held_minor * scale))
            reached += found.held_minor * scale
        if found.top + found.height - reached > 0.05:  # received, and neither passed on nor held: given back, lost
            segments.append(("line", reached, found.top + found.height))
        for kind, top, bottom in segments:
            height = _n(max(bottom - top, 0.8))
            bars.append(f'<rect class="{kind}" x="{_n(x)}" y="{_n(top)}" width="{BAR_WIDTH:g}" height="{height}"/>')
        # A thin bar is hard to hit with the pointer; this area is not seen, but felt.
        room = max(0.0, 14 - found.height) / 2
        bars.append(
            f'<rect class="touch" fill="none" pointer-events="all" x="{_n(x - 4)}" y="{_n(found.top - room)}" '
            f'width="{BAR_WIDTH + 8:g}" height="{_n(found.height + 2 * room)}"/>'
        )
        return bars

    def figure(self, found: Place) -> str:
        """The few words under a name that has room for them."""
        node = found.nodes[0]
        if len(found.nodes) == 1 and not found.funds and node.limit_minor:
            share = round(100 * (node.used_minor or 0) / node.limit_minor)
            return self.say("{share}% of {limit} in use", share=share, limit=self.compact(node.limit_minor))
        return self.compact(found.value_minor)

    def place_name(self, found: Place) -> str:
        if len(found.nodes) > 1:
            return self.say("{count} smaller ones", count=len(found.nodes))
        return found.name or found.nodes[0].id

    def party_title(self, found: Place) -> str:
        if len(found.nodes) > 1:
            names = [node.name for node in found.nodes[:20]]
            names += ["…"] if len(found.nodes) > 20 else []
            return "\n".join([f"{self.place_name(found)}: {self.money(found.value_minor)}", *names])
        return self.node_title(found.nodes[0], found)

    def node_title(self, node: Node, found: Place | None = None) -> str:
        role = self.say(ROLE_NAMES[node.role])
        if node.tier:
            role += self.say(", tier {tier}", tier=node.tier)
        lines = [node.name, f"{role} · {node.id}"]
        if found is not None and found.entering_minor:
            bought = found.funds
            lines.append(
                self.say(
                    "bought: {amount}" if bought else "received: {amount}", amount=self.money(found.entering_minor)
                )
            )
        figures = (
            ("holds now: {amount}", node.held_minor),
            ("discounted: {amount}" if node.role is not Role.BANK else "financed: {amount}", node.financed_minor),
            ("paid at maturity: {amount}", node.redeemed_minor),
        )
        lines.extend(self.say(template, amount=self.money(minor)) for template, minor in figures if minor)
        if node.limit_minor:
            used, limit = self.money(node.used_minor or 0), self.money(node.limit_minor)
            lines.append(self.say("lines: {used} of {limit} in use", used=used, limit=limit))
        return "\n".join(lines)

    def strip(self) -> tuple[str, float]:
        """Below: parties that no credit reached, and those outside the columns (keepers and others)."""
        groups = [(column, nodes, "not reached") for column, nodes in sorted(self.layout.unreached.items())]
        if self.layout.outside:
            taken = {column for column, _, _ in groups}
            free = next((column for column in range(len(self.layout.columns)) if column not in taken), None)
            groups.append((free if free is not None else 0, self.layout.outside, "keepers and others"))
        if not groups:
            return "", 12.0
        top = TOP + self.layout.height + 28
        parts = [f'<g class="strip"><path class="rule" d="M12 {_n(top - 18)}H{_n(WIDTH - 12)}"/>']
        deepest = 0.0
        below: dict[int, float] = defaultdict(float)
        for column, nodes, heading in groups:
            x = 12.0 if column == 0 else self.layout.left(column) + BAR_WIDTH / 2
            y = top + below[column]
            parts.append(
                f'<text class="small" x="{_n(x - 4 if column else x)}" y="{_n(y)}">{_escape(self.say(heading))}</text>'
            )
            y += STRIP_ROW
            listed = len(nodes) <= MOST_NAMES
            for index, node in enumerate(nodes):
                dot_x = x + 4 if listed else x + 4 + (index % DOTS_A_ROW) * 14
                dot_y = y + (index * STRIP_ROW if listed else index // DOTS_A_ROW * 14) - 4
                parts.append(
                    f'<g class="party p{self.number[node.id]} c{self.number[node.id]}" data-node={_quote(node.id)} '
                    f'data-role="{node.role}" data-value="0"><title>{_escape(self.node_title(node))}</title>'
                    f'<circle class="dot" cx="{_n(dot_x)}" cy="{_n(dot_y)}" r="4"/>'
                )
                self.dots[node.id] = (dot_x, dot_y)
                if listed:
                    name = _shorten(node.name or node.id, 24)
                    parts.append(_text("small", dot_x + 9, dot_y + 4, name))
                parts.append("</g>")
            rows = len(nodes) if listed else -(-len(nodes) // DOTS_A_ROW)
            deepest = max(deepest, below[column] + STRIP_ROW * rows)
            below[column] += STRIP_ROW * (rows + 1.5)
        parts.append("</g>")
        return "".join(parts), 28 + deepest

    @property
    def dots(self) -> dict[str, tuple[float, float]]:
        """Where the parties of the strip stand, filled as it is drawn."""
        filled: dict[str, tuple[float, float]] = self.__dict__.setdefault("_dots", {})
        return filled

    def blocked_trades(self) -> list[str]:
        """One arrow a pair of parties, however many of their trades are refused."""
        pairs: dict[tuple[str, str], list[BlockedTrade]] = defaultdict(list)
        for trade in self.picture.blocked:
            pairs[trade.source, trade.target].append(trade)
        return [self.blocked(trades, index) for index, trades in enumerate(pairs.values())]

    def blocked(self, trades: list[BlockedTrade], index: int) -> str:
        """A dashed arrow in a free way of its own, so that several of one circle stay apart."""
        trade = trades[0]
        x0, y0, x1, y1 = *self.anchor(trade.source, leaving=True), *self.anchor(trade.target, leaving=False)
        if abs(x1 - x0) < 60:  # the same column: around on the right
            x0 = x1 = max(x0, x1) + 2
            bend = 46.0 + 10 * (index % 4)
            curve = f"C{_n(x0 + bend)} {_n(y0)} {_n(x1 + bend)} {_n(y1)} {_n(x1)} {_n(y1)}"
            heading = -1
        else:
            heading = 1 if x1 > x0 else -1
            bend = abs(x1 - x0) * 0.45 * heading
            curve = f"C{_n(x0 + bend)} {_n(y0)} {_n(x1 - bend)} {_n(y1)} {_n(x1)} {_n(y1)}"
        lines = [f"{self.names[trade.source]} → {self.names[trade.target]}"]
        for each in trades[:MOST_NAMES]:
            amount = f" · {self.money(each.amount_minor)}" if each.amount_minor else ""
            lines.append(f"{self.say('refused trade')}: {each.reason or each.rule}{amount}")
        if len(trades) > MOST_NAMES:
            lines.append(f"… +{len(trades) - MOST_NAMES}")
        rules = " ".join(dict.fromkeys(each.rule for each in trades))
        back = _n(x1 - 7 * heading)
        return (
            f'<g class="trade c{self.number[trade.source]} c{self.number[trade.target]}" data-kind="blocked" '
            f"data-source={_quote(trade.source)} data-target={_quote(trade.target)} "
            f'data-rule={_quote(rules)} data-trades="{len(trades)}"><title>'
            f"{_escape(chr(10).join(lines))}</title>"
            f'<path class="blocked" d="M{_n(x0)} {_n(y0)}{curve}"/>'
            f'<path class="blocked arrow" d="M{back} {_n(y1 - 4)}L{_n(x1)} {_n(y1)}L{back} {_n(y1 + 4)}"/></g>'
        )

    def anchor(self, node: str, leaving: bool) -> tuple[float, float]:
        if node in self.dots:
            return self.dots[node]
        found = self.layout.place_of[node]
        return self.layout.left(found.column) + (BAR_WIDTH if leaving else 0), found.middle

    def room(self, column: int, aside: float) -> int:
        """How many narrow characters of a name fit beside a bar, ``aside`` of it taken."""
        if column == 0:
            width = MARGIN_LEFT - 7
        elif column == len(self.layout.columns) - 1:
            width = MARGIN_RIGHT - BAR_WIDTH - 7 - aside
        else:
            width = self.layout.left(column + 1) - self.layout.left(column) - BAR_WIDTH - 14 - aside
        return int((width - 4) / CHARACTER)

    def label_side(self, column: int, heading: bool = False) -> tuple[float, str]:
        """Names stand to the right of their bars, except in the first column."""
        left = self.layout.left(column)
        if column == 0:
            return (12.0, "") if heading else (left - 7, END)
        return (left, "") if heading else (left + BAR_WIDTH + 7, "")


def compact_amount(minor: int, currency: str, language: str) -> str:
    """A short figure in major units for labels: 1.2M, 120万."""
    locale = "zh_CN" if language == "zh" else "en_US"
    return format_compact_decimal(Money(minor, currency).decimal, locale=locale, fraction_digits=1)


def _ways(layout: Layout) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Place → places that credit came to it from, and places that it went on to; each with itself."""
    following: dict[str, set[str]] = defaultdict(set)
    for ribbon in layout.ribbons:
        following[ribbon.route[0].key].add(ribbon.route[-1].key)
    onward: dict[str, set[str]] = {}
    origins: dict[str, set[str]] = {found.key: set() for found in layout.places}
    for found in layout.places:
        seen, unvisited = {found.key}, [found.key]
        while unvisited:
            for key in following[unvisited.pop()] - seen:
                seen.add(key)
                unvisited.append(key)
        onward[found.key] = seen
        for key in seen:
            origins[key].add(found.key)
    return origins, onward


def _curves(points: list[tuple[float, float]]) -> str:
    """Horizontal tangents at every point, straight within a lane."""
    parts = []
    for (xa, ya), (xb, yb) in pairwise(points):
        if ya == yb:
            parts.append(f"H{_n(xb)}")
        else:
            middle = (xa + xb) / 2
            parts.append(f"C{_n(middle)} {_n(ya)} {_n(middle)} {_n(yb)} {_n(xb)} {_n(yb)}")
    return "".join(parts)


def _tip(width: float) -> float:
    return min(8.0, max(3.0, width / 2))


def _escape(text: str) -> str:
    return saxutils.escape(UNREADABLE.sub("\N{REPLACEMENT CHARACTER}", text))


def _quote(text: str) -> str:
    return saxutils.quoteattr(UNREADABLE.sub("\N{REPLACEMENT CHARACTER}", text))


def _text(kind: str, x: float, y: float, content: str, anchor: str = "") -> str:
    return f'<text class="{kind}" x="{_n(x)}" y="{_n(y)}"{anchor}>{_escape(content)}</text>'


def _ids(found: Place) -> str:
    return _quote(" ".join(node.id for node in found.nodes))


def _n(value: float) -> str:
    """A coordinate with two decimals at most."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if value else "0"


def _tag(language: str) -> str:
    return "zh-Hans" if language == "zh" else "en"


def _width(text: str) -> int:
    """In narrow characters; a Chinese one is two."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def _shorten(text: str, most: int) -> str:
    """At most so many narrow characters; a Chinese legal form goes first, as people leave it out when they speak."""
    for form in LEGAL_FORMS:
        if _width(text) > most and text.endswith(form) and text != form:
            text = text.removesuffix(form)
            break
    if _width(text) <= most:
        return text
    kept, width = "", 0
    for character in text:
        width += _width(character)
        if width > most - 1:
            break
        kept += character
    return kept.rstrip() + "…"


def _round_unit(minor: float) -> int:
    """The largest 1, 2 or 5 times a power of ten that is not above ``minor``, at least one minor unit."""
    best = 1
    power = 1
    while power <= minor:
        best = max(best, *(step * power for step in (1, 2, 5) if step * power <= minor))
        power *= 10
    return best
