"""Small worlds for the planner, the rules of a plan checked from its steps alone, and the best plan by trying all."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

from hypothesis import strategies as st

from chain.planning.model import Line, Payable, PlanningInput, PlanningRules, PropagationPlan, StepKind

TODAY = date(2026, 3, 2)


def payable(number: int, debtor: str, creditor: str, minor: int, due: int = 60) -> Payable:
    """An invoice delivered ten days ago that falls due in ``due`` days."""
    return Payable(
        document=f"invoice|{creditor}|{number:03d}",
        debtor=debtor,
        creditor=creditor,
        currency="CNY",
        open_minor=minor,
        delivery=TODAY - timedelta(days=10),
        due=TODAY + timedelta(days=due),
        proofs=(f"order|{creditor}|{number:03d}",),
    )


def line(
    issuer: str, minor: int, bank: str = "bank", financing: int = 10**12, rate: int = 300, expiry: int = 365
) -> Line:
    """A line with this much available."""
    return Line(bank, issuer, "CNY", minor, financing, TODAY + timedelta(days=expiry), rate)


def world(lines: list[Line], payables: list[Payable], needs: dict[str, int], **others: object) -> PlanningInput:
    """An input in CNY without related parties, unless told otherwise."""
    settings: dict[str, object] = {"groups": {}, **others}
    return PlanningInput(TODAY, "CNY", tuple(lines), tuple(payables), needs, **settings)  # type: ignore[arg-type]


@st.composite
def small_worlds(draw: st.DrawFn, rules: bool = False, circles: bool = True, amounts: int = 2) -> PlanningInput:
    """Two issuers, up to four suppliers and a handful of invoices between them, amounts small enough to try them all."""
    names = ["I1", "I2", "S1", "S2", "S3", "S4"]
    lines = [
        line(
            draw(st.sampled_from(["I1", "I2"])),
            draw(st.integers(1, 3 * amounts)),
            bank=f"bank{number}",
            financing=draw(st.integers(0, 2 * amounts)) if rules else 10**12,
            rate=draw(st.integers(200, 202)),
            expiry=draw(st.sampled_from([365, 365, 40, 5])),
        )
        for number in range(draw(st.integers(1, 2)))
    ]
    # Debtors are mostly those whom credit reaches already, so that most worlds have something to decide.
    reached = sorted({credit.issuer for credit in lines})
    payables = []
    for number in range(draw(st.integers(3, 8))):
        debtor = draw(st.sampled_from(reached * 3 + names))
        if others := [name for name in names if name != debtor and (circles or name > debtor)]:
            creditor = draw(st.sampled_from(others))
            minor = draw(st.integers(1, amounts))
            payables.append(payable(number, debtor, creditor, minor, draw(st.sampled_from([60, 60, 30, 3, 200]))))
            reached = sorted({*reached, creditor})
    needs = {name: draw(st.integers(0, amounts + 1)) for name in names[2:]}
    settings: dict[str, object] = {}
    if rules:
        some = st.frozensets(st.sampled_from(["I1", "I2"]))
        settings = {
            "finances": draw(st.none() | st.frozensets(st.sampled_from(names[2:]))),
            "eligible_issuers": draw(st.none() | st.dictionaries(st.sampled_from(names[2:]), some, max_size=2)),
            "rules": PlanningRules(
                max_hops=draw(st.sampled_from([16, 3, 2, 1])), min_ticket_minor=draw(st.sampled_from([1, 1, 2]))
            ),
            "groups": draw(st.sampled_from([{}, {}, {"S1": "g", "S2": "g"}])),
        }
    return world(lines, payables, needs, **settings)


# --- the best plan by trying all --------------------------------------------------------------------------------------


def first_hop_tenor(inputs: PlanningInput, item: Payable) -> int:
    """Days to the maturity of what is issued against it."""
    return max((item.due - inputs.today).days, inputs.rules.min_tenor_days)


def unit_cost(credit: Line, tier: int, days: int) -> int:
    """Basis points × days, by the first row of the line's table that fits."""
    for price in credit.prices:
        if tier <= (price.to_tier or tier) and days <= (price.to_days or days):
            return price.annual_rate_basis_points * days
    return credit.annual_rate_basis_points * days


