"""Where everything stands: columns by tier, ribbons as wide as their amounts, few crossings. Pure and deterministic.

The order within a column follows Sugiyama, Tagawa and Toda (1981): sweeps of barycentres, keeping the order with the
fewest crossings, a crossing weighing the product of its two amounts. A ribbon that skips columns runs through a lane
in each of them; ribbons to the same party share a lane, so that many small sales to one bank read as one stream.
Heights then settle by weighted isotonic regression: nearest to their neighbours, in order, without overlap.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from chain.network import Role
from chain.picture.model import Flow, FlowKind, Node, Picture

WIDTH = 1400.0
MARGIN_LEFT = 172.0
MARGIN_RIGHT = 172.0
BAR_WIDTH = 10.0
ROW_HEIGHT = 16.0
"""The least height that a party takes, so that its name can be read beside it."""
GAP = 6.0
MOST_ROWS = 40
"""A column with more parties shows the larger ones and sums up the rest in one."""
LEAST_HEIGHT = 160.0
USUAL_HEIGHT = 620.0
"""Reached by a column of six; beyond it only names that need room make the picture higher."""
MOST_HEIGHT = 2000.0
SWEEPS = 24


@dataclass(slots=True, eq=False)
class Place:
    """A party's bar in a column, the sum of several small ones, or a lane that ribbons pass through."""

    key: str
    column: int
    nodes: tuple[Node, ...]
    lane: bool = False
    funds: bool = False
    """A bank's bar on the right, as the buyer of pieces."""
    entering_minor: int = 0
    leaving_minor: int = 0
    held_minor: int = 0
    top: float = 0.0
    height: float = 0.0

    @property
    def value_minor(self) -> int:
        """What its bar is as high as."""
        return max(self.entering_minor, self.leaving_minor + self.held_minor)

    @property
    def middle(self) -> float:
        return self.top + self.height / 2

    @property
    def name(self) -> str:
        return self.nodes[0].name if self.nodes else ""


@dataclass(slots=True, eq=False)
class Ribbon:
    """One or more flows of a kind between two places. ``ports`` are the tops of its ends, two a place of its route."""

    kind: FlowKind
    route: list[Place]
    flows: list[Flow]
    width: float = 0.0
    ports: list[float] = field(default_factory=list)

    @property
    def amount_minor(self) -> int:
        return sum(flow.amount_minor for flow in self.flows)

    @property
    def ahead(self) -> bool:
        """It runs from left to right, as credit usually does."""
        return self.route[0].column < self.route[-1].column


@dataclass(slots=True)
class Stub:
    """What an issuer paid at maturity: the end of a piece, drawn where the cash arrived."""

    place: Place
    flow: Flow
    top: float = 0.0
    width: float = 0.0


@dataclass(slots=True)
class Layout:
    """The placed picture. ``scale`` is height per minor unit; ``height`` that of the flowing part."""

    columns: list[str]
    """What each column is: 'lines', 'issuers', 'tier 1' …, 'funders'."""
    places: list[Place]
    ribbons: list[Ribbon]
    stubs: list[Stub]
    unreached: dict[int, list[Node]]
    """Column → parties that no credit touched."""
    outside: list[Node]
    """Parties that stand in no column: keepers, and whoever has no tier and no flow."""
    place_of: dict[str, Place]
    """Node → its (first) place, for what is drawn between parties."""
    scale: float
    height: float

    def left(self, column: int) -> float:
        """The x of a column's bars."""
        span = WIDTH - MARGIN_LEFT - MARGIN_RIGHT - BAR_WIDTH
        return MARGIN_LEFT + (span * column / (len(self.columns) - 1) if len(self.columns) > 1 else 0.0)


