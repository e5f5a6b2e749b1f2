"""A client that costs little beside the service that it asks: requests are bytes, of answers only the length is read."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Asked:
    """Answers that came, the seconds that it took, and those that each took, in ascending order."""

    seconds: float
    latencies: tuple[float, ...]

    @property
    def each(self) -> float:
        """Seconds for each answer, all connections together: one by the rate."""
        return self.seconds / len(self.latencies)

    def quantile(self, share: float) -> float:
        """Within so many seconds such a share of the answers came."""
        return self.latencies[min(len(self.latencies) - 1, int(len(self.latencies) * share))]


def request(address: str, path: str, key: str | None = None) -> bytes:
    """A read on a connection that stays open."""
    bearer = f"Authorization: Bearer {key}\r\n" if key else ""
    return f"GET {path} HTTP/1.1\r\nHost: {urlsplit(address).netloc}\r\n{bearer}\r\n".encode()


def command(address: str, path: str, key: str, body: bytes) -> bytes:
    """A command on a connection that stays open, with an idempotency key of its own."""
    head = (
        f"POST {path} HTTP/1.1", f"Host: {urlsplit(address).netloc}", f"Authorization: Bearer {key}",
        f"Idempotency-Key: {uuid.uuid4()}", "Content-Type: application/json", f"Content-Length: {len(body)}",
    )  # fmt: skip
    return "\r\n".join((*head, "", "")).encode() + body


def ask(address: str, requests: Iterator[bytes], connections: int, seconds: float) -> Asked:
    """Ask one after the other, each connection with one request at a time. Raises ValueError on any answer but 200 and 202."""
    return asyncio.run(_ask(address, requests, connections, seconds))


async def _ask(address: str, requests: Iterator[bytes], connections: int, seconds: float) -> Asked:
    parts = urlsplit(address)
    loop = asyncio.get_running_loop()
    started = perf_counter()
    asking = [_Asking(requests, started + seconds, loop.create_future()) for _ in range(connections)]
    for one in asking:
        await loop.create_connection(lambda one=one: one, parts.hostname, parts.port)  # type: ignore[misc]
    await asyncio.gather(*(one.ended for one in asking))
    taken = perf_counter() - started
    return Asked(taken, tuple(sorted(latency for one in asking for latency in one.latencies)))


class _Asking(asyncio.Protocol):
    """One connection."""

    def __init__(self, turns: Iterator[bytes], until: float, ended: asyncio.Future[None]) -> None:
        self.latencies: list[float] = []
        self.ended = ended
        self._turns, self._until = turns, until
        self._read = bytearray()
        self._length = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._next()

    def _next(self) -> None:
        self._read.clear()
        self._length = 0
        self._asked = perf_counter()
        self._transport.write(next(self._turns))

    def data_received(self, data: bytes) -> None:
        self._read += data
        if not self._length:
            head = self._read.find(b"\r\n\r\n")
            if head < 0:
                return
            if not self._read.startswith((b"HTTP/1.1 200", b"HTTP/1.1 202")):
                self._end(ValueError(self._read.decode(errors="replace")))
                return
            told = self._read[:head].lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
            self._length = head + 4 + int(told)
        if len(self._read) >= self._length:
            now = perf_counter()
            self.latencies.append(now - self._asked)
            if now < self._until:
                self._next()
            else:
                self._end(None)

    def connection_lost(self, error: Exception | None) -> None:
        self._end(error or ConnectionError("the service hung up"))

    def _end(self, error: Exception | None) -> None:
        if not self.ended.done():
            if error is None:
                self.ended.set_result(None)
            else:
                self.ended.set_exception(error)
        self._transport.close()
