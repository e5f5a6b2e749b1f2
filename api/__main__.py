"""``python -m api``: the service as a process of its own. ``pearl serve`` starts it beside the node."""

from __future__ import annotations

import argparse
import logging
import socket
from pathlib import Path

import uvicorn

from api.app import create_app
from chain.commands.keys import any_key, make_key
from chain.commands.workspace import OPERATOR, open_workspace
from chain.errors import PearlError
from chain.language import language_of_environment, translate
from chain.settings import Settings

#: How long requests that run may take after a signal to end.
GRACE_SECONDS = 15
BACKLOG = 256


def main() -> int:
    """Open the home, listen, print the address, and the first key when there is none yet. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m api", description="The API of one home directory.")
    parser.add_argument("--home", type=Path, help="directory that holds all state (default: PEARL_HOME, ./var)")
    given = parser.parse_args()
    settings = Settings()
    if given.home is not None:
        settings = settings.model_copy(update={"home": given.home})
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    language = language_of_environment()
    try:
        # Listening comes first: two services on one port must not both open the home.
        listener = _listen(settings.api_host, settings.api_port)
        with listener, open_workspace(settings) as workspace:
            server = uvicorn.Server(
                uvicorn.Config(
                    create_app(workspace), log_config=None, server_header=False, proxy_headers=False,
                    timeout_graceful_shutdown=GRACE_SECONDS, timeout_keep_alive=10, h11_max_incomplete_event_size=65_536,
                )
            )  # fmt: skip
            host, port = listener.getsockname()[:2]
            shown = f"[{host}]" if ":" in host else host
            _say(translate("Pearlchain: http://{host}:{port}", language).format(host=shown, port=port))
            if not any_key(workspace):
                _, key = make_key(workspace, OPERATOR, "first key")
                _say(translate("key of the operator, shown only now: {key}", language).format(key=key))
            server.run(sockets=[listener])
    except PearlError as error:
        print(f"pearl: {error.text(language)} [{error.rule}]", flush=True)
        return 1
    except OSError as error:
        print(f"pearl: {settings.api_host}:{settings.api_port}: {error.strerror}", flush=True)
        return 1
    return 0


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=BACKLOG)


def _say(text: str) -> None:
    # A pipe is buffered by blocks; whoever started the service waits for these lines.
    print(text, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
