"""Keep things running: the embedded node alone, or node, indexer and API together."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from types import FrameType

from chain.issuance.node import EmbeddedNode
from chain.logs import configure_logs
from chain.settings import Settings

#: How long the API may take to finish its requests before it is ended.
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
    """Start the node (unless PEARL_NODE_URL names one), and the API with its indexer as a process of its own.

    Where the node ends before they are told to, whoever had started it, both are started again: the API then sends what the
    node forgot. Returns the API's exit code. The API prints its address, and the first key when it makes one.
    """
    configure_logs(settings)
    stop = _until_signal()
    node = None if settings.node_url else EmbeddedNode(settings.node_folder, port=settings.node_port)
    environment = os.environ | {"PEARL_HOME": str(settings.home)}
    while True:
        try:
            if node is not None:
                node.start()  # the API finds it running in the home, and keeps its clock
            code = _run_api(environment, lambda: stop.wait(LOOK_SECONDS) or (node is not None and node.ended))
            if stop.is_set():
                return 0
            if node is None or not node.ended:
                return code
        finally:
            if node is not None:
                node.stop()
        log.warning("the embedded node ended; it and the API are started again")


def _run_api(environment: dict[str, str], until: Callable[[], bool]) -> int:
    """Its exit code, once it ends by itself or is ended."""
    api = subprocess.Popen([sys.executable, "-P", "-m", "api"], env=environment, start_new_session=True)
    try:
        while api.poll() is None and not until():
            pass
    finally:
        if api.poll() is None:
            api.send_signal(signal.SIGTERM)
            try:
                api.wait(SHUTDOWN_SECONDS)
            except subprocess.TimeoutExpired:
                api.kill()
                api.wait()
    return api.returncode


def _until_signal() -> threading.Event:
    """An event that SIGINT, SIGTERM and SIGHUP set."""
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    return stop