def place(picture: Picture, top: float = 0.0) -> Layout:
    """Lay the picture out; its flowing part begins at ``top``."""
    tiers = _tiers(picture)
    columns, column_of_tier, funders = _columns(picture, tiers)
    live, unreached, outside = _partition(picture, tiers, column_of_tier)
    places, place_of, funder_of = _places(picture, live, tiers, column_of_tier, funders)
    ribbons, stubs = _ribbons(picture, places, place_of, funder_of)
    rows = _order(places, ribbons, len(columns))
    scale, height = _scale(rows)
    _settle_heights(rows, ribbons, scale, height)
    for found in places:
        found.top += top
    _connect(ribbons, stubs, scale)
    everywhere = {node.id: found for found in places for node in found.nodes if not found.funds}
    everywhere |= {node.id: found for found in places for node in found.nodes if node.id not in everywhere}
    return Layout(columns, places, ribbons, stubs, unreached, outside, everywhere, scale, height)


def _tiers(picture: Picture) -> dict[str, int]:
    """The tier of whoever has one; a party without one that credit reached stands one below whoever passed it on."""
    tiers = {node.id: node.tier for node in picture.nodes if node.tier is not None and node.role is not Role.BANK}
    tiers |= {node.id: 0 for node in picture.nodes if node.role is Role.CORE_ENTERPRISE and node.id not in tiers}
    banks = {node.id for node in picture.nodes if node.role is Role.BANK}
    credit = [flow for flow in picture.flows if flow.kind in (FlowKind.ISSUED, FlowKind.TRANSFERRED)]
    for _ in picture.nodes:
        found = {
            flow.target: tiers[flow.source] + 1
            for flow in credit
            if flow.source in tiers and flow.target not in tiers and flow.target not in banks
        }
        if not found:
            break
        tiers |= found
    # Who is left takes part without an issuer above it.
    apart = {end for flow in picture.flows for end in (flow.source, flow.target)}
    apart |= {node.id for node in picture.nodes if node.held_minor}
    for end in apart - banks:
        tiers.setdefault(end, 1)
    return tiers


def _columns(picture: Picture, tiers: dict[str, int]) -> tuple[list[str], dict[int, int], int | None]:
    columns = []
    if any(node.role is Role.BANK for node in picture.nodes):
        columns.append("lines")
    column_of_tier = {}
    for tier in range(max(tiers.values(), default=0) + 1):
        column_of_tier[tier] = len(columns)
        columns.append(f"tier {tier}" if tier else "issuers")
    funders = None
    if any(flow.kind is FlowKind.FINANCED for flow in picture.flows):
        funders = len(columns)
        columns.append("funders")
    return columns, column_of_tier, funders


def _partition(
    picture: Picture, tiers: dict[str, int], column_of_tier: dict[int, int]
) -> tuple[list[Node], dict[int, list[Node]], list[Node]]:
    """Who takes part, who stands in a column without, and who stands in none."""
    touched = {end for flow in picture.flows for end in (flow.source, flow.target)}
    live, unreached, outside = [], defaultdict(list), []
    for node in sorted(picture.nodes, key=lambda node: (node.name, node.id)):
        if node.id in touched or node.held_minor:
            live.append(node)
        elif node.role is Role.BANK:
            unreached[0].append(node)
        elif node.id in tiers:
            unreached[column_of_tier[tiers[node.id]]].append(node)
        else:
            outside.append(node)
    return live, dict(unreached), outside


def _places(
    picture: Picture,
    live: list[Node],
    tiers: dict[str, int],
    column_of_tier: dict[int, int],
    funders: int | None,
) -> tuple[list[Place], dict[str, Place], dict[str, Place]]:
    """A place for each party, the smallest of a crowded column in one; apart, those of banks that buy pieces."""
    value: Counter[str] = Counter()
    for flow in picture.flows:
        value[flow.source] += flow.amount_minor
        value[flow.target] += flow.amount_minor
    buying = {flow.target for flow in picture.flows if flow.kind is FlowKind.FINANCED}
    granting = {flow.source for flow in picture.flows if flow.kind is FlowKind.LINE}
    by_column: dict[tuple[int, bool], list[Node]] = defaultdict(list)
    for node in live:
        if node.role is Role.BANK:
            if node.id in buying and funders is not None:
                by_column[funders, True].append(node)
            if node.id in granting or node.id not in buying:
                by_column[0, False].append(node)
        else:
            by_column[column_of_tier[tiers[node.id]], False].append(node)

    places: list[Place] = []
    place_of: dict[str, Place] = {}
    funder_of: dict[str, Place] = {}
    for (column, funds), nodes in sorted(by_column.items()):
        nodes = sorted(nodes, key=lambda node: (-max(value[node.id], node.held_minor), node.name, node.id))
        shown = len(nodes) if len(nodes) <= MOST_ROWS else MOST_ROWS - 1
        groups = [(node,) for node in nodes[:shown]] + ([tuple(nodes[shown:])] if nodes[shown:] else [])
        for group in groups:
            bank = group[0].role is Role.BANK
            held = 0 if bank and not funds else sum(node.held_minor for node in group)
            found = Place(f"{column}:{group[0].id}", column, group, funds=funds, held_minor=held)
            places.append(found)
            for node in group:
                (funder_of if funds else place_of)[node.id] = found
    return places, place_of, funder_of


