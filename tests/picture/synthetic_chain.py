"""A synthetic chain for looking at and for tests: about seventy enterprises on four tiers, amounts that add up."""

from __future__ import annotations

from datetime import date
from random import Random

from chain.network import Role
from chain.picture import BlockedTrade, Flow, FlowKind, Node, Picture

PLACES = [
    "苏州",
    "无锡",
    "宁波",
    "常州",
    "合肥",
    "芜湖",
    "重庆",
    "武汉",
    "东莞",
    "佛山",
    "青岛",
    "南通",
    "嘉兴",
    "绍兴",
    "长沙",
    "株洲",
    "郑州",
    "洛阳",
]
STEMS = [
    "恒远",
    "瑞丰",
    "华晟",
    "启明",
    "金鹏",
    "泰和",
    "众诚",
    "佳源",
    "博瑞",
    "鑫达",
    "天工",
    "立信",
    "同创",
    "远航",
    "明德",
    "昌盛",
]
TRADES = ["精密机械", "电子材料", "汽车零部件", "金属制品", "塑胶模具", "表面处理", "包装材料", "化工", "轴承", "铸造"]


def synthetic_picture(seed: int = 7, per_tier: tuple[int, ...] = (10, 18, 20, 16), currency: str = "CNY") -> Picture:
    random = Random(seed)
    names: set[str] = set()

    def name() -> str:
        while True:
            made = f"{random.choice(PLACES)}{random.choice(STEMS)}{random.choice(TRADES)}有限公司"
            if made not in names:
                names.add(made)
                return made

    banks = [("BANK:1", "华东兴业银行"), ("BANK:2", "长江商业银行"), ("BANK:3", "滨海银行")]
    cores = [
        ("CORE:1", "东方汽车集团股份有限公司"),
        ("CORE:2", "天衡装备制造有限公司"),
        ("CORE:3", "蓝海家电股份有限公司"),
    ]
    tiers = [
        [(f"T{tier}:{index:02}", name()) for index in range(1, count + 1)] for tier, count in enumerate(per_tier, 1)
    ]
    flows: list[Flow] = []
    received: dict[str, int] = {}
    financed: dict[str, int] = {}
    bought: dict[str, int] = {}
    redeemed: dict[str, int] = {}
    held: dict[str, int] = {}

    holders: dict[str, int] = {}
    issued: dict[str, int] = {}
    lines: dict[tuple[str, str], int] = {}
    direct = tiers[0]
    for index, (supplier, _) in enumerate(direct):
        for core, _ in random.sample(cores, 1 if index % 3 else 2):
            amount = random.randint(80_000_000, 900_000_000)
            flows.append(
                Flow(
                    source=core, target=supplier, kind=FlowKind.ISSUED, amount_minor=amount, pieces=random.randint(1, 6)
                )
            )
            holders[supplier] = holders.get(supplier, 0) + amount
            issued[core] = issued.get(core, 0) + amount
    for index, (core, _) in enumerate(cores):
        backing = random.sample(banks, 2 if index != 2 else 1)
        left = issued.get(core, 0)
        for position, (bank, _) in enumerate(backing):
            part = left if position == len(backing) - 1 else left * 3 // 5
            left -= part
            lines[bank, core] = part
            if part:
                flows.append(
                    Flow(source=bank, target=core, kind=FlowKind.LINE, amount_minor=part, limit_minor=part * 3 // 2)
                )
    for tier, members in enumerate(tiers):
        below = tiers[tier + 1][:-3] if tier + 1 < len(tiers) else []
        passed: dict[tuple[str, str], int] = {}
        for position, (payee, _) in enumerate(below):
            givers = [giver for giver, _ in members if holders.get(giver)]
            for giver in random.sample(givers, min(len(givers), 1 + (position % 4 == 0))):
                amount = min(holders[giver], random.randint(10_000_000, 160_000_000) // (tier + 1))
                if amount:
                    holders[giver] -= amount
                    holders[payee] = holders.get(payee, 0) + amount
                    passed[giver, payee] = passed.get((giver, payee), 0) + amount
        flows.extend(
            Flow(
                source=giver, target=payee, kind=FlowKind.TRANSFERRED, amount_minor=amount, pieces=random.randint(1, 3)
            )
            for (giver, payee), amount in passed.items()
        )
        for member, _ in members:
            rest = holders.get(member, 0)
            received[member] = rest
            if not rest:
                continue
            core = random.choice(cores)[0]
            if random.random() < 0.55:
                bank = random.choice(banks)[0]
                part = rest * random.choice((1, 2, 3)) // 3
                financed[member] = part
                bought[bank] = bought.get(bank, 0) + part
                rest -= part
                flows.append(Flow(source=member, target=bank, kind=FlowKind.FINANCED, amount_minor=part))
            if rest and random.random() < 0.4:
                flows.append(Flow(source=core, target=member, kind=FlowKind.REDEEMED, amount_minor=rest))
                redeemed[member] = rest
                rest = 0
            held[member] = rest
    for bank, amount in list(bought.items()):
        back = amount // 4
        if back:
            flows.append(Flow(source=cores[0][0], target=bank, kind=FlowKind.REDEEMED, amount_minor=back))
            redeemed[bank] = back
        held[bank] = amount - back

    nodes = [
        Node(
            id=bank,
            name=label,
            role=Role.BANK,
            held_minor=held.get(bank, 0),
            financed_minor=bought.get(bank, 0),
            redeemed_minor=redeemed.get(bank, 0),
            limit_minor=sum(part * 3 // 2 for (granter, _), part in lines.items() if granter == bank),
            used_minor=sum(part for (granter, _), part in lines.items() if granter == bank),
        )
        for bank, label in banks
    ]
    nodes += [
        Node(
            id=core,
            name=label,
            role=Role.CORE_ENTERPRISE,
            tier=0,
            limit_minor=sum(part * 3 // 2 for (_, issuer), part in lines.items() if issuer == core),
            used_minor=issued.get(core, 0),
        )
        for core, label in cores
    ]
    for tier, members in enumerate(tiers, 1):
        nodes += [
            Node(
                id=member,
                name=label,
                role=Role.SUPPLIER,
                tier=tier,
                held_minor=held.get(member, 0),
                financed_minor=financed.get(member, 0),
                redeemed_minor=redeemed.get(member, 0),
            )
            for member, label in members
        ]
    nodes += [
        Node(id="KEEP:1", name="港务仓储监管有限公司", role=Role.KEEPER),
        Node(id="KEEP:2", name="中储第三仓库", role=Role.KEEPER),
        Node(id="OP:1", name="珠链平台", role=Role.OPERATOR),
    ]
    ring = [tiers[1][3][0], tiers[1][-1][0], tiers[2][5][0]]
    blocked = [
        BlockedTrade(source=giver, target=taker, rule="CircularTrade", amount_minor=50_000_000)
        for giver, taker in zip(ring, [*ring[1:], ring[0]], strict=True)
    ]
    return Picture(
        currency=currency, nodes=tuple(nodes), flows=tuple(flows), blocked=tuple(blocked), day=date(2026, 11, 23)
    )
