"""The world of one seed: what its processes do, what befalls them, and what must hold in the end."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from requests.exceptions import RequestException
from sqlalchemy import func, select
from web3 import Web3
from web3.exceptions import Web3Exception

from chain.books.exposure import exposure
from chain.books.unit_of_work import FOLDED
from chain.errors import Conflict, ContractRefused, Unavailable
from chain.indexing import endpoints, indexer
from chain.indexing.indexer import Indexer, last_block
from chain.issuance.outbox import OPEN_STATES, Call, KeyedCall, Outbox, Sending
from chain.store.database import Store
from chain.store.tables import blocks, events, exposure_changes, exposures, operations
from tests.books.reference_exposure import scan
from tests.model.state import DAY
from tests.simulation.database import Disk
from tests.simulation.network import Network, Pool, Provider
from tests.simulation.node import FINALITY, Node
from tests.simulation.reference import Broken, Command, Reference
from tests.simulation.scheduler import Process, Scheduler, Stalled
from tests.simulation.weather import Weather
from tests.simulation.world import World

SERVICES = 2
COMMANDS = 16
#: Steps in bad weather; and how many all must end in once it is calm.
STORMY, CALM = 3_000, 12_000
#: How many commands somebody asks for at once.
TOGETHER = (1, 1, 1, 2, 5)
#: The outbox waits no longer than that on the simulated clock.
SENDING = Sending(sending_seconds=5, finality_blocks=FINALITY)
#: Nothing of these is ever an answer: whoever asked asks again.
UNANSWERED = (Unavailable, RequestException, Web3Exception)
#: Actions that are thought of, before one of somebody less busy is taken.
MOST_DRAWS = 12
TABLES = (*FOLDED, events, exposures, exposure_changes)


@dataclass
class Figures:
    """What simulations have seen."""

    seeds: int = 0
    steps: int = 0
    commands: int = 0
    done: int = 0
    refused: int = 0
    faults: Counter[str] = field(default_factory=Counter)

    def add(self, other: Figures) -> None:
        """Count those of another one too."""
        for name in ("seeds", "steps", "commands", "done", "refused", "faults"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


class Simulation:
    """One seed, from the beginning to where nothing is left to do."""

    def __init__(self, world: World, seed: int, commands: int = COMMANDS, without: Collection[str] = ()) -> None:
        """``commands``: how many are asked for. ``without``: kinds of faults that do not come."""
        self.seed = seed
        self.world = world
        self.random = Random(f"simulation {seed}")
        world.begin(self.random)
        self.weather = Weather(Random(f"weather {seed}"), without)
        self.scheduler = Scheduler(Random(f"order {seed}"), world.run.chain.now + 1)
        self.node = Node(world, Random(f"node {seed}"), self.weather)
        self.network = Network(self.scheduler, self.weather, self.node)
        self.disk = Disk(self.scheduler, self.weather)
        self.reference = Reference(self.node)
        self._left = commands
        self._running: dict[str, Process | None] = {}
        self._starts_at: dict[str, float] = {}
        self._stores: dict[str, Store] = {}
        self._database = world.database("books")
        self._numbers = itertools.count(1)
        self._caught_up_to = -1
        self._over = False
        self._busy: set[int] = set()
        self._most_busy = self.random.choice([2, 4, 1_000])
        """So many parties act, or mostly they: some seeds have many transactions of one signer."""

    # --- processes

    def _service(self, name: str) -> None:
        """Takes what is asked for, whoever else takes it too, and now and then finishes what was left open."""
        box = self._started(name)
        while True:
            if self._may_tidy():
                with suppress(*UNANSWERED):
                    box.settle(self.world.signers.get)
            wanted = [self._wanted() for _ in range(self.random.choice(TOGETHER))]
            commands = {command.key: command for command in wanted if command is not None}
            if commands:
                self._ask(box, list(commands.values()))
            else:
                self.scheduler.pause(0.3)

    def _started(self, name: str) -> Outbox:
        """The outbox of a process that just began, and has finished what those before it left open."""
        box = self._outbox(name)
        while True:
            try:
                box.resume(self.world.signers.get)
                return box
            except UNANSWERED:
                self.scheduler.pause(1)

    def _outbox(self, name: str) -> Outbox:
        store = self._stores[name] = self.disk.open(self._database)
        contracts = self.world.contracts(Web3(Provider(self.network)))
        while True:
            try:
                return Outbox(store, contracts.web3, contracts.decode_error, SENDING)
            except UNANSWERED:
                self.scheduler.pause(1)

    def _wanted(self) -> Command | None:
        """What somebody asks for now: something new, something unanswered again, or something answered again."""
        now, chance = self.scheduler.now, self.random.random()
        open_ = [c for c in self.reference.commands if not c.answers and not c.given_up and c.waits_until <= now]
        if self._left and not self.weather.calm and (chance < 0.4 or not open_):
            return self._draw()
        if open_:
            return self.random.choice(open_)
        answered = [c for c in self.reference.commands if c.answers]
        return self.random.choice(answered) if answered and chance < 0.1 and not self.weather.calm else None

    def _draw(self) -> Command | None:
        self._left -= 1
        action, data = self._action()
        if action.sender not in self.world.run.chain.signers:
            self.node.outsider(action, data)
            return None
        self.node.actions[data] = action
        contract = self.world.run.chain.addresses[action.contract]
        command = Command(
            f"command {next(self._numbers)}", Web3.to_checksum_address(f"0x{action.sender:040x}"),
            Call(action.function, Web3.to_checksum_address(contract), data),
        )  # fmt: skip
        self.reference.commands.append(command)
        return command

    def _action(self) -> tuple[Any, bytes]:
        """What a party does next, and its call, which no other call is like: numbers behind the arguments mean nothing."""
        chain = self.world.run.chain
        self.world.run.model.now = max(chain.now, int(self.scheduler.now))
        for tries in itertools.count():
            try:
                action = self.world.history.next()
                data = chain.call_data(action.contract, action.function, action.arguments)
            except (OverflowError, IndexError, KeyError):  # numbers out of their types; things that a re-org took back
                continue
            if len(self._busy) < self._most_busy or tries > MOST_DRAWS or action.sender in self._busy:
                self._busy.add(action.sender)
                break
        return action, data + self.random.getrandbits(64).to_bytes(8, "big")

    def _ask(self, box: Outbox, commands: list[Command]) -> None:
        for command in commands:
            command.asked = True
        try:
            answers = self._answers(box, commands)
        except UNANSWERED:
            for command in commands:
                command.waits_until = self.scheduler.now + 2
                command.given_up = not self.weather.calm and self.random.random() < 0.1
            return
        for command, answer in zip(commands, answers, strict=True):
            self.reference.answered(command, answer)
            if self.random.random() < 0.1:
                self._ask_otherwise(box, command)

    def _answers(self, box: Outbox, commands: list[Command]) -> list[Any]:
        """By themselves or, where they are more, together. Raises `UNANSWERED`."""
        if len(commands) > 1:
            return list(
                box.send_all([KeyedCall(one.key, self.world.signers[one.signer], one.call) for one in commands])
            )
        (command,) = commands
        try:
            return [box.send(command.key, self.world.signers[command.signer], command.call)]
        except ContractRefused as refusal:
            return [refusal]

    def _ask_otherwise(self, box: Outbox, command: Command) -> None:
        """The same key for something else is refused as such, whatever became of the first."""
        other = replace(command.call, data=command.call.data + b"other")
        try:
            box.send(command.key, self.world.signers[command.signer], other)
        except (Conflict, *UNANSWERED):
            return
        except ContractRefused as refusal:
            raise Broken(f"{command.key} with other input is answered {refusal}") from refusal
        raise Broken(f"{command.key} was done for other input")

    def _may_tidy(self) -> bool:
        return self.random.random() < (0.2 if self.weather.calm else 0.02)

    def _indexer(self, name: str) -> None:
        store = self._stores[name] = self.disk.open(self._database)
        reader = self._reader(store)
        while True:
            with suppress(UNANSWERED):
                self._caught_up_to = reader.catch_up()
            self.scheduler.pause(self.random.choice([0.1, 0.5, 2]))

    def _reader(self, store: Store) -> Indexer:
        return Indexer(store, self.world.contracts(Web3(Provider(self.network))), finality_blocks=FINALITY)

    # --- what befalls them

    def run(self) -> Figures:
        """Live through it. Raises Broken, Stalled, Difference, and whatever the product should not have raised."""
        works = {f"service {n + 1}": self._service for n in range(SERVICES)} | {"indexer": self._indexer}
        with self._simulated():
            try:
                self._live(works)
                self._check()
            finally:
                for process in list(self.scheduler.processes):
                    self.scheduler.kill(process)
                for store in self._stores.values():
                    store.close()
        return self.figures()

    def figures(self) -> Figures:
        """What was seen until now."""
        answers = [command.answers[-1] for command in self.reference.commands if command.answers]
        refused = sum(isinstance(answer, tuple) for answer in answers)
        asked = len(self.reference.commands)
        return Figures(1, self.scheduler.steps, asked, len(answers) - refused, refused, self.weather.came)

    def _live(self, works: dict[str, Any]) -> None:
        while self._left or self.scheduler.steps < STORMY // 5:
            self._step(works)
            if self.scheduler.steps > STORMY:
                break
        self._left = 0
        self.weather.calm = True
        self.node.down_until = 0
        begun = self.scheduler.steps
        while not self._at_rest():
            self._step(works)
            if self.scheduler.steps > begun + CALM:
                raise Stalled(f"the faults are over, and {self._what_is_left()}")
        for name in works:
            if (process := self._running.get(name)) is not None and not process.ended:
                self._kill(name, process)
        self._running = {}
        closing = {"the last": self._last, "indexer": self._indexer}
        while not self._over:
            self._step(closing)
            if self.scheduler.steps > begun + 2 * CALM:
                raise Stalled("whoever asks once more is not answered")

    def _last(self, name: str) -> None:
        """Somebody starts the service once more, and asks for everything again."""
        box = self._started(name)
        for command in self.reference.commands:
            if command.asked:
                self._ask(box, [command])
        self._over = True
        self.scheduler.pause(1)

    def _step(self, works: dict[str, Any]) -> None:
        for name, work in works.items():
            process = self._running.get(name)
            if process is not None and process.ended:
                process = self._running[name] = None
            if process is None:
                if self._starts_at.get(name, 0) <= self.scheduler.now:
                    self._running[name] = self.scheduler.start(name, lambda work=work, name=name: work(name))
            elif self.weather.strikes(f"{name.split()[0]} killed"):
                self._kill(name, process)
        self.node.tick(self.scheduler.now)
        self.scheduler.step()

    def _kill(self, name: str, process: Process) -> None:
        self.scheduler.kill(process)
        if self.disk.writer is process:
            self.disk.writer = None
        if (store := self._stores.pop(name, None)) is not None:
            store.close()
        self._running[name] = None
        self._starts_at[name] = self.scheduler.now + self.random.choice([0.1, 1, 5])

    def _at_rest(self) -> bool:
        """Nothing is asked, open or unread any more. Looked at now and then: it takes as long as a hundred steps."""
        if self.scheduler.steps % 50 or self.node.ready(self.node.nonces):
            return False
        return self._what_is_left() == ""

    def _what_is_left(self) -> str:
        unanswered = [c.key for c in self.reference.commands if not c.answers and not c.given_up]
        if unanswered:
            return f"{unanswered} are not answered"
        left = self._open(("signed", "submitted"))
        return f"{left} are open" if left else ""

    def _open(self, states: tuple[str, ...]) -> list[Any]:
        with self._own_store() as store, store.read() as connection:
            found = select(operations.c.key, operations.c.state).where(operations.c.state.in_(states))
            return list(connection.execute(found))

    @contextmanager
    def _own_store(self) -> Iterator[Store]:
        store = Store.connect(self._database)
        try:
            yield store
        finally:
            store.close()

    @contextmanager
    def _simulated(self) -> Iterator[None]:
        """What the product asks the machine for, it asks the simulation for."""
        patches = (
            (endpoints, "PoolManager", lambda **_: Pool(self.network)), (indexer, "ThreadPoolExecutor", AtOnce),
        )  # fmt: skip
        originals = [(owner, name, getattr(owner, name)) for owner, name, _ in patches]
        for owner, name, value in patches:
            setattr(owner, name, value)
        try:
            with self.scheduler.clock():
                yield
        finally:
            for owner, name, value in originals:
                setattr(owner, name, value)

    # --- what must hold

    def _check(self) -> None:
        for process in list(self.scheduler.processes):
            self.scheduler.kill(process)
        if left := self._open(OPEN_STATES):
            raise Broken(f"the last service that began left {left} open")
        self.reference.check_chain()
        self._books_are_the_chains()

    def _books_are_the_chains(self) -> None:
        with self._own_store() as store:
            self._reader(store).catch_up()
            found = everything(store)
            with store.read() as connection:
                today = last_block(connection)[1] // DAY
                if exposure(connection, today) != scan(connection, today):
                    raise Broken("exposure is not what a look at every piece gives")
                if connection.scalar(select(func.max(blocks.c.number))) != len(self.node.blocks) - 1:
                    raise Broken("the books are not at the head")
        anew = Store.connect(self.world.database("anew"))
        self._reader(anew).catch_up()
        expected = everything(anew)
        anew.close()
        for name, rows in expected.items():
            if found[name] != rows:
                more, less = sorted(set(found[name]) - set(rows)), sorted(set(rows) - set(found[name]))
                raise Broken(f"the books' {name} are not a fresh fold's: {more[:3]} instead of {less[:3]}")


class AtOnce:
    """An executor that does what it is given when it is given it, in the process that gives it."""

    def __init__(self, *_: Any) -> None:
        """As many threads as it is told: none."""

    def __enter__(self) -> AtOnce:
        return self

    def __exit__(self, *_: Any) -> None:
        """Nothing is left to do."""

    def submit(self, do: Any, *arguments: Any) -> Any:
        """What will be its result, or its failure, already is."""
        return Done(do, arguments)


class Done:
    """A result that is there; a crash is no result."""

    def __init__(self, do: Any, arguments: tuple[Any, ...]) -> None:
        self._failure: Exception | None = None
        try:
            self._result = do(*arguments)
        except Exception as failure:
            self._failure = failure

    def result(self) -> Any:
        """What came of it."""
        if self._failure is not None:
            raise self._failure
        return self._result


def everything(store: Store) -> dict[str, list[str]]:
    """All rows of the books, by table."""
    with store.read() as connection:
        return {table.name: sorted(map(repr, connection.execute(select(table)).all())) for table in TABLES}
