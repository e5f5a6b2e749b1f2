"""Keep things running: the embedded node alone, or node, indexer and API together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from types import FrameType

from chain.issuance.node import EmbeddedNode
from chain.settings import Settings

#: How long the API may take to finish its requests before it is ended.
SHUTDOWN_SECONDS = 20


def keep_node(settings: Settings, started: Callable[[str], None]) -> None:
    """Run the embedded node until SIGINT, SIGTERM or SIGHUP, then end it with its state on disk."""
    stop = _until_signal()
    node = EmbeddedNode(settings.node_folder, port=settings.node_port)
    try:
        started(node.start())
        stop.wait()
    finally:
        node.stop()


def serve_api(settings: Settings) -> int:
    """Start the node (unless PEARL_NODE_URL names one), and the API with its indexer as a process of its own.

    Returns the API's exit code. The API prints its address, and the first key when it makes one.
    """
    stop = _until_signal()
    node = None if settings.node_url else EmbeddedNode(settings.node_folder, port=settings.node_port)
    environment = os.environ | {"PEARL_HOME": str(settings.home)}
    try:
        if node is not None:
            node.start()  # the API finds it running in the home, and keeps its clock
        api = subprocess.Popen([sys.executable, "-m", "api"], env=environment, start_new_session=True)
        try:
            while api.poll() is None and not stop.wait(0.2):
                pass
        finally:
            if api.poll() is None:
                api.send_signal(signal.SIGTERM)
                try:
                    api.wait(SHUTDOWN_SECONDS)
                except subprocess.TimeoutExpired:
                    api.kill()
                    api.wait()
        return 0 if stop.is_set() else api.returncode
    finally:
        if node is not None:
            node.stop()


def _until_signal() -> threading.Event:
    """An event that SIGINT, SIGTERM and SIGHUP set."""
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    return stop
