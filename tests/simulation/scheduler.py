"""Processes that run one at a time, in an order that the seed says, on a clock that only they move."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random

#: What one step takes on the simulated clock, in seconds.
STEP_SECONDS = 0.01
#: Whoever sleeps sleeps no shorter: a loop that asks a hundred times a second asks the same a hundred times.
LEAST_SLEEP = 0.1


class Crash(BaseException):
    """The process ends here: nothing in the product catches it, and nothing after it happens."""


class Stalled(AssertionError):
    """What must end at some time did not."""


class Process:
    """One thread that runs only when the scheduler lets it, from one `Scheduler.pause` to the next."""

    def __init__(self, scheduler: Scheduler, name: str, work: Callable[[], None]) -> None:
        self.name = name
        self.wakes_at = scheduler.now
        self.ended = False
        self.failure: BaseException | None = None
        self.dying = False
        self._scheduler = scheduler
        self._work = work
        self._go = threading.Semaphore(0)
        self._thread = threading.Thread(target=self._live, name=name, daemon=True)
        self._thread.start()

    def step(self) -> None:
        """Let it run until it pauses or ends. Raises what it failed with."""
        self._scheduler.current = self
        self._go.release()
        self._scheduler.back.acquire()
        self._scheduler.current = None
        if self.ended:
            self._thread.join()
        if self.failure is not None:
            raise self.failure

    def kill(self) -> None:
        """It ends at the place where it pauses."""
        self.dying = True
        while not self.ended:
            self.step()

    def hand_back(self) -> None:
        """Called by the process itself: others run until it is let again. Raises Crash where it was killed meanwhile."""
        if not self.dying:
            self._scheduler.back.release()
            self._go.acquire()
        if self.dying:
            raise Crash

    def _live(self) -> None:
        self._go.acquire()
        try:
            if not self.dying:
                self._work()
        except Crash:
            pass
        except BaseException as failure:  # told by whoever let it run
            self.failure = failure
        self.ended = True
        self._scheduler.back.release()


class Scheduler:
    """Who runs next, and what time it is (unix seconds)."""

    def __init__(self, random: Random, now: float) -> None:
        self.random = random
        self.now = now
        self.steps = 0
        self.processes: list[Process] = []
        self.current: Process | None = None
        self.back = threading.Semaphore(0)

    def start(self, name: str, work: Callable[[], None]) -> Process:
        """A new process, which runs when its turn comes."""
        process = Process(self, name, work)
        self.processes.append(process)
        return process

    def step(self) -> None:
        """One step of one process, or time passes until one may go on. Raises what a process failed with."""
        self.steps += 1
        self.now += STEP_SECONDS
        ready = [process for process in self.processes if process.wakes_at <= self.now]
        if not ready and self.processes:
            self.now = min(process.wakes_at for process in self.processes)
            ready = [process for process in self.processes if process.wakes_at <= self.now]
        if ready:
            process = self.random.choice(ready)
            process.step()
            if process.ended:
                self.processes.remove(process)

    def kill(self, process: Process) -> None:
        """End a process between two of its steps."""
        self.processes.remove(process)
        process.kill()

    def pause(self, seconds: float = 0) -> None:
        """The running process lets others run, and sleeps. Raises Crash where it was killed."""
        if self.current is None:
            self.now += seconds
            return
        self.current.wakes_at = self.now + seconds
        self.current.hand_back()

    @contextmanager
    def clock(self) -> Iterator[None]:
        """The clock of everybody who asks `time` is this one."""
        originals = time.time, time.monotonic, time.sleep
        time.time = time.monotonic = lambda: self.now
        time.sleep = lambda seconds: self.pause(max(seconds, LEAST_SLEEP))
        try:
            yield
        finally:
            time.time, time.monotonic, time.sleep = originals