def _ribbons(
    picture: Picture, places: list[Place], place_of: dict[str, Place], funder_of: dict[str, Place]
) -> tuple[list[Ribbon], list[Stub]]:
    """Ribbons with their routes (adds the lanes to ``places``), and the stubs of what was redeemed."""
    bundles: dict[tuple[FlowKind, str, str], Ribbon] = {}
    stubs = []
    lanes: dict[tuple[str, int], Place] = {}
    for flow in sorted(picture.flows, key=lambda flow: (flow.kind, flow.source, flow.target, flow.amount_minor)):
        banks_right = flow.kind in (FlowKind.FINANCED, FlowKind.REDEEMED)
        target = (funder_of.get(flow.target) if banks_right else None) or place_of.get(flow.target)
        target = target or funder_of[flow.target]
        if flow.kind is FlowKind.REDEEMED:
            target.leaving_minor += flow.amount_minor
            stubs.append(Stub(target, flow))
            continue
        source = place_of.get(flow.source) or funder_of[flow.source]
        if source.nodes and source.nodes[0].role is Role.BANK and flow.kind is FlowKind.FINANCED:
            source = funder_of.get(flow.source, source)  # a resale between banks
        if source is target:  # both are in the same sum of small ones
            continue
        ribbon = bundles.get((flow.kind, source.key, target.key))
        if ribbon is None:
            ribbon = bundles[flow.kind, source.key, target.key] = Ribbon(flow.kind, [source, target], [])
        ribbon.flows.append(flow)
    for ribbon in bundles.values():
        source, target = ribbon.route
        source.leaving_minor += ribbon.amount_minor
        target.entering_minor += ribbon.amount_minor
        for column in range(source.column + 1, target.column):
            lane = lanes.get((target.key, column))
            if lane is None:
                lane = lanes[target.key, column] = Place(f"{column}:lane:{target.key}", column, (), lane=True)
            lane.entering_minor += ribbon.amount_minor
            lane.leaving_minor += ribbon.amount_minor
            ribbon.route.insert(-1, lane)
    places.extend(lane for _, lane in sorted(lanes.items()))
    return list(bundles.values()), stubs


def _hops(ribbons: Iterable[Ribbon]) -> list[tuple[Place, Place, int]]:
    """The steps of all ribbons from column to column, those with the same ends summed."""
    total: dict[tuple[str, str], int] = Counter()
    ends: dict[tuple[str, str], tuple[Place, Place]] = {}
    for ribbon in ribbons:
        if ribbon.ahead:
            for before, after in pairwise(ribbon.route):
                total[before.key, after.key] += ribbon.amount_minor
                ends[before.key, after.key] = (before, after)
    return [(*ends[key], amount) for key, amount in sorted(total.items())]


