"""The worker: carries out what the API accepted, and follows the chain. Several may run; each command is one's at a time.

``python -m api.worker`` is one as a process of its own. `pearl serve` starts two: one for commands that take moments, which
follows the chain as well, and one for those that take long, so that no supplier's acceptance waits for a plan.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from anyio.to_thread import run_sync
from requests import RequestException
from structlog.contextvars import bound_contextvars
from web3.exceptions import Web3Exception

from api.command import ApprovalWanted, Case, Lane
from api.errors import Unexpected, problem_by_language
from api.operations import KINDS
from api.telemetry import configure_traces
from chain.commands.accepted import (
    LEASE_SECONDS,
    MOST_ATTEMPTS,
    Command,
    await_approval,
    await_signature,
    claim,
    files_of,
    has_begun,
    keep,
    put_off,
    refuse,
    succeed,
)
from chain.commands.anchors import anchor_due
from chain.commands.callers import Callers
from chain.commands.deliveries import Courier
from chain.commands.due import mark_overdue
from chain.commands.permissions import Action
from chain.commands.seen.current import CurrentTrade
from chain.commands.seen.refused import as_told
from chain.commands.seen.viewer import Viewer
from chain.commands.told import told
from chain.commands.wallet import SignatureWanted, Wallet
from chain.commands.workspace import Workspace, open_workspace
from chain.ending import end_with
from chain.errors import ContractRefused, NotPermitted, PearlError, Unavailable
from chain.indexing.heads import new_heads
from chain.issuance.node_names import shown
from chain.language import language_of_environment
from chain.logs import configure_logs, fields_of
from chain.settings import Settings
from chain.traces import continued

log = logging.getLogger("pearl.worker")

#: How often the chain is asked for new blocks.
FOLLOW_SECONDS = 1.0
#: How often it is looked for a command where there was none.
LOOK_SECONDS = 0.05
#: How often it is looked for what webhooks are owed.
DELIVER_SECONDS = 0.5
#: How long a node that announces no blocks is left in peace.
LISTEN_AGAIN_SECONDS = 30
#: How far the clock of an embedded chain, on which nobody acts, may stay behind.
CLOCK_SECONDS = 300
#: How often, by the ledger's clock, it is looked for what is overdue: the days of all time zones begin at such a time.
MARK_SECONDS = 900

#: The lanes of each of the two workers that `pearl serve` starts, and of one that does all.
LANES = {"short": (Lane.SHORT,), "long": (Lane.DOCUMENTS, Lane.PLANS), "all": tuple(Lane)}


class Worker:
    """Works on one open workspace. What signs, sends or reads new blocks holds one lock, because nonces and the books'
    checkpoint are one sequence."""

    def __init__(self, workspace: Workspace, lanes: Sequence[Lane] = tuple(Lane), *, follows: bool = True) -> None:
        """``lanes``: those of the commands that it takes; ``follows``: whether it follows the chain beside them."""
        self.workspace = workspace
        self.current = CurrentTrade(workspace)
        # Whoever needs the trade for a command gets this one, and does not match all documents anew.
        workspace.trade_at_hand = lambda: self.current.get().trade
        self._callers = Callers(workspace)
        self.told = told
        self._lanes = lanes
        self._follows = follows
        self._chain_lock = threading.Lock()
        self._marked = 0
        self._served: dict[Lane, str] = {}
        """Lane → the enterprise whose command was carried out last."""

    async def run(self, follow_seconds: float = FOLLOW_SECONDS) -> None:
        """Work until cancelled. What is being carried out then is finished first."""
        async with asyncio.TaskGroup() as tasks:
            for lane in self._lanes:
                tasks.create_task(self._carry_out_all(lane))
            if self._follows:
                tasks.create_task(self._follow_all(follow_seconds))
                tasks.create_task(self._deliver_all())

    # --- commands --------------------------------------------------------------------------------------------------

    async def _carry_out_all(self, lane: Lane) -> None:
        while True:
            try:
                found = await run_sync(self.carry_out_next, lane)
            except Exception as error:  # the command is this worker's until its lease ends, and anybody's then
                log.warning("a command could not be carried out (%(rule)s); trying again", fields_of(error))
                await asyncio.sleep(1)
            else:
                if not found:
                    await asyncio.sleep(LOOK_SECONDS)

    def carry_out_next(self, lane: Lane) -> bool:
        """Carry out the command of a lane whose turn it is. Returns whether there was one. Raises Unavailable (the database)."""
        kinds = [name for name, kind in KINDS.items() if kind.lane is lane]
        command = claim(self.workspace, kinds, self.told, self._served.get(lane, ""))
        if command is None:
            return False
        self._served[lane] = command.enterprise
        if command.failures >= MOST_ATTEMPTS:  # so many workers died over it that the next would, too
            refuse(self.workspace, command, problem_by_language(Unexpected()), self.told, failed=True)
            return True
        with self._keeping(command), bound_contextvars(request_id=command.request_id, operation=command.id):
            try:
                with continued(command.traceparent, "command") as span:
                    span.set_attribute("pearl.operation", command.id)
                    result = self._carry_out(command)
            except SignatureWanted as wanted:
                await_signature(self.workspace, command, wanted.signing, self.told)
            except ApprovalWanted as wanted:
                await_approval(self.workspace, command, wanted.worth, self.told)
            except (Unavailable, Web3Exception, RequestException) as error:
                log.warning("command %(operation)s waits (%(rule)s)", {"operation": command.id} | fields_of(error))
                put_off(self.workspace, command)
            except PearlError as error:
                refuse(self.workspace, command, problem_by_language(error), self.told)
            except Exception:
                log.exception("command %(operation)s failed", {"operation": command.id})
                if command.failures + 1 < MOST_ATTEMPTS:
                    put_off(self.workspace, command, failed=True)
                else:
                    refuse(self.workspace, command, problem_by_language(Unexpected()), self.told, failed=True)
            else:
                succeed(self.workspace, command, result, self.told)
        return True

    def _carry_out(self, command: Command) -> Any:
        kind = KINDS[command.kind]
        viewer = replace(self._asker(command, kind.action), request_id=command.request_id)
        asked = kind.asked.model_validate(command.asked)
        files = tuple(files_of(self.workspace, command))
        with nullcontext() if kind.lane is Lane.DOCUMENTS else self._acting(command):
            case = Case(self.workspace, self.current, viewer, command.key, files)
            kind.check(case, asked)
            kind.must_be_worth(case, asked, command.worth)
            self._must_still_be_approved(command)
            try:
                return kind.do(case, asked)
            except ContractRefused as error:
                if viewer.sees_all:
                    raise
                raise as_told(self.workspace, viewer.enterprise, error) from error

    def _asker(self, command: Command, action: Action) -> Viewer:
        """Who asked for it, as it may act now. What has begun is brought to its end, whatever it may by now.

        Raises AccessWithdrawn, DutyMissing, NotPermitted.
        """
        try:
            viewer = self._callers.of_actor(command.enterprise, command.actor)
            viewer.must(action)
        except NotPermitted:
            if not has_begun(self.workspace, command):
                raise
            return self._callers.of_enterprise(command.enterprise, command.actor)
        return viewer

    def _must_still_be_approved(self, command: Command) -> None:
        """Raises ApprovalWanted where who approved it may no longer, and nothing of it has begun."""
        if command.decided_by is None:
            return
        try:
            self._callers.of_actor(command.enterprise, command.decided_by).must(Action.APPROVE)
        except NotPermitted as error:
            if not has_begun(self.workspace, command):
                raise ApprovalWanted(dict(command.worth)) from error

    @contextmanager
    def _acting(self, command: Command) -> Iterator[None]:
        """What goes to the chain goes alone. Where the enterprise keeps its key, its wallet stands in for its signer."""
        workspace = self.workspace
        with self._chain_lock:
            workspace.refresh()
            address = workspace.keyring.addresses().get(command.enterprise)
            if address is not None:
                workspace.wallet = Wallet(workspace, command.enterprise, address, list(command.signing))
            try:
                yield
            finally:
                workspace.wallet = None

    @contextmanager
    def _keeping(self, command: Command) -> Iterator[None]:
        """Others leave the command alone for as long as this takes."""
        done = threading.Event()

        def beat() -> None:
            while not done.wait(LEASE_SECONDS / 3):
                with suppress(PearlError):  # a database that is away for so long lets another worker take it
                    keep(self.workspace, command)

        thread = threading.Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    # --- webhooks ----------------------------------------------------------------------------------------------------

    async def _deliver_all(self) -> None:
        """Send what is due to whoever has a webhook."""
        with Courier(self.workspace, self.current) as courier:
            while True:
                try:
                    tried = await run_sync(courier.deliver_due)
                except Exception as error:
                    log.warning("webhooks could not be served (%(rule)s); trying again", fields_of(error))
                    tried = 0
                if not tried:
                    await asyncio.sleep(DELIVER_SECONDS)

    # --- the chain ---------------------------------------------------------------------------------------------------

    async def _follow_all(self, seconds: float) -> None:
        """Resume what a crash left, then read the chain; a node that is away is asked again."""
        resumed = False
        announced = asyncio.Event()
        listener = asyncio.create_task(self._listen(announced))
        try:
            while True:
                announced.clear()
                try:
                    if not resumed:
                        finished = await run_sync(self.resume)
                        resumed = True
                        if finished:
                            log.info(
                                "%(count)d operations that an earlier run left open are finished", {"count": finished}
                            )
                    await run_sync(self.follow)
                except Exception as error:  # whatever it is, the next turn starts from the books' checkpoint
                    log.warning("the chain could not be read (%(rule)s); trying again", fields_of(error))
                with suppress(TimeoutError):
                    await asyncio.wait_for(announced.wait(), seconds)
        finally:
            listener.cancel()

    async def _listen(self, announced: asyncio.Event) -> None:
        """Say when the node announces a block. Where it cannot, it is asked every now and then all the same."""
        while self.workspace.websocket is not None:
            try:
                async for _ in new_heads(self.workspace.websocket):
                    announced.set()
            except Exception as error:
                values = {"node": shown(self.workspace.websocket), "error": type(error).__name__}
                log.info("the node announces no blocks at %(node)s (%(error)s)", values)
            await asyncio.sleep(LISTEN_AGAIN_SECONDS)

    def follow(self) -> None:
        """Read what is new on the chain and what other processes deployed, and keep an embedded chain's clock going.

        Now and then it says what is overdue, so that the issuers' new issues stop by themselves, and anchors the audit log.
        """
        with self._chain_lock:
            self.workspace.refresh()
            self.workspace.keep_time(CLOCK_SECONDS)
            self.workspace.outbox.settle(self.workspace.keyring.signer_at)
            self.workspace.indexer.catch_up()
            now = self.workspace.now() // MARK_SECONDS
            if now != self._marked:
                mark_overdue(self.workspace)
                anchor_due(self.workspace)
                self._marked = now

    def resume(self) -> int:
        """Finish what a crash left open. Returns how many operations."""
        with self._chain_lock:
            finished = self.workspace.outbox.resume(self.workspace.keyring.signer_at)
            self.workspace.indexer.catch_up()
            return finished


def main() -> int:
    """Open the home and work until SIGINT, SIGTERM or SIGHUP. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m api.worker", description="Carries out what the API accepted.")
    parser.add_argument("--home", type=Path, help="directory that holds all state (default: PEARL_HOME, ./var)")
    parser.add_argument("--lanes", choices=tuple(LANES), default="all", help="which commands it takes")
    parser.add_argument("--lifeline", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.lifeline is not None:
        end_with(given.lifeline)
    settings = Settings()
    if given.home is not None:
        settings = settings.model_copy(update={"home": given.home})
    configure_logs(settings)
    configure_traces(settings)
    try:
        with open_workspace(settings, catches_up=False) as workspace:
            asyncio.run(_until_signal(Worker(workspace, LANES[given.lanes], follows=given.lanes != "long").run))
    except PearlError as error:
        print(f"pearl: {error.text(language_of_environment())} [{error.rule}]", file=sys.stderr)
        return 1
    return 0


async def _until_signal(work: Callable[[], Any]) -> None:
    working = asyncio.create_task(work())
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, working.cancel)
    with suppress(asyncio.CancelledError):
        await working


if __name__ == "__main__":
    raise SystemExit(main())
