"""How much of what is planted each detector finds, and how much of what it finds is planted (`make bench-detectors`).

Worlds of seeds and rates that no threshold was set on; the truth comes from the generator (`chain.world.truth`), which
knows nothing of thresholds. Besides frauds and errors, they have trade that looks like fraud and is none. An instance
counts as found when a finding of the detector's rules names its guilty document, or for goods and circles any of its
documents; a finding counts as right when one of its documents belongs to an instance that explains it.

Limits are upper bounds, so rows are misses (1 - recall ≤ 0.05) and false alarms (1 - precision ≤ 0.1).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.rows import Row
from chain.commands.world import steady_world
from chain.documents.identity import document_key
from chain.documents.lines import write_documents
from chain.documents.model import DocumentType, Finding
from chain.graph.trade_graph import TradeGraph
from chain.world.model import Irregularity as Kind
from chain.world.model import World
from chain.world.rates import Rates
from chain.world.truth import readable, truth_of

TODAY = date(2027, 3, 31)

#: (seed, enterprises, documents, rates). Other seeds and rates than any test or threshold has.
WORLDS = (
    (97_601, 500, 24_000, Rates(errors=0.003, frauds=0.007, lookalikes=0.01)),
    (97_602, 700, 20_000, Rates(errors=0.002, frauds=0.012, lookalikes=0.015)),
    (97_603, 900, 36_000, Rates(errors=0.001, frauds=0.005, lookalikes=0.012)),
)

MOST_MISSED, MOST_FALSE = 0.05, 0.1


@dataclass(frozen=True, slots=True)
class Detector:
    """Which rules stand for which planted kinds."""

    rules: frozenset[str]
    kinds: frozenset[Kind]
    """What must be found."""
    also: frozenset[Kind] = frozenset()
    """What may rightly be found too: other frauds that have this one's mark."""
    whole: bool = False
    """Whether any document of an instance will do; else the guilty one, the last."""


def _detector(rules: str, *kinds: Kind, also: Iterable[Kind] = (), whole: bool = False) -> Detector:
    return Detector(frozenset(rules.split()), frozenset(kinds), frozenset(also), whole)


_COPIES = (Kind.DUPLICATE, Kind.OTHER_FORMAT, Kind.ANOTHER_FACE, Kind.RETYPED)
_DAMAGED = (Kind.TRUNCATED, Kind.UNKNOWN_CURRENCY, Kind.WRONG_TOTAL)

DETECTORS: dict[str, Detector] = {
    "copies_c4": _detector("DocumentTwice IdentityWithAnotherFace LooksLikeAnother", *_COPIES, also=_DAMAGED),
    "over_invoiced_c4": _detector(
        "OverInvoicedOrder PriceAboveOrder", Kind.OVER_INVOICED_ORDER, Kind.PRICE_ABOVE_ORDER,
        also=(*_COPIES, *_DAMAGED), whole=True,
    ),
    "no_goods_c2": _detector(
        "NoGoodsBehindMoney", Kind.NO_GOODS, also=(Kind.SUDDEN_EDGE, Kind.RELATED_KEEPER, Kind.RECEIPTS_ABOVE_STOCK)
    ),
    "sudden_edge_c2": _detector("SuddenEdge", Kind.SUDDEN_EDGE, also=(Kind.NO_GOODS,), whole=True),
    "circular_trade_c5": _detector("CircularTrade", Kind.CIRCULAR_TRADE, also=(Kind.LOT_ROUND_TRIP,), whole=True),
    "related_parties_c5": _detector("RelatedParties", Kind.RELATED_PARTIES, whole=True),
    "related_loop_c5": _detector("RelatedPartyLoop", Kind.RELATED_LOOP, whole=True),
    "pledged_and_sold_c6": _detector("GoodsPledged", Kind.PLEDGED_LOT, Kind.PLEDGED_AND_SOLD),
    "lot_round_trip_c7": _detector("LotRoundTrip", Kind.LOT_ROUND_TRIP, whole=True),
    "receipts_above_stock_c8": _detector("ReceiptsAboveStock", Kind.RECEIPTS_ABOVE_STOCK, whole=True),
    "related_keeper_c9": _detector("KeeperNotIndependent", Kind.RELATED_KEEPER),
    "stretched_terms_c10": _detector("TermsStretched", Kind.STRETCHED_TERMS),
    "disputed_c1": _detector(
        "InvoiceRejected InvoiceDisputed", Kind.REJECTED_INVOICE, Kind.DISPUTED_INVOICE, whole=True
    ),
    "competing_c16": _detector("CompetingAssignment", Kind.COMPETING_ASSIGNMENT, whole=True),
    "velocity": _detector("VelocitySurge", Kind.VELOCITY, whole=True),
}  # fmt: skip