def _order(places: list[Place], ribbons: list[Ribbon], column_count: int) -> list[list[Place]]:
    """Each column's places from top to bottom."""
    rows: list[list[Place]] = [[] for _ in range(column_count)]
    for found in places:
        rows[found.column].append(found)
    hops = _hops(ribbons)
    before: dict[str, list[tuple[str, int]]] = defaultdict(list)
    after: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for source, target, amount in hops:
        before[target.key].append((source.key, amount))
        after[source.key].append((target.key, amount))

    best, fewest = [list(row) for row in rows], None
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        for column in range(1, column_count) if forward else range(column_count - 2, -1, -1):
            beside = rows[column - 1] if forward else rows[column + 1]
            centre = _centres(beside)
            neighbours = before if forward else after
            stay = _centres(rows[column])
            rows[column].sort(key=lambda found: (_mean(neighbours[found.key], centre, stay[found.key]), found.key))
        crossings = _crossings(rows, hops)
        if fewest is None or crossings < fewest:
            best, fewest = [list(row) for row in rows], crossings
    return best


def _centres(row: list[Place]) -> dict[str, float]:
    """Where each place of the row would lie between 0 and 1, were they stacked by value."""
    total = sum(found.value_minor for found in row) or 1
    centres, reached = {}, 0
    for found in row:
        centres[found.key] = (reached + found.value_minor / 2) / total
        reached += found.value_minor
    return centres


def _mean(neighbours: list[tuple[str, int]], centre: dict[str, float], otherwise: float) -> float:
    total = sum(amount for _, amount in neighbours)
    return sum(centre[key] * amount for key, amount in neighbours) / total if total else otherwise


def _crossings(rows: list[list[Place]], hops: list[tuple[Place, Place, int]]) -> int:
    """Sum over crossing pairs of the product of their amounts (a Fenwick tree a column, exact)."""
    position = {found.key: index for row in rows for index, found in enumerate(row)}
    crossings = 0
    for column, row in enumerate(rows[1:], start=1):
        steps = sorted(
            (position[source.key], position[target.key], amount)
            for source, target, amount in hops
            if target.column == column
        )
        tree = [0] * (len(row) + 1)
        seen = 0
        index = 0
        while index < len(steps):
            end = bisect_left(steps, (steps[index][0] + 1,))
            for _, target, amount in steps[index:end]:
                upto, at = 0, target + 1
                while at:
                    upto += tree[at]
                    at &= at - 1
                crossings += amount * (seen - upto)
            for _, target, amount in steps[index:end]:  # those that leave the same place never cross
                seen += amount
                at = target + 1
                while at < len(tree):
                    tree[at] += amount
                    at += at & -at
            index = end
    return crossings


def _slot(found: Place, scale: float) -> float:
    return max(found.value_minor * scale, 0.0 if found.lane else ROW_HEIGHT)


def _scale(rows: list[list[Place]]) -> tuple[float, float]:
    """The largest height per minor unit at which every column fits, and the height."""
    crowded = max((sum(1 for found in row if not found.lane) for row in rows), default=0)
    height = max(LEAST_HEIGHT, min(crowded * USUAL_HEIGHT / 6, USUAL_HEIGHT), crowded * (ROW_HEIGHT + GAP) * 1.5)
    height = min(height, MOST_HEIGHT)
    largest = max((sum(found.value_minor for found in row) for row in rows), default=0)
    if not largest:
        return 0.0, height
    low, high = 0.0, height / largest
    for _ in range(60):
        middle = (low + high) / 2
        fits = all(sum(_slot(found, middle) for found in row) + GAP * (len(row) - 1) <= height for row in rows if row)
        low, high = (middle, high) if fits else (low, middle)
    return low, height


def _settle_heights(rows: list[list[Place]], ribbons: list[Ribbon], scale: float, height: float) -> None:
    for row in rows:
        for found in row:
            found.height = found.value_minor * scale
        _settle(row, [height / 2] * len(row), [1.0] * len(row), scale, height)
    before: dict[str, list[tuple[Place, int]]] = defaultdict(list)
    after: dict[str, list[tuple[Place, int]]] = defaultdict(list)
    for source, target, amount in _hops(ribbons):
        before[target.key].append((source, amount))
        after[source.key].append((target, amount))
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        for column in range(1, len(rows)) if forward else range(len(rows) - 2, -1, -1):
            row = rows[column]
            wanted, weights = [], []
            for found in row:
                # Both sides pull, the side that the sweep comes from more, so that the picture comes to rest.
                near, far = (before, after) if forward else (after, before)
                pulls = [(other.middle, 2 * amount) for other, amount in near[found.key]]
                pulls += [(other.middle, amount) for other, amount in far[found.key]]
                weight = sum(amount for _, amount in pulls)
                wanted.append(sum(y * amount for y, amount in pulls) / weight if weight else found.middle)
                weights.append(float(found.value_minor) or 1.0)
            _settle(row, wanted, weights, scale, height)


