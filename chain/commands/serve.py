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
    node forgot. Returns the exit code of whichever of the others ended first. The API prints its address, and the first key
    when it makes one.
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


def _run(environment: dict[str, str], until: Callable[[], bool]) -> int:
    """The exit code of the first that ends by itself; all are ended then, or once ``until`` says so."""
    started = [
        subprocess.Popen([sys.executable, "-P", *arguments], env=environment, start_new_session=True)
        for arguments in PROCESSES
    ]
    try:
        while all(process.poll() is None for process in started) and not until():
            pass
        return next((process.returncode for process in started if process.returncode is not None), 0)
    finally:
        for process in started:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        ends = time.monotonic() + SHUTDOWN_SECONDS
        for process in started:
            try:
                process.wait(max(0.0, ends - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _until_signal() -> threading.Event:
    """An event that SIGINT, SIGTERM and SIGHUP set."""
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    return stop
