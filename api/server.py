"""How the service listens; `api.__main__` and the tests use the same."""

from __future__ import annotations

import socket

import uvicorn
from fastapi import FastAPI

from api.desk import Desk

#: How long requests that run may take after a signal to end.
GRACE_SECONDS = 15
BACKLOG = 256
#: Largest head of a request.
HEAD_BYTES = 64 * 1024


def server_of(app: FastAPI, grace_seconds: int = GRACE_SECONDS) -> uvicorn.Server:
    """A server for ``app``, to be run on a listening socket. It names no software, and believes the headers of those
    proxies alone that the settings name."""
    desk: Desk = app.state.desk
    proxies = [str(network) for network in desk.workspace.settings.trusted_proxies]
    server = uvicorn.Server(config_of(app, proxies, grace_seconds))
    desk.ending = lambda: server.should_exit
    return server


def config_of(app: FastAPI, proxies: list[str], grace_seconds: int = GRACE_SECONDS) -> uvicorn.Config:
    """How any application is served here."""
    return uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, timeout_keep_alive=10,
        proxy_headers=bool(proxies), forwarded_allow_ips=proxies,
        timeout_graceful_shutdown=grace_seconds, h11_max_incomplete_event_size=HEAD_BYTES, ws="none", http="h11",
    )  # fmt: skip


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    # Connections inherit it. Without it an answer's head and body wait 40 ms for each other (asyncio sets it only on
    # sockets that name their protocol, which these do not).
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def address_of(listener: socket.socket) -> str:
    """Where the socket listens, as people open it."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