def _settle(row: list[Place], wanted: list[float], weights: list[float], scale: float, height: float) -> None:
    """Put each place's middle as near to ``wanted`` as order and room allow (pool adjacent violators)."""
    if not row:
        return
    slots = [_slot(found, scale) for found in row]
    offsets, reached = [], 0.0
    for slot in slots:
        offsets.append(reached)
        reached += slot + GAP
    room = height - (reached - GAP)
    pools: list[tuple[float, float, int]] = []  # mean of top minus offset, weight, count
    for middle, weight, slot, offset in zip(wanted, weights, slots, offsets, strict=True):
        mean, count = middle - slot / 2 - offset, 1
        while pools and pools[-1][0] > mean:
            earlier, earlier_weight, earlier_count = pools.pop()
            mean = (earlier * earlier_weight + mean * weight) / (earlier_weight + weight)
            weight, count = earlier_weight + weight, earlier_count + count
        pools.append((mean, weight, count))
    shifts = [min(max(mean, 0.0), max(room, 0.0)) for mean, _, count in pools for _ in range(count)]
    for found, shift, slot, offset in zip(row, shifts, slots, offsets, strict=True):
        found.top = offset + shift + (slot - found.height) / 2


def _connect(ribbons: list[Ribbon], stubs: list[Stub], scale: float) -> None:
    """Give each ribbon its port at every place of its route, in the order of what lies at the other end."""
    leaving: dict[str, list[tuple[Ribbon, int]]] = defaultdict(list)
    entering: dict[str, list[tuple[Ribbon, int]]] = defaultdict(list)
    for ribbon in ribbons:
        ribbon.width = ribbon.amount_minor * scale
        ribbon.ports = [0.0] * (2 * len(ribbon.route))
        for index, found in enumerate(ribbon.route):
            if index:
                entering[found.key].append((ribbon, index))
            if index < len(ribbon.route) - 1:
                leaving[found.key].append((ribbon, index))
    by_key = {found.key: found for ribbon in ribbons for found in ribbon.route}
    for found in sorted(by_key.values(), key=lambda found: (found.column, found.top, found.key)):
        # From left to right: what enters a lane keeps its order in it, so it is settled before what leaves it.
        reached = found.top
        for ribbon, index in sorted(entering[found.key], key=lambda entry: _origin(*entry)):
            ribbon.ports[2 * index] = reached
            if found.lane:
                ribbon.ports[2 * index + 1] = reached
            reached += ribbon.width
        if found.lane:
            continue
        reached = found.top
        for ribbon, index in sorted(leaving[found.key], key=lambda entry: _destination(*entry)):
            ribbon.ports[2 * index + 1] = reached
            reached += ribbon.width
    spent: Counter[str] = Counter()
    for ribbon in ribbons:
        spent[ribbon.route[0].key] += ribbon.amount_minor
    for stub in stubs:
        stub.width = stub.flow.amount_minor * scale
        stub.top = stub.place.top + spent[stub.place.key] * scale
        spent[stub.place.key] += stub.flow.amount_minor


def _origin(ribbon: Ribbon, index: int) -> tuple[float, float, str, str]:
    before = ribbon.route[index - 1]
    port = ribbon.ports[2 * index - 1] if before.lane else before.middle
    return (port, ribbon.route[0].middle, ribbon.route[0].key, ribbon.kind)


def _destination(ribbon: Ribbon, index: int) -> tuple[float, float, str, str]:
    after = ribbon.route[index + 1]
    return (after.middle, ribbon.route[-1].middle, ribbon.route[-1].key, ribbon.kind)