def ways(inputs: PlanningInput) -> list[tuple[Line, tuple[Payable, ...]]]:
    """Every way of a piece: a line of the first debtor, then payables end to end, nobody twice."""
    groups = inputs.groups
    usable = [
        item
        for item in inputs.payables
        if item.delivery <= inputs.today
        and groups.get(item.debtor, item.debtor) != groups.get(item.creditor, item.creditor)
        and item.open_minor >= inputs.rules.min_ticket_minor
        and item.debtor not in inputs.keys_elsewhere
    ]
    found: list[tuple[Line, tuple[Payable, ...]]] = []
    for credit in inputs.lines:
        starts = []
        for item in usable:
            days = first_hop_tenor(inputs, item)
            matures = inputs.today + timedelta(days=days)
            if item.debtor == credit.issuer and days <= inputs.rules.max_tenor_days and matures <= credit.expiry:
                starts.append((item,))
        while starts:
            found += [(credit, way) for way in starts]
            starts = [
                (*way, item)
                for way in starts
                if len(way) < inputs.rules.max_hops
                for item in usable
                if item.debtor == way[-1].creditor and item.creditor not in {way[0].debtor, *(p.creditor for p in way)}
            ]
    return found


def best_by_trying_all(inputs: PlanningInput, most_ways: int = 12) -> tuple[int, int, int] | None:
    """(most at tier ≥ 2, most in all, −least cost) over all whole amounts on all ways; None when there are too many."""
    options = ways(inputs)
    if len(options) > most_ways:
        return None
    finances = inputs.finances or frozenset()
    lines_left = {credit: credit.available_minor for credit in inputs.lines}
    documents_left = {item.document: item.open_minor for item in inputs.payables}
    needs_left = dict(inputs.needs)
    financing_left: dict[tuple[str, str], int] = {(c.bank, c.issuer): c.financing_minor for c in inputs.lines}
    chosen: list[int] = []
    best = (0, 0, 0)

    def value() -> tuple[int, int, int] | None:
        pieces: dict[tuple[Line, tuple[str, ...]], int] = defaultdict(int)
        edges = set()
        for (credit, way), minor in zip(options, chosen, strict=True):
            if minor:
                for length in range(1, len(way) + 1):
                    pieces[credit, tuple(item.document for item in way[:length])] += minor
                edges |= {(item.debtor, item.creditor) for item in way}
        if any(minor < inputs.rules.min_ticket_minor for minor in pieces.values()) or runs_in_a_circle(edges):
            return None
        used = [(minor, credit, way) for (credit, way), minor in zip(options, chosen, strict=True) if minor]
        cost = sum(m * unit_cost(c, len(way), first_hop_tenor(inputs, way[0])) for m, c, way in used)
        return sum(m for m, _, way in used if len(way) > 1), sum(m for m, _, _ in used), -cost

    def choose(index: int) -> None:
        nonlocal best
        if index == len(options):
            reached = value()
            if reached is not None and reached > best:
                best = reached
            return
        credit, way = options[index]
        keeper = way[-1].creditor
        limit = min(lines_left[credit], needs_left.get(keeper, 0), *(documents_left[item.document] for item in way))
        if keeper in finances:
            limit = min(limit, financing_left[credit.bank, credit.issuer])
        eligible = (inputs.eligible_issuers or {}).get(keeper)
        if eligible is not None and credit.issuer not in eligible:
            limit = 0
        for minor in range(limit + 1):
            take(credit, way, keeper, minor)
            chosen.append(minor)
            choose(index + 1)
            chosen.pop()
            take(credit, way, keeper, -minor)

    def take(credit: Line, way: tuple[Payable, ...], keeper: str, minor: int) -> None:
        lines_left[credit] -= minor
        for item in way:
            documents_left[item.document] -= minor
        if minor:
            needs_left[keeper] -= minor
            if keeper in finances:
                financing_left[credit.bank, credit.issuer] -= minor

    choose(0)
    return best


def runs_in_a_circle(edges: set[tuple[str, str]]) -> bool:
    """Whether (payer, recipient) pairs lead back to where they start."""
    left = set(edges)
    while left:
        payers_paid = {recipient for _, recipient in left}
        done = {(payer, recipient) for payer, recipient in left if payer not in payers_paid}
        if not done:
            return True
        left -= done
    return False


