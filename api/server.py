"""How the service listens; `api.__main__` and the tests use the same."""

from __future__ import annotations

import asyncio
import socket

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol, h11  # type: ignore[attr-defined]

from api.desk import Desk

#: How long requests that run may take after a signal to end.
GRACE_SECONDS = 15
BACKLOG = 256
#: Largest head of a request.
HEAD_BYTES = 64 * 1024
#: So long a client may take to begin a request, and so much longer for what it sends of it.
PATIENCE_SECONDS = 20.0
SLOWEST_BYTES_PER_SECOND = 4 * 1024
#: Connections that may be open at once; each takes a file of the process.
MOST_CONNECTIONS = 800


class Hurried(H11Protocol):
    """HTTP/1.1 as the server speaks it, with an end to how long a client may keep it waiting for a request's head and body.
    What comes more slowly is broken off, and so is a connection more than may be open."""

    patience_seconds = PATIENCE_SECONDS
    most_connections = MOST_CONNECTIONS

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._patience: asyncio.TimerHandle | None = None
        self._until = 0.0
        super().connection_made(transport)
        if len(self.connections) > self.most_connections:
            transport.abort()
        else:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
            self._stop_waiting()  # the whole request is here
        elif self._patience is None:
            self._wait()
        elif not self._is_answered():
            self._until += len(data) / SLOWEST_BYTES_PER_SECOND

    def _is_answered(self) -> bool:
        """Whether what still comes belongs to a request that was answered before it had come."""
        return self.conn.their_state is h11.SEND_BODY and self.cycle.response_complete

    def _wait(self) -> None:
        self._until = self.loop.time() + self.patience_seconds
        self._patience = self.loop.call_at(self._until, self._look)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _look(self) -> None:
        """Break off where the time is over; who waits for us, because we have not read what it sent, has more of it."""
        if self.flow.read_paused:
            self._wait()
        elif self.loop.time() < self._until:
            self._patience = self.loop.call_at(self._until, self._look)
        else:
            self._patience = None
            self.transport.abort()


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
        timeout_graceful_shutdown=grace_seconds, h11_max_incomplete_event_size=HEAD_BYTES, ws="none", http=Hurried,
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
