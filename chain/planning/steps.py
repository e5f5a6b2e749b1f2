"""From paths to what is carried out: pieces in waves, issued as few obligations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

from chain.planning.model import PlanStep, StepKind
from chain.planning.paths import Paths, holder
from chain.planning.problem import Problem


def build_steps(problem: Problem, paths: Paths) -> tuple[PlanStep, ...]:
    """Number the pieces wave by wave; a piece's parent always comes before it.

    Issue steps of one line and one maturity are legs of one obligation, up to the most pieces that it may have.
    An obligation keeps the maturity of its first hop to the end: the day that the issuer's own invoice falls due.
    """
    amounts: dict[tuple[int, tuple[int, ...]], int] = defaultdict(int)
    maturities: dict[int, date] = {}
    for number, (_, tenor, members) in enumerate(_obligations(problem, paths), 1):
        maturities[number] = problem.today + timedelta(days=tenor)
        for path in members:
            for length in range(2, len(path) + 1):
                amounts[number, path[:length]] += paths[path]
    order = sorted(amounts, key=lambda key: (len(key[1]), key))
    numbers = {key: number for number, key in enumerate(order, 1)}
    steps = []
    for key in order:
        obligation, path = key
        line = problem.lines[path[0]]
        payable = problem.payables[path[-1]]
        issue = len(path) == 2
        steps.append(
            PlanStep(
                number=numbers[key],
                wave=len(path) - 1,
                kind=StepKind.ISSUE if issue else StepKind.TRANSFER,
                obligation=f"O{obligation}",
                bank=line.bank,
                issuer=line.issuer,
                payer=payable.debtor,
                recipient=payable.creditor,
                amount_minor=amounts[key],
                currency=problem.currency,
                maturity=maturities[obligation],
                document=payable.document,
                proofs=payable.proofs,
                parent=None if issue else numbers[obligation, path[:-1]],
            )
        )
    return tuple(steps)


def _obligations(problem: Problem, paths: Paths) -> Iterator[tuple[int, int, list[tuple[int, ...]]]]:
    """(line, tenor, paths) of each obligation."""
    grouped: dict[tuple[int, int], list[tuple[int, ...]]] = defaultdict(list)
    for path in sorted(paths):
        grouped[path[0], problem.tenor(path[1])].append(path)
    for (line, tenor), members in sorted(grouped.items()):
        trees: dict[int, list[tuple[int, ...]]] = defaultdict(list)
        for path in members:
            trees[path[1]].append(path)
        packed: list[tuple[int, ...]] = []
        count = 0
        for tree in trees.values():
            for part, size in _fitting(problem, tree):
                if packed and count + size > problem.rules.max_pieces:
                    yield line, tenor, packed
                    packed, count = [], 0
                packed.extend(part)
                count += size
        if packed:
            yield line, tenor, packed


def _fitting(problem: Problem, tree: list[tuple[int, ...]]) -> Iterator[tuple[list[tuple[int, ...]], int]]:
    """A tree of pieces, cut where it alone has more than one obligation may have. Each part has its own root.

    A piece that its holder will discount becomes two: the bank's is cut from it.
    """
    part: list[tuple[int, ...]] = []
    inside: set[tuple[int, ...]] = set()
    discounted = 0
    chains: list[list[tuple[int, ...]]] = []
    for path in tree:
        # What an enterprise keeps of a piece stays with the next piece that it passes on, so that no cut leaves crumbs.
        if chains and path[: len(chains[-1][-1])] == chains[-1][-1]:
            chains[-1].append(path)
        else:
            chains.append([path])
    for chain in chains:
        prefixes = {path[:length] for path in chain for length in range(2, len(path) + 1)}
        sold = sum(holder(problem, path) in problem.finances for path in chain)
        if part and len(inside) + len(prefixes - inside) + discounted + sold > problem.rules.max_pieces:
            yield part, len(inside) + discounted
            part, inside, discounted = [], set(), 0
        part.extend(chain)
        inside |= prefixes
        discounted += sold
    yield part, len(inside) + discounted
