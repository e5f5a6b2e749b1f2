"""From the matched documents, the register and the ledger's free amounts to what the planner is given."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from chain.documents.matching import Matching, Receivable
from chain.graph.supply_chain import SupplyChainGraph
from chain.network import Network, Role
from chain.planning.model import Line, Payable, PlanningInput, PlanningRules


@dataclass(frozen=True, slots=True)
class Backed:
    """What a document's capacity on chain is and backs already, minor units."""

    face_minor: int
    used_minor: int


def planning_input(
    matching: Matching,
    graph: SupplyChainGraph,
    network: Network,
    lines: Sequence[Line],
    backed: Mapping[str, Backed],
    credit: Mapping[str, int],
    today: date,
    currency: str,
    rules: PlanningRules | None = None,
) -> PlanningInput:
    """One currency's input on ``today``. ``backed``: document key → its capacity on chain, where the buyer confirmed it
    before; ``credit``: enterprise → what it holds, or sold to a bank, and is live: its need is met so far."""
    enrolled = {enterprise.id for enterprise in network.enterprises}
    open_receivables = [
        receivable
        for receivable in matching.receivables
        if receivable.currency == currency
        and receivable.document not in graph.circular
        and receivable.delivery_date is not None
        and {receivable.buyer, receivable.seller} <= enrolled
        and free_minor(receivable, backed) > 0
    ]
    return PlanningInput(
        today=today,
        currency=currency,
        lines=tuple(line for line in lines if line.currency == currency),
        payables=tuple(_payable(receivable, backed) for receivable in open_receivables),
        needs=_needs(matching, network, backed, credit, currency),
        groups={enterprise.id: enterprise.group for enterprise in network.enterprises if enterprise.group},
        rules=rules or PlanningRules(),
        finances=frozenset(enterprise.id for enterprise in network.enterprises if enterprise.discounts),
    )


def free_minor(receivable: Receivable, backed: Mapping[str, Backed]) -> int:
    """What of the document may still back credit: by the documents, and by the face that its buyer confirmed."""
    known = backed.get(receivable.document)
    if known is None:
        return receivable.evidence_minor
    return min(receivable.evidence_minor, known.face_minor) - known.used_minor


def _payable(receivable: Receivable, backed: Mapping[str, Backed]) -> Payable:
    assert receivable.delivery_date is not None
    return Payable(
        document=receivable.document, debtor=receivable.buyer, creditor=receivable.seller,
        currency=receivable.currency, open_minor=free_minor(receivable, backed), delivery=receivable.delivery_date,
        due=receivable.due_date, proofs=receivable.proofs,
    )  # fmt: skip


def _needs(
    matching: Matching, network: Network, backed: Mapping[str, Backed], credit: Mapping[str, int], currency: str
) -> dict[str, int]:
    """Enterprise → cash it needs and has not got yet (domain.md, 'Need'): what it declared, else its largest shortfall."""
    movements = _movements(matching, backed, currency)
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


def _movements(
    matching: Matching, backed: Mapping[str, Backed], currency: str
) -> dict[str, list[tuple[date, int]]]:  # fmt: skip
    """Enterprise → (day, cash in or out) of its open receivables and payables."""
    movements: dict[str, list[tuple[date, int]]] = defaultdict(list)
    for receivable in matching.receivables:
        if receivable.currency == currency:
            movements[receivable.seller].append((receivable.due_date, receivable.open_minor))
            known = backed.get(receivable.document)
            unpaid = receivable.open_minor - (known.used_minor if known else 0)
            movements[receivable.buyer].append((receivable.due_date, -unpaid))
    return movements


def _largest_shortfall(movements: Sequence[tuple[date, int]]) -> int:
    """How far the cash would fall below zero at the worst day; on one day what comes in comes first."""
    balance = worst = 0
    for _, minor in sorted(movements, key=lambda movement: (movement[0], -movement[1])):
        balance += minor
        worst = min(worst, balance)
    return -worst
