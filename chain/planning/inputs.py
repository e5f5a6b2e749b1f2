"""From the matched documents, the register and the ledger's free amounts to what the planner is given."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date

import polars as pl

from chain.documents.receivable import Receivable
from chain.network import Network, Role
from chain.planning.model import Line, Payable, PlanningInput, PlanningRules


@dataclass(frozen=True, slots=True)
class Backed:
    """What a document's capacity on chain is and backs already, minor units."""

    face_minor: int
    used_minor: int


def planning_input(
    receivables: pl.DataFrame,
    network: Network,
    lines: Sequence[Line],
    backed: Mapping[str, Backed],
    credit: Mapping[str, int],
    today: date,
    currency: str,
    rules: PlanningRules | None = None,
    keys_elsewhere: Set[str] = frozenset(),
) -> PlanningInput:
    """One currency's input on ``today``. ``receivables``: as `chain.graph.trade_graph.TradeGraph.receivables` has them;
    ``backed``: document key → its capacity on chain, where the buyer confirmed it before; ``credit``: enterprise → what it
    holds, or sold to a bank, and is live: its need is met so far; ``keys_elsewhere``: the parties that nobody here signs for."""
    own = _with_capacity(receivables.filter(pl.col("currency") == currency), backed)
    return PlanningInput(
        today=today,
        currency=currency,
        lines=tuple(line for line in lines if line.currency == currency),
        payables=tuple(_payables(own, network)),
        needs=_needs(own, network, credit, currency),
        groups={enterprise.id: enterprise.group for enterprise in network.enterprises if enterprise.group},
        rules=rules or PlanningRules(),
        finances=frozenset(enterprise.id for enterprise in network.enterprises if enterprise.discounts),
        keys_elsewhere=frozenset(
            enterprise.id for enterprise in network.enterprises if enterprise.id in keys_elsewhere
        ),
    )


def free_minor(receivable: Receivable, backed: Mapping[str, Backed]) -> int:
    """What of the document may still back credit: by the documents, and by the face that its buyer confirmed."""
    known = backed.get(receivable.document)
    if known is None:
        return receivable.evidence_minor
    return min(receivable.evidence_minor, known.face_minor) - known.used_minor


def _with_capacity(receivables: pl.DataFrame, backed: Mapping[str, Backed]) -> pl.DataFrame:
    """And ``face_minor`` and ``used_minor`` of those that their buyers confirmed; null of the others."""
    rows = [(document, known.face_minor, known.used_minor) for document, known in backed.items()]
    schema = {"document": pl.String, "face_minor": pl.Int64, "used_minor": pl.Int64}
    return receivables.join(
        pl.DataFrame(rows, schema, orient="row"), on="document", how="left", maintain_order="left"
    )  # fmt: skip


def _payables(receivables: pl.DataFrame, network: Network) -> Iterator[Payable]:
    """What may still back credit, as `free_minor` says it: of enrolled parties, delivered, and in no circle."""
    enrolled = [enterprise.id for enterprise in network.enterprises]
    free = pl.min_horizontal("evidence_minor", "face_minor") - pl.col("used_minor").fill_null(0)
    found = (
        receivables.lazy()
        .filter(
            ~pl.col("circular") & pl.col("delivery_date").is_not_null()
            & pl.col("buyer").is_in(enrolled) & pl.col("seller").is_in(enrolled)
        )
        .select("document", "buyer", "seller", "currency", "delivery_date", "due_date", "proofs", free=free)
        .filter(pl.col("free") > 0)
        .collect()
    )  # fmt: skip
    for document, debtor, creditor, currency, delivery, due, proofs, minor in found.iter_rows():
        yield Payable(
            document=document, debtor=debtor, creditor=creditor, currency=currency, open_minor=minor, delivery=delivery,
            due=due, proofs=tuple(proofs),
        )  # fmt: skip


def _needs(receivables: pl.DataFrame, network: Network, credit: Mapping[str, int], currency: str) -> dict[str, int]:
    """Enterprise → cash it needs and has not got yet (domain.md, 'Need'): what it declared, else its largest shortfall."""
    movements = _movements(receivables)
    needs = {}
    for enterprise in network.enterprises:
        if Role.SUPPLIER not in enterprise.roles:
            continue
        if enterprise.need is not None:
            wanted = enterprise.need.minor if enterprise.need.currency == currency else 0
        else:
            wanted = _largest_shortfall(movements.get(enterprise.id, ()))
        left = wanted - credit.get(enterprise.id, 0)
        if left > 0:
            needs[enterprise.id] = left
    return needs


def _movements(receivables: pl.DataFrame) -> dict[str, list[tuple[date, int]]]:
    """Enterprise → (day, cash in or out) of its open receivables and payables."""
    movements: dict[str, list[tuple[date, int]]] = defaultdict(list)
    columns = receivables.select("seller", "buyer", "due_date", "open_minor", pl.col("used_minor").fill_null(0))
    for seller, buyer, due, open_minor, used in columns.iter_rows():
        movements[seller].append((due, open_minor))
        movements[buyer].append((due, used - open_minor))
    return movements


def _largest_shortfall(movements: Sequence[tuple[date, int]]) -> int:
    """How far the cash would fall below zero at the worst day; on one day what comes in comes first."""
    balance = worst = 0
    for _, minor in sorted(movements, key=lambda movement: (movement[0], -movement[1])):
        balance += minor
        worst = min(worst, balance)
    return -worst
