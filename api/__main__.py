"""``python -m api``: the service as a process of its own. ``pearl serve`` starts it beside the node."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from types import FrameType

from api.app import create_app
from api.server import address_of, listen, server_of
from api.telemetry import configure_traces
from chain.commands.keys import any_key, make_key
from chain.commands.workspace import OPERATOR, open_workspace
from chain.ending import end_with
from chain.errors import PearlError
from chain.language import language_of_environment, translate
from chain.logs import configure_logs
from chain.settings import Settings


def main() -> int:
    """Open the home, listen, print the address, and the first key when there is none yet. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m api", description="The API of one home directory.")
    parser.add_argument("--home", type=Path, help="directory that holds all state (default: PEARL_HOME, ./var)")
    parser.add_argument("--lifeline", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.lifeline is not None:
        end_with(given.lifeline)
    settings = Settings()
    if given.home is not None:
        settings = settings.model_copy(update={"home": given.home})
    configure_logs(settings)
    configure_traces(settings)
    language = language_of_environment()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)
    try:
        # Listening comes first: where another service has the port, the home is not opened at all.
        with (
            listen(settings.api_host, settings.api_port) as listener,
            open_workspace(settings, catches_up=False) as workspace,
        ):
            _say(translate("Pearlchain is at {address}", language).format(address=address_of(listener)))
            if not any_key(workspace):
                _, key = make_key(workspace, OPERATOR, "first key")
                _say(translate("key of the operator, shown only now: {key}", language).format(key=key))
            server_of(create_app(workspace)).run(sockets=[listener])
    except PearlError as error:
        print(f"pearl: {error.text(language)} [{error.rule}]", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"pearl: {settings.api_host}:{settings.api_port}: {error.strerror or error}", file=sys.stderr)
        return 1
    return 0


def _end(_number: int, _frame: FrameType | None) -> None:
    """Leave through the context managers, so that a node that this process started is stopped with its state on disk.

    The server takes the signals over while it runs, finishes its requests, and then raises them again.
    """
    raise SystemExit(0)


def _say(text: str) -> None:
    # A pipe is buffered by blocks, and whoever started the service waits for these lines.
    print(text, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
