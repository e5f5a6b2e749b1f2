"""The graph of all trade at once: receivables, findings and who owes whom, of a million documents and one more.

A build puts all documents on the shelf, matches every trade and judges every subject; one more document (`add`) puts one on
the shelf, matches the trades and judges the subjects that it touches. Both run the same functions on the same
facts, so they say the same (docs/decisions/0017).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl

from chain.documents import parquet
from chain.documents.aliases import Ruling
from chain.documents.directory import Directory
from chain.documents.lines import Lines
from chain.documents.matching import Counted, Matching
from chain.documents.model import Finding, TradeDocument
from chain.documents.receivable import Receivable
from chain.documents.shelf import KINDS, NONE, Shelf, Touched
from chain.documents.trade.matching import MANY_PAPERS, GrowingTrade, TradeMatch, match_trade
from chain.garbage import garbage_left
from chain.graph.bulk import FEW_DOCUMENTS, Matchers
from chain.graph.circles import Circles
from chain.graph.findings.circular_trade import CIRCLE_DAYS, CLOSING, RECEIVED_ON, circular_trade, closes, received_on
from chain.graph.findings.competing_assignments import CompetingAssignments
from chain.graph.findings.copies import Copies
from chain.graph.findings.detector import Books, Dated, Detector
from chain.graph.findings.lot_round_trip import LotRoundTrips
from chain.graph.findings.related_loop import RelatedLoops
from chain.graph.findings.stores import DependentKeepers, Stocks
from chain.graph.findings.sudden_edge import SuddenEdges
from chain.graph.findings.velocity import Velocity
from chain.graph.frame import ACCEPTED, SCHEMA, frame_of
from chain.graph.lots import SELLING, Lots, lots_of
from chain.graph.structure import Structure
from chain.network import Network, Role


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the trade: its enterprises, their receivables from each other, and the documents that count, by key."""

    enterprises: frozenset[str]
    receivables: tuple[Receivable, ...]
    documents: dict[str, TradeDocument]