# --- the rules of a plan, from its steps alone ------------------------------------------------------------------------


def check(inputs: PlanningInput, made: PropagationPlan) -> None:
    """Every rule that a plan keeps (the numbered list of docs/planning.md)."""
    by_document = {item.document: item for item in inputs.payables}
    by_number = {step.number: step for step in made.steps}
    assert [step.number for step in made.steps] == list(range(1, len(made.steps) + 1))
    passed_on: dict[int, int] = defaultdict(int)
    used: dict[str, int] = defaultdict(int)
    issued: dict[tuple[str, str], int] = defaultdict(int)
    members: dict[str, list[object]] = defaultdict(list)
    for step in made.steps:
        item = by_document[step.document]
        assert step.amount_minor >= max(1, inputs.rules.min_ticket_minor)
        assert (step.payer, step.recipient, step.proofs) == (item.debtor, item.creditor, item.proofs)
        assert step.wave <= inputs.rules.max_hops
        assert step.payer not in inputs.keys_elsewhere
        groups = inputs.groups
        assert groups.get(step.payer, step.payer) != groups.get(step.recipient, step.recipient)
        used[step.document] += step.amount_minor
        members[step.obligation].append((step.bank, step.issuer, step.maturity))
        if step.parent is None:
            assert step.kind is StepKind.ISSUE
            assert (step.wave, step.payer) == (1, step.issuer)
            issued[step.bank, step.issuer] += step.amount_minor
            tenor = (step.maturity - inputs.today).days
            assert inputs.rules.min_tenor_days <= tenor <= inputs.rules.max_tenor_days
            assert step.maturity >= item.due
            expiries = [c.expiry for c in inputs.lines if (c.bank, c.issuer) == (step.bank, step.issuer)]
            assert step.maturity <= max(expiries)
        else:
            parent = by_number[step.parent]
            assert step.kind is StepKind.TRANSFER
            assert (parent.wave + 1, parent.recipient) == (step.wave, step.payer)
            assert parent.obligation == step.obligation
            passed_on[step.parent] += step.amount_minor
    assert all(used[document] <= by_document[document].open_minor for document in used)
    for (bank, issuer), minor in issued.items():
        free = sum(c.available_minor for c in inputs.lines if (c.bank, c.issuer) == (bank, issuer))
        assert minor <= free, "line"
    assert all(len(set(values)) == 1 for values in members.values()), "one obligation, one set of terms"
    assert all(len(values) <= inputs.rules.max_pieces for values in members.values())
    assert not runs_in_a_circle({(step.payer, step.recipient) for step in made.steps})
    _check_kept(inputs, made, passed_on)


def _check_kept(inputs: PlanningInput, made: PropagationPlan, passed_on: dict[int, int]) -> None:
    met: dict[str, int] = defaultdict(int)
    financed: dict[tuple[str, str], int] = defaultdict(int)
    deep = cost = 0
    lines = {(c.bank, c.issuer): c for c in inputs.lines}
    for step in made.steps:
        kept = step.amount_minor - passed_on[step.number]
        assert kept >= 0, "a supplier passes on at most what it received"
        if not kept:
            continue
        met[step.recipient] += kept
        deep += kept if step.wave >= 2 else 0
        cost += kept * unit_cost(lines[step.bank, step.issuer], step.wave, (step.maturity - inputs.today).days)
        if step.recipient in (inputs.finances or ()):
            financed[step.bank, step.issuer] += kept
        eligible = (inputs.eligible_issuers or {}).get(step.recipient)
        assert eligible is None or step.issuer in eligible
    assert dict(met) == made.met
    assert all(minor <= inputs.needs[enterprise] for enterprise, minor in met.items())
    limits = {(c.bank, c.issuer): c.financing_minor for c in inputs.lines}
    assert all(minor <= limits[group] for group, minor in financed.items())
    assert (deep, sum(met.values()), cost) == (made.met_tier2_minor, made.met_minor, made.cost)
    assert made.met_tier2_minor <= made.bound_tier2_minor
