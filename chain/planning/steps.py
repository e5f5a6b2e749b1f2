"""From pieces to what is carried out: waves of steps, issued as few obligations."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from chain.planning.arrays import by_group, rank_in_group, sums
from chain.planning.model import StepKind
from chain.planning.paths import Paths, Pieces, roots, tenors
from chain.planning.problem import Names, Problem
from chain.planning.table import PlanningTable


def build_steps(table: PlanningTable, problem: Problem, names: Names, pieces: Pieces) -> pl.DataFrame:
    """Number the pieces wave by wave; a piece's parent always comes before it. Columns as the fields of `PlanStep`.

    Issue steps of one line and one maturity are legs of one obligation, up to the most pieces that it may have.
    An obligation keeps the maturity of its first hop to the end: the day that the issuer's own invoice falls due.
    """
    pieces, obligation = _into_obligations(problem, pieces)
    tenor = tenors(problem, pieces)
    number = np.zeros(pieces.parent.size, dtype=np.int64)
    order = []
    count = 0
    for hops in range(1, int(pieces.hops.max(initial=0)) + 1):
        rows = np.flatnonzero(pieces.hops == hops)
        above = number[pieces.parent[rows]] if hops > 1 else pieces.line[rows]
        rows = rows[np.lexsort((pieces.payable[rows], above, obligation[rows]))]
        number[rows] = count + 1 + np.arange(rows.size)
        count += rows.size
        order.append(rows)
    chosen = np.concatenate(order) if order else np.zeros(0, dtype=np.int64)
    pieces_line, payable = pieces.line[chosen], pieces.payable[chosen]
    issue = pieces.parent[chosen] < 0
    banks = pl.Series([line.bank for line in problem.lines], dtype=pl.String)
    issuers = pl.Series([line.issuer for line in problem.lines], dtype=pl.String)
    kinds = pl.Series([StepKind.TRANSFER.value, StepKind.ISSUE.value], dtype=pl.String)
    documents = names.payables
    parent = np.where(issue, 0, number[pieces.parent[chosen]]) if chosen.size else chosen
    day = pl.Series(tenor[chosen], dtype=pl.Int64).cast(pl.Duration("ms")) * 86_400_000
    return pl.DataFrame(
        {
            "number": number[chosen],
            "wave": pieces.hops[chosen],
            "kind": kinds[issue.astype(np.int64)],
            "obligation": pl.Series(obligation[chosen]).cast(pl.String),
            "bank": banks[pieces_line],
            "issuer": issuers[pieces_line],
            "payer": documents.get_column("debtor")[payable],
            "recipient": documents.get_column("creditor")[payable],
            "amount_minor": pieces.amounts()[chosen],
            "maturity": (pl.Series([table.today], dtype=pl.Date).new_from_index(0, chosen.size) + day),
            "document": documents.get_column("document")[payable],
            "proofs": table.payables.get_column("proofs")[documents.get_column("row")[payable]],
            "parent": parent,
        }
    ).with_columns(
        obligation="O" + pl.col("obligation"),
        currency=pl.lit(table.currency),
        parent=pl.when(pl.col("parent") > 0).then(pl.col("parent")),
    )


def _into_obligations(problem: Problem, pieces: Pieces) -> tuple[Pieces, np.ndarray]:
    """The pieces, those of trees that are too large for one obligation cut apart, with the number of their obligation.

    Trees go in the order of line, tenor and payable into one obligation after the other, as many as fit.
    """
    most = problem.rules.max_pieces
    root = roots(pieces)
    sold = (pieces.kept > 0) & problem.finances[problem.creditor[pieces.payable]]
    size = np.bincount(root, minlength=root.size) + np.bincount(root[sold], minlength=root.size)
    trees = np.flatnonzero(pieces.parent < 0)
    tenor = problem.tenor[pieces.payable]
    trees = trees[np.lexsort((pieces.payable[trees], tenor[trees], pieces.line[trees]))]
    terms = np.cumsum(rank_in_group(pieces.line[trees], tenor[trees]) == 0) - 1
    total = sums(trees.size, terms, size[trees])
    small = np.zeros(root.size, dtype=bool)
    small[trees] = size[trees] <= most
    rest = pieces.only(small[root])
    order, starts = by_group(root.size, root)
    # What has the same terms is mostly one obligation; the others are filled tree by tree.
    opened = np.ones(trees.size, dtype=np.int64)
    place = np.zeros(trees.size, dtype=np.int64)
    larger: list[tuple[Pieces, int, int]] = []
    inside, last = 0, -1
    for row in np.flatnonzero(total[terms] > most).tolist():
        tree, those = int(trees[row]), int(terms[row])
        if those != last:
            inside, last = 0, those
        parts: list[tuple[Pieces | None, int]] = [(None, int(size[tree]))]
        if not small[tree]:
            own = pieces.among(order[starts[tree] : starts[tree + 1]])
            parts = [(Pieces.of(part), held) for part, held in _fitting(problem, own.paths())]
        for part, held in parts:
            if inside and inside + held > most:
                opened[those] += 1
                inside = 0
            inside += held
            if part is None:
                place[row] = opened[those]
            else:
                larger.append((part, those, int(opened[those])))
    before = np.cumsum(opened) - opened
    number_of_tree = np.zeros(root.size, dtype=np.int64)
    number_of_tree[trees] = before[terms] + np.maximum(place, 1)
    numbers = [number_of_tree[root[small[root]]]]
    columns = [rest]
    shift = rest.parent.size
    for part, those, held in larger:
        parent = np.where(part.parent >= 0, part.parent + shift, -1)
        columns.append(Pieces(parent, part.line, part.payable, part.hops, part.kept))
        numbers.append(np.full(parent.size, before[those] + held))
        shift += parent.size
    joined = Pieces(
        *(np.concatenate([getattr(c, name) for c in columns]) for name in ("parent", "line", "payable", "hops", "kept"))
    )
    return joined, np.concatenate(numbers)


def _fitting(problem: Problem, tree: Paths) -> Iterator[tuple[Paths, int]]:
    """A tree of pieces, cut where it alone has more than one obligation may have. Each part has its own root.

    A piece that its holder will discount becomes two: the bank's is cut from it.
    """
    part: list[tuple[int, ...]] = []
    inside: set[tuple[int, ...]] = set()
    discounted = 0
    chains: list[list[tuple[int, ...]]] = []
    for path in sorted(tree):
        # What an enterprise keeps of a piece stays with the next piece that it passes on, so that no cut leaves crumbs.
        if chains and path[: len(chains[-1][-1])] == chains[-1][-1]:
            chains[-1].append(path)
        else:
            chains.append([path])
    for chain in chains:
        prefixes = {path[:length] for path in chain for length in range(2, len(path) + 1)}
        sold = sum(bool(problem.finances[problem.creditor[path[-1]]]) for path in chain)
        if part and len(inside) + len(prefixes - inside) + discounted + sold > problem.rules.max_pieces:
            yield {path: tree[path] for path in part}, len(inside) + discounted
            part, inside, discounted = [], set(), 0
        part.extend(chain)
        inside |= prefixes
        discounted += sold
    yield {path: tree[path] for path in part}, len(inside) + discounted
