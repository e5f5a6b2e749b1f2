"""Keep things running: the embedded node alone, or node, workers and API together."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType

from chain.issuance.node import EmbeddedNode
from chain.logs import configure_logs
from chain.settings import Settings

#: How long all may take to finish what they do before they are ended.
SHUTDOWN_SECONDS = 20
#: How often it is looked whether everything still runs.
LOOK_SECONDS = 0.2
#: A worker that ends by itself is started again after so many seconds, each time after twice as many; and at most so often
#: within so many seconds.
RESTART_SECONDS = 1.0
MOST_RESTARTS = 5
RESTARTS_WITHIN_SECONDS = 600

log = logging.getLogger("pearl.node")


def keep_node(settings: Settings, started: Callable[[str], None]) -> None:
    """Run the embedded node until SIGINT, SIGTERM or SIGHUP, then end it with its state on disk.

    One that ends before is started again.
    """
    configure_logs(settings)
    stop = _until_signal()
    node = EmbeddedNode(settings.node_folder, port=settings.node_port)
    while not stop.is_set():
        try:
            started(node.start())
            while not node.ended and not stop.wait(LOOK_SECONDS):
                pass
        finally:
            node.stop()


def serve_api(settings: Settings) -> int:
    """Start the node (unless PEARL_NODE_URL names one), the workers and the API, each as a process of its own.

    Where the node ends before they are told to, whoever had started it, all are started again: the workers then send what the
    node forgot. A worker that ends is started again; the log says with which code it ended. Where the API ends, or a worker too
    often, all end. Returns the exit code of that one. The API prints its address, and the first key when it makes one.
    """
    configure_logs(settings)
    stop = _until_signal()
    node = None if settings.node_url else EmbeddedNode(settings.node_folder, port=settings.node_port)
    environment = os.environ | {"PEARL_HOME": str(settings.home)}
    while True:
        try:
            if node is not None:
                node.start()  # the others find it running in the home, and keep its clock
            code = _run(environment, lambda: stop.wait(LOOK_SECONDS) or (node is not None and node.ended))
            if stop.is_set():
                return 0
            if node is None or not node.ended:
                return code
        finally:
            if node is not None:
                node.stop()
        log.warning("the embedded node ended; it and all that uses it are started again")


#: What runs beside the node. The API listens first: where its port is taken, nothing else is worth its while.
PROCESSES = (
    ("-m", "api"),
    ("-m", "api.worker", "--lanes", "short"),
    ("-m", "api.worker", "--lanes", "long"),
)


class _Process:
    """One of them, and how often it was started of late."""

    def __init__(self, environment: dict[str, str], arguments: tuple[str, ...], lifeline: int) -> None:
        self._environment = environment
        self._arguments = arguments
        self._lifeline = lifeline
        self._ended: list[float] = []
        self._again = 0.0
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-P", *self._arguments, "--lifeline", str(self._lifeline)]
        self.process: subprocess.Popen[bytes] | None = subprocess.Popen(
            command, env=self._environment, start_new_session=True, pass_fds=(self._lifeline,)
        )

    def look(self) -> int | None:
        """Say that it ended, and start it again after a pause. The exit code where it ends too often; else None."""
        now = time.monotonic()
        if self.process is None:
            if now >= self._again:
                self.start()
            return None
        code = self.process.poll()
        if code is None:
            return None
        self.tell()
        self._ended = [moment for moment in self._ended if now - moment < RESTARTS_WITHIN_SECONDS] + [now]
        if len(self._ended) > MOST_RESTARTS:
            return code
        self.process, self._again = None, now + RESTART_SECONDS * 2 ** (len(self._ended) - 1)
        return None

    def tell(self) -> None:
        """Write down with which code it ended; a signal's is negative."""
        assert self.process is not None
        values = {"process": " ".join(self._arguments), "code": self.process.returncode}
        log.warning("the process %(process)s ended by itself with code %(code)d", values)

    def end(self) -> None:
        """Ask it to end."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def wait(self, seconds: float) -> None:
        """Wait until it has ended, and end it after so many seconds."""
        if self.process is None:
            return
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _run(environment: dict[str, str], until: Callable[[], bool]) -> int:
    """Keep all of them running until the API ends, or a worker again and again, whose exit code it gives; or until ``until``
    says so. All are ended then, and end by themselves where this process is killed."""
    lifeline, held = os.pipe()
    api, *workers = started = [_Process(environment, arguments, lifeline) for arguments in PROCESSES]
    try:
        while not until():
            assert api.process is not None
            if api.process.poll() is not None:
                api.tell()
                return api.process.returncode
            for worker in workers:
                code = worker.look()
                if code is not None:
                    return code
        return 0
    finally:
        for process in started:
            process.end()
        ends = time.monotonic() + SHUTDOWN_SECONDS
        for process in started:
            process.wait(max(0.0, ends - time.monotonic()))
        for end in (lifeline, held):
            os.close(end)


def _until_signal() -> threading.Event:
    """An event that SIGINT, SIGTERM and SIGHUP set."""
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    return stop
