"""The main job on a generated world, told as a story that ends today.

Documents arrive in batches; after each the plan is made and carried out, some holders sell to banks, and what matures on
the way is paid. One issuer pays its first paper late, so its new issues stop until it has paid.
"""

from __future__ import annotations

import shutil
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from chain.books.portfolio import all_lines, all_pieces
from chain.commands.deposit import deposit
from chain.commands.due import due, mark_overdue
from chain.commands.enrol import enrol
from chain.commands.finance import quote, take
from chain.commands.findings import note
from chain.commands.ingest import ingest
from chain.commands.mature import redeem_due
from chain.commands.plan import make_plan
from chain.commands.report import Story, make_report
from chain.commands.run import run
from chain.commands.verify import verify
from chain.commands.workspace import UTC_OFFSET_MINUTES, Progress, Workspace, no_progress, open_workspace
from chain.documents.model import Finding, Severity
from chain.errors import ContractRefused, PearlError
from chain.identifiers import PieceId
from chain.issuance.node import EmbeddedNode, advance_clock
from chain.reporting.model import Report
from chain.reporting.writing import write_report
from chain.settings import Settings
from chain.world.generator import make_world
from chain.world.model import World
from chain.world.writing import write_world

#: The hour of the day, in UTC+8, at which the story's people work.
OFFICE_HOUR = 10
#: How late the late issuer is, in days after its first maturity; longer than the rulebook's grace.
DAYS_LATE = 12


class DemoInUse(PearlError):
    message = "a node is running on {home}, so the demo cannot start anew"
    next_step = "stop it, or run the demo with another --home"


def run_demo(settings: Settings, seed: int, progress: Progress = no_progress) -> tuple[Report, Path]:
    """Run the story in ``home``/demo, which is made anew. Returns the report and its page."""
    started = time.monotonic()
    settings = settings.model_copy(update={"home": settings.home / "demo", "node_url": None})
    _clear(settings)
    world = make_world(seed, datetime.now(UTC).astimezone().date())
    write_world(world, settings.home / "documents")
    story = Story(world.currency)
    with open_workspace(settings, genesis_timestamp=_office(world.start), progress=progress) as workspace:
        enrol(workspace, world.network, progress)
        teller = _Teller(workspace, world, story, progress)
        teller.lend()
        for batch in world.batches:
            teller.settle_until(batch.date)
            teller.work(batch.date, settings.home / "documents" / batch.name)
        teller.settle_until(world.today)
        advance_clock(workspace.web3, int(time.time()))
        workspace.indexer.catch_up()
        progress("verifying", 0, 1)
        story.verification = verify(workspace)
        progress("verifying", 1, 1)
        report, picture = make_report(workspace, story, time.monotonic() - started)
    _, page = write_report(report, picture, settings.home)
    return report, page


@dataclass
class _Teller:
    """Moves the story's clock and lets its people act."""

    workspace: Workspace
    world: World
    story: Story
    progress: Progress
    late: tuple[str, int] | None = None
    """(issuer, maturity day) of the paper that is paid late: the first that matures."""

    def lend(self) -> None:
        """The banks set aside what they will finance with: a bank makes deposits by lending."""
        for line in self.world.network.lines:
            key = f"lend:{line.bank}:{line.issuer}:{line.currency}"
            deposit(self.workspace, key, line.bank, line.bank, line.currency, line.financing_limit_minor)

    def work(self, day: date, folder: Path) -> None:
        """A batch of documents comes in and is acted on."""
        self._go_to(day)
        mark_overdue(self.workspace)
        self.story.ingested.append(ingest(self.workspace, [folder], self.progress))
        number, plan = make_plan(self.workspace, self.world.currency)
        self.story.plans.append(plan)
        run(self.workspace, number, self.progress)
        self._discount()

    def settle_until(self, day: date) -> None:
        """Every maturity up to ``day``, in order: the issuer's customers pay in, and it pays its holders."""
        while (payments := self._payments()) and min(payments) <= day:
            pay_day = min(payments)
            self._go_to(pay_day)
            mark_overdue(self.workspace)
            for issuer, maturity_day in sorted(payments[pay_day]):
                self._pay(issuer, maturity_day)

    def _discount(self) -> None:
        """Who wants cash now sells what it holds: to the line's bank, or to another that has a line for the issuer."""
        sellers = {enterprise.id for enterprise in self.world.network.enterprises if enterprise.discounts}
        names = self.workspace.parties()
        with self.workspace.store.read() as connection:
            held = [p for p in all_pieces(connection) if p.state == "held" and p.amount_minor and not p.financed]
            own_bank = {line.line: names[line.bank] for line in all_lines(connection)}
        wanted = [p for p in held if names[p.owner] in sellers]
        for number, piece in enumerate(wanted):
            self.progress("holders sell to banks", number + 1, len(wanted))
            first = own_bank[piece.piece.obligation.line]
            others = {line.bank for line in self.world.network.lines if line.issuer == names[piece.issuer]}
            for bank in [first, *sorted(others - {first})]:
                if self._sell(bank, piece.piece):
                    break

    def _sell(self, bank: str, piece: PieceId) -> bool:
        """Whether the bank bought it. The number stands for that of the public registry."""
        try:
            take(self.workspace, quote(self.workspace, bank, piece, f"DEMO-{piece}-{bank}"))
        except ContractRefused as refusal:
            refused = Finding(
                rule=refusal.rule, severity=Severity.REFUSED, values={"rule": refusal.rule}, place=str(piece),
                template="the sale of the piece to a bank was refused: {rule}",
            )  # fmt: skip
            note(self.workspace, [refused])
            return False
        return True

    def _payments(self) -> dict[date, set[tuple[str, int]]]:
        """Day of payment → (issuer, maturity day) of what is unpaid."""
        names = self.workspace.parties()
        with self.workspace.store.read() as connection:
            unpaid = {(names[p.issuer], p.maturity_day) for p in all_pieces(connection) if p.live}
        if unpaid and self.late is None:
            self.late = min(unpaid, key=lambda debt: (debt[1], debt[0]))
        days: dict[date, set[tuple[str, int]]] = defaultdict(set)
        for issuer, maturity_day in unpaid:
            wait = DAYS_LATE if (issuer, maturity_day) == self.late else 0
            days[date(1970, 1, 1) + timedelta(days=maturity_day + wait)].add((issuer, maturity_day))
        return days

    def _pay(self, issuer: str, maturity_day: int) -> None:
        names = self.workspace.parties()
        sums: dict[str, int] = defaultdict(int)
        for piece in due(self.workspace, issuer):
            sums[names[piece.bank]] += piece.amount_minor
        for bank, minor in sorted(sums.items()):
            key = f"income:{issuer}:{maturity_day}:{bank}"
            deposit(self.workspace, key, bank, issuer, self.world.currency, minor)
        redeem_due(self.workspace, issuer)

    def _go_to(self, day: date) -> None:
        advance_clock(self.workspace.web3, _office(day))
        self.workspace.indexer.catch_up()


def _office(day: date) -> int:
    """Unix time of the story's office hour (UTC+8) on ``day``."""
    return int(datetime(day.year, day.month, day.day, OFFICE_HOUR, tzinfo=UTC).timestamp()) - UTC_OFFSET_MINUTES * 60


def _clear(settings: Settings) -> None:
    """Remove what an earlier demo left. Raises DemoInUse."""
    if EmbeddedNode(settings.node_folder).running:
        raise DemoInUse(home=settings.home)
    if settings.home.exists():
        shutil.rmtree(settings.home)