class TradeGraph:
    """Documents in the order in which they came, and what follows from them on ``today``."""

    def __init__(
        self, network: Network | None, today: date, rulings: Iterable[Ruling] = (), netted: Mapping[str, int] | None = None
    ) -> None:  # fmt: skip
        """``netted``: invoice key → what nettings cancelled of it, to which everybody consented."""
        self.network, self.today, self.rulings = network, today, tuple(rulings)
        self.netted = dict(netted or {})
        self.groups = {e.id: e.group for e in network.enterprises if e.group} if network else {}
        self.shelf = Shelf(Directory(network, self.rulings), self.groups)
        self.circles = Circles(CIRCLE_DAYS)
        self._lots = Lots()
        self._dated = Dated(self.shelf)
        self._bulk = pl.DataFrame(schema=SCHEMA)
        """Receivables of the trades that were matched all at once; those that were matched again since are in `_matched`."""
        self._matched: dict[int, TradeMatch] = {}
        self._growing: dict[int, tuple[list[tuple[int, bool, bool, bool, bool]], GrowingTrade]] = {}
        """Trades of many documents that one more came to: the standing of those that are in it, and what is known of them."""
        self._found: dict[int, tuple[Finding, ...]] = {}
        """Findings of the trades that were matched all at once."""
        self._circle_findings: dict[int, Finding] = {}
        self._before: tuple[Detector[str], Detector[int], Detector[tuple[str, str]]] = (
            Copies(), DependentKeepers(), Stocks(),
        )  # fmt: skip
        self._behind: tuple[Detector[int] | Detector[str] | Detector[tuple[int, str]], ...] = (
            LotRoundTrips(), RelatedLoops(), SuddenEdges(), Velocity(), CompetingAssignments(),
        )  # fmt: skip

    @classmethod
    def from_file(
        cls, path: Path, network: Network | None, today: date, workers: int = 2, rulings: Iterable[Ruling] = (),
        netted: Mapping[str, int] | None = None,
    ) -> TradeGraph:  # fmt: skip
        """Build from a file of canonical documents, JSON lines or Parquet, on so many processes. Of Parquet the lines are
        written beside it for as long as it is built: what a document says is read from where it stands (`Lines`)."""
        graph = cls(network, today, rulings, netted)
        with path.open("rb") as file:
            packed = file.read(len(parquet.MAGIC)) == parquet.MAGIC
        if not packed:
            graph._fill(Lines(path), workers)
            return graph
        with TemporaryDirectory() as folder:
            lines = Path(folder) / "lines"
            parquet.write_lines(path, lines)
            graph._fill(Lines(lines, path), workers)
            return graph

    def _fill(self, lines: Lines, workers: int) -> None:
        if len(lines) < FEW_DOCUMENTS or workers < 2:
            touched = self.shelf.accept_lines(lines)
            self._matched.update((trade, self._match(trade)) for trade in touched.trades)
            self._fill_lots()
        else:
            with garbage_left(), Matchers(workers) as matchers:
                self.shelf.accept_lines(lines)
                frames, lots = [], []
                for answer in matchers.match_all(self.shelf, self.groups, self.today):
                    frames.append(answer.frame)
                    self._found.update(answer.findings)
                    lots += answer.lots
            self._bulk = pl.concat([self._bulk, *frames])
            self._lots.fill(lots)
        self._judge_all()

    # ---- one more --------------------------------------------------------------------------------------------------

    def add(self, documents: Iterable[TradeDocument]) -> Touched:
        """Take more documents in, and bring everything up to date. Returns what they touched."""
        begin = len(self.shelf)
        touched = self.shelf.accept(documents)
        added = range(begin, len(self.shelf))
        self._match_again(touched)
        for place in added:
            document = self.shelf.document(place)
            if document.type in SELLING:
                for lot in lots_of(document):
                    self._lots.add(lot, place)
        if touched.moved or len(added) * 2 > len(self.shelf):
            self._judge_all()
        else:
            self._judge_touched(touched, added)
        return touched

    def _match_again(self, touched: Touched) -> None:
        if touched.moved:
            self._growing.clear()
        for trade in touched.trades:
            if touched.stored:  # what keepers say is another than when it was matched
                self._growing.pop(trade, None)
            many = len(self.shelf.places_of(trade)) >= MANY_PAPERS
            self._matched[trade] = self._match_grown(trade) if many else self._match(trade)

    def _match_grown(self, trade: int) -> TradeMatch:
        """The same as `_match`, by what is known of the documents before."""
        shelf = self.shelf
        standing = [(place, *shelf.standing(place, trade)) for place in shelf.places_of(trade)]
        known, growing = self._growing.get(trade, ([], None))
        if growing is None or standing[: len(known)] != known:
            known, growing = [], GrowingTrade(*shelf.parties(trade), shelf.warehouses, self.groups, self.today)
        growing.add(shelf.paper(place, trade) for place, *_ in standing[len(known) :])
        self._growing[trade] = standing, growing
        return growing.match()

    def _match(self, trade: int) -> TradeMatch:
        shelf = self.shelf
        return match_trade(*shelf.parties(trade), shelf.papers(trade), shelf.warehouses, self.groups, self.today)

    def _fill_lots(self) -> None:
        shelf = self.shelf
        selling = [place for place, kind in enumerate(shelf.kind) if KINDS[kind] in SELLING]
        self._lots.fill((lot, place) for place in selling for lot in lots_of(shelf.document(place)))

    # ---- findings --------------------------------------------------------------------------------------------------

    @property
    def books(self) -> Books:
        """What detectors look at."""
        return Books(self.shelf, self._lots, self.groups, self.today, self.receivables_of, self._dated)

    @garbage_left()
    def _judge_all(self) -> None:
        shelf = self.shelf
        self._dated.forget()
        bulk = self._without(self._bulk, self._matched).filter(CLOSING).select("place", RECEIVED_ON)
        closing = [(place, day or shelf.begun[place]) for place, day in bulk.iter_rows()]
        closing += [row for one in self._matched for row in self._closing(one)]
        rows = np.array(sorted(row for row in closing if row[1] != NONE), dtype=np.int64).reshape(-1, 2)
        trade = np.array(shelf.trade, dtype=np.int64)[rows[:, 0]]
        ends = np.array(shelf.trades, dtype=np.int64).reshape(-1, 2)[trade]
        self.circles.fill(rows[:, 0], ends[:, 1], ends[:, 0], rows[:, 1])
        self._circle_findings.clear()
        for cluster in self.circles.clusters():
            self._tell_circle(cluster)
        books = self.books
        for detector in (*self._before, *self._behind):
            detector.fill(books)

    def _judge_touched(self, touched: Touched, added: Sequence[int]) -> None:
        shelf = self.shelf
        for place, day in sorted(row for trade in touched.trades for row in self._closing(trade)):
            seller, buyer = shelf.trades[shelf.trade[place]]
            kept = self.circles.ends(place)[2] if self.circles.keeps(place) else NONE
            if day == kept or seller == buyer:
                continue
            before = set(self.circles.cluster(place))
            if kept != NONE:
                self.circles.drop(place)
            if day != NONE:
                self.circles.add(place, buyer, seller, day)
            changed = before | self.circles.cluster(place)
            for other in self._circle_findings.keys() & changed:
                del self._circle_findings[other]
            while changed:
                if cluster := self.circles.cluster(changed.pop()):
                    self._tell_circle(cluster)
                    changed -= cluster
        self._dated.keep(touched.invoices)
        books = self.books
        for detector in (*self._before, *self._behind):
            detector.update(books, touched, added)

    def _closing(self, trade: int) -> list[tuple[int, int]]:
        """Place of each invoice of a trade that is matched, and the ordinal of the day on which it can close a circle: when
        its goods were received, else when its own days say that the debt began; NONE where it can close none."""
        return [
            (place, (received_on(one) or self.shelf.begun[place]) if closes(one.stages, one.state) else NONE)
            for place, one in self._matched[trade].receivables
        ]

    def _tell_circle(self, cluster: set[int]) -> None:
        shelf = self.shelf
        way, others = self.circles.told(cluster)
        names = [shelf.enterprises[self.circles.ends(place)[0]] for place in way]
        keys = [shelf.keys[place] for place in (*way, *others)]
        self._circle_findings[min(cluster)] = circular_trade(names, keys)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All that is found: of papers that came twice and of warehouses, trade by trade, and of several trades together."""
        return (*self.shelf.directory.findings, *self.matching_findings, *self.graph_findings)

    @property
    def matching_findings(self) -> tuple[Finding, ...]:
        """Of papers that came twice, of warehouses, then trade by trade."""
        books = self.books
        found = [finding for detector in self._before for finding in detector.findings(books)]
        for trade in self.shelf.in_order():
            matched = self._matched.get(trade)
            found += self._found.get(trade, ()) if matched is None else matched.findings
        return tuple(found)

    @property
    def graph_findings(self) -> tuple[Finding, ...]:
        """Of several trades together."""
        books = self.books
        circles = [self._circle_findings[place] for place in sorted(self._circle_findings)]
        return (*circles, *(finding for detector in self._behind for finding in detector.findings(books)))

    # ---- receivables -----------------------------------------------------------------------------------------------

    @property
    def circular(self) -> frozenset[str]:
        """Keys of the invoices that are part of a circular trade; they back no credit."""
        return frozenset(self.shelf.keys[place] for place in self.circles)

    @property
    def receivables(self) -> pl.DataFrame:
        """All receivables in the order of their invoices: `chain.graph.frame.SCHEMA`, and ``circular``: whether the invoice
        is part of a circular trade, so that it backs nothing whatever its ``evidence_minor``."""
        netted = {self.shelf.trade[place] for key in self.netted if (place := self.shelf.first.get(key)) is not None}
        looked_at = dict.fromkeys((*self._matched, *(netted - {NONE})))
        kept = self._without(self._bulk, looked_at)
        rows = [(place, trade, receivable) for trade in looked_at for place, receivable in self.receivables_of(trade)]
        circular = pl.Series("circular", list(self.circles), dtype=pl.UInt32)
        both = pl.concat([kept, frame_of(rows)]).sort("place")
        return both.with_columns(circular=pl.col("place").is_in(circular.implode()))

    @staticmethod
    def _without(receivables: pl.DataFrame, trades: Iterable[int]) -> pl.DataFrame:
        again = pl.Series("trade", list(trades), dtype=pl.UInt32)
        return receivables if again.is_empty() else receivables.filter(~pl.col("trade").is_in(again.implode()))

    @property
    def terms(self) -> pl.DataFrame:
        """Effective terms (days from delivery to due day) that each buyer takes: ``buyer``, ``invoices``, ``median_days`` and
        ``p90_days`` (nearest rank), by buyer; of invoices that say when their goods were delivered (cases.md, C10)."""
        days = (pl.col("due_date") - pl.col("delivery_date")).dt.total_days()
        return (
            self.receivables.lazy()
            .filter(pl.col("delivery_date").is_not_null())
            .group_by("buyer")
            .agg(
                invoices=pl.len().cast(pl.Int64), median_days=days.quantile(0.5, "nearest").cast(pl.Int64),
                p90_days=days.quantile(0.9, "nearest").cast(pl.Int64),
            )
            .sort("buyer")
            .collect()
        )  # fmt: skip

    def receivables_of(self, trade: int) -> list[tuple[int, Receivable]]:
        """Place and receivable of each invoice of a trade."""
        matched = self._matched.get(trade) or self._match(trade)
        if not self.netted:
            return list(matched.receivables)
        return [(place, one.less_netted(self.netted.get(one.document, 0))) for place, one in matched.receivables]

    @property
    def matching(self) -> Matching:
        """The same as objects, for what looks at one after the other."""
        rows = [row for trade in self.shelf.in_order() for row in self.receivables_of(trade)]
        rows.sort(key=lambda row: row[0])
        return Matching(tuple(receivable for _, receivable in rows), self.matching_findings, Counted(self.shelf))

    # ---- a part of it ----------------------------------------------------------------------------------------------

    def around(self, enterprise: str, hops: int) -> Part:
        """What the enterprises within so many hops of one, along trade either way, have with each other and in store."""
        shelf = self.shelf
        number = shelf.number_of(enterprise)
        inside = set() if number is None else {number}
        edge = set(inside)
        for _ in range(hops):
            edge = {
                end for one in edge for trade in shelf.trades_of.get(one, ()) for end in shelf.trades[trade]
            } - inside
            inside |= edge
        trades = {
            trade for one in inside for trade in shelf.trades_of.get(one, ()) if inside.issuperset(shelf.trades[trade])
        }
        names = frozenset(shelf.enterprises[one] for one in inside)
        places = [place for trade in trades for place in shelf.papers_of[trade]]
        places += [place for place, stored in shelf.stored.items() if stored.owner in names]
        rows = sorted((row for trade in trades for row in self.receivables_of(trade)), key=lambda row: row[0])
        documents = {shelf.keys[place]: shelf.document(place) for place in sorted(places)}
        return Part(names, tuple(receivable for _, receivable in rows), documents)

    # ---- who owes whom ---------------------------------------------------------------------------------------------

    @property
    def cores(self) -> tuple[str, ...]:
        """The core enterprises of the register, sorted."""
        enterprises = self.network.enterprises if self.network else ()
        return tuple(sorted(e.id for e in enterprises if Role.CORE_ENTERPRISE in e.roles))

    @property
    def structure(self) -> Structure:
        """Tiers, dependency and bottlenecks, from buyer to seller, of all trade of which an invoice is accepted
        (`Receivable.accepted`)."""
        shelf = self.shelf
        owed = self.receivables.lazy().filter(ACCEPTED & ~pl.col("circular"))
        sums = (
            owed.group_by("trade", "currency")
            .agg(minor=pl.col("evidence_minor").cast(pl.Int128).sum(), invoices=pl.len().cast(pl.Int64))
            .collect()
        )
        trades = np.array(shelf.trades, dtype=np.int64).reshape(-1, 2)
        carries = np.zeros(len(trades), dtype=bool)
        carries[sums["trade"].to_numpy()] = True
        edge = np.cumsum(carries) - 1
        evidence = sums.select(pl.Series("edge", edge[sums["trade"].to_numpy()]), "currency", "minor", "invoices")
        return Structure(shelf.enterprises, self.cores, trades[carries, 1], trades[carries, 0], evidence)