@dataclass(slots=True)
class Score:
    """Counts over all worlds."""

    planted: int = 0
    found: int = 0
    findings: int = 0
    right: int = 0
    missed: list[str] = field(default_factory=list)
    """Kind and guilty document of what was not found."""
    false: list[Finding] = field(default_factory=list)

    def rows(self, name: str) -> list[Row]:
        """Misses and false alarms as shares."""
        return [
            Row(f"detectors.{name}.missed", 1 - self.found / self.planted if self.planted else 1.0,
                f"of {self.planted} planted", limit=MOST_MISSED),
            Row(f"detectors.{name}.false", 1 - self.right / self.findings if self.findings else 0.0,
                f"of {self.findings} findings", limit=MOST_FALSE),
        ]  # fmt: skip


def measure() -> list[Row]:
    """Misses and false alarms of every detector, over all worlds."""
    return [row for name, score in scores().items() for row in score.rows(name)]


def scores(worlds: Iterable[tuple[int, int, int, Rates]] = WORLDS) -> dict[str, Score]:
    """Detector → its score. Credit notes that came later (C12) are scored by what is left of their invoices."""
    result = {name: Score() for name in (*DETECTORS, "credited_c12")}
    for seed, enterprises, documents, rates in worlds:
        world = steady_world(seed, enterprises, documents, rates, TODAY)
        with TemporaryDirectory() as folder:
            path = Path(folder) / "documents.jsonl"
            write_documents(readable(world), path)
            graph = TradeGraph.from_file(path, world.network, TODAY)
            planted = truth_of(world)["planted"]
            orders = _orders(world)
            findings: dict[str, list[Finding]] = defaultdict(list)
            for finding in graph.findings:
                findings[finding.rule].append(finding)
            for name, detector in DETECTORS.items():
                _score(result[name], detector, planted, findings, orders)
            _score_credit(result["credited_c12"], planted, graph)
    return result


def _score(
    score: Score,
    detector: Detector,
    planted: list[dict[str, Any]],
    findings: dict[str, list[Finding]],
    orders: dict[str, list[str]],
) -> None:
    mine = [finding for rule in sorted(detector.rules) for finding in findings[rule]]
    named = {document for finding in mine for document in finding.documents}
    explained: set[str] = set()
    for instance in planted:
        kind = Kind(instance["kind"])
        documents = instance["documents"]
        if kind in detector.kinds | detector.also:
            explained.update(documents)
            # What a copy takes of an order is missing to the order's other invoices.
            explained.update(order for document in documents for order in orders.get(document, ()))
        if kind in detector.kinds:
            # Two invoices of one sudden customer are one instance; of related parties or keepers any one shows them.
            guilty = documents if detector.whole else documents[-1:]
            score.planted += 1
            if named.isdisjoint(guilty):
                score.missed.append(f"{kind}: {guilty[-1]}")
            else:
                score.found += 1
    for finding in mine:
        score.findings += 1
        if explained.isdisjoint(finding.documents):
            score.false.append(finding)
        else:
            score.right += 1


def _orders(world: World) -> dict[str, list[str]]:
    """Invoice → orders that it names, as keys."""
    known = {d.number: document_key(d) for d in world.documents if d.type is DocumentType.ORDER}
    return {
        document_key(document): [known[reference.number] for reference in document.orders]
        for document in world.documents
        if document.type is DocumentType.INVOICE
    }


def _score_credit(score: Score, planted: list[dict[str, Any]], graph: TradeGraph) -> None:
    credited = set(graph.receivables.filter(graph.receivables["credited_minor"] > 0)["document"])
    expected = {
        instance["documents"][0]
        for instance in planted
        if instance["kind"] in (Kind.PARTIAL_CREDIT_NOTE, Kind.FULL_CREDIT_NOTE)
    }
    score.planted += len(expected)
    score.found += len(expected & credited)
    score.missed += sorted(expected - credited)
    score.findings += len(credited)
    score.right += len(credited & expected)
