"""Nodes that are asked for blocks and logs: one after the other, when one fails, lags, or takes too long.

Answers are read as what they are asked for (`msgspec`), and nothing more of them; a log of the contracts is a few hundred bytes,
and a catch-up reads millions.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from msgspec import Meta, Struct
from urllib3 import HTTPHeaderDict, PoolManager, Timeout
from urllib3.exceptions import HTTPError, ReadTimeoutError

from chain.errors import PearlError, Unavailable
from chain.issuance.node_names import ChainOther, reason, shown

log = logging.getLogger("pearl.indexer")

CONNECT_SECONDS, READ_SECONDS = 5, 30
#: Requests in one HTTP request.
MOST_TOGETHER = 100
#: Of one answer; the logs of a range that the indexer asks for are less than half of it.
MOST_BYTES = 128 << 20
#: An endpoint whose chain is shorter than another's by more is left for that one.
LAG_BLOCKS = 3

Result = TypeVar("Result")
Text = Annotated[str, Meta(pattern="^0x[0-9a-f]+$")]
"""A number or a hash: 0x text in lower case."""


class RangeRefused(PearlError):
    """The node does not tell so many logs together, or not in time."""

    message = "the node at {endpoint} does not tell the logs of blocks {first} to {last}: {reason}"
    next_step = "raise the node's limits on eth_getLogs, or name another node"


class Log(Struct, gc=False, rename="camel"):
    """A log, as `eth_getLogs` tells it; numbers are 0x text."""

    address: str
    topics: list[str]
    data: str
    block_number: str
    block_hash: str
    log_index: str
    transaction_hash: str


class Header(Struct, gc=False):
    """What counts of a block's header; numbers are 0x text."""

    number: Text
    hash: Text
    timestamp: Text


class _Failure(Struct):
    message: str = ""


class _Answer(Struct, Generic[Result]):
    id: int | None = None
    result: Result | None = None
    error: _Failure | None = None


class _Unread(Struct):
    """An answer whose question tells what it is."""

    id: int | None = None
    result: msgspec.Raw = msgspec.Raw(b"null")
    error: _Failure | None = None


_answers = msgspec.json.Decoder(list[_Unread] | _Unread)
_logs = msgspec.json.Decoder(list[Log] | None)
_header = msgspec.json.Decoder(Header | None)
_headers = msgspec.json.Decoder(list[_Answer[Header]])
_text = msgspec.json.Decoder(_Answer[Text])


class _Failed(Exception):
    """An endpoint does not answer, or not with what it was asked for."""


class _TooLong(_Failed):
    """It answers more than is read of one."""


class Endpoints:
    """Some nodes of one chain. One is asked until it fails; then the next. Pickled, it begins with the one that is asked now."""

    def __init__(self, urls: Sequence[str]) -> None:
        self.urls = tuple(urls)
        self._pool = PoolManager(
            num_pools=len(self.urls), maxsize=2, retries=False, timeout=Timeout(CONNECT_SECONDS, READ_SECONDS),
            headers=HTTPHeaderDict({"content-type": "application/json"}),
        )  # fmt: skip
        self._current = 0
        self._chain: tuple[str, str] | None = None
        self._known: set[str] = set()

    def __reduce__(self) -> tuple[type[Endpoints], tuple[Sequence[str]]]:
        return Endpoints, ((*self.urls[self._current :], *self.urls[: self._current]),)

    def head(self) -> int:
        """Number of the newest block that any endpoint knows; one that is not behind it is asked from now on.

        Raises Unavailable, ChainOther.
        """
        heads: dict[int, int] = {}
        for place, url in enumerate(self.urls):
            try:
                self._check(url)
                heads[place] = int(self._one(url, _text, "eth_blockNumber", []), 16)
            except _Failed as error:
                log.warning("%(node)s: %(reason)s", {"node": shown(url), "reason": reason(error, url)})
        if not heads:
            raise Unavailable(what="the node at {endpoint}", endpoint=", ".join(map(shown, self.urls)))
        best = max(heads, key=heads.__getitem__)
        if self._current not in heads or heads[self._current] < heads[best] - LAG_BLOCKS:
            left = {"node": shown(self.urls[self._current]), "other": shown(self.urls[best])}
            log.warning("%(node)s is left for %(other)s", left)
            self._current = best
        return heads[self._current]

    def headers(self, numbers: Iterable[int]) -> dict[int, Header]:
        """The headers of the blocks that are on the chain. Raises Unavailable, ChainOther."""
        wanted = sorted(numbers)
        found: dict[int, Header] = {}
        for start in range(0, len(wanted), MOST_TOGETHER):
            part = wanted[start : start + MOST_TOGETHER]
            found |= self._ask(lambda url, part=part: self._headers(url, part))  # type: ignore[misc]
        return found

    def logs(self, first: int, last: int, addresses: Sequence[str]) -> tuple[list[Log], Header | None]:
        """All logs that the contracts at ``addresses`` wrote in these blocks, and the header of the last one as the same node
        has it then: behind one address there may be several, and one that has not come so far has fewer logs, and no such header.

        Raises RangeRefused, Unavailable, ChainOther.
        """
        named = {"fromBlock": hex(first), "toBlock": hex(last), "address": list(addresses)}
        asked = [_request("eth_getLogs", [named]), _request("eth_getBlockByNumber", [hex(last), False]) | {"id": 2}]

        def refusal(url: str, why: str) -> Exception:
            if first == last:  # which cannot be asked for in parts
                return _Failed(why)
            return RangeRefused(endpoint=shown(url), first=first, last=last, reason=why)

        def ask(url: str) -> tuple[list[Log], Header | None]:
            try:
                answers = _read(_answers, self._post(url, asked))
            except (ReadTimeoutError, _TooLong) as error:
                raise refusal(url, reason(error, url)) from error
            except HTTPError as error:
                raise _Failed(error) from error
            by_id = {one.id: one for one in ([answers] if isinstance(answers, _Unread) else answers)}
            if failure := next((by_id[one].error for one in (1, None) if one in by_id), None):
                raise refusal(url, failure.message)  # of the logs, or of both together
            if by_id.keys() != {1, 2}:
                raise _Failed("it does not answer each of two questions")
            found = _read(_logs, by_id[1].result)
            if found is None:
                raise _Failed("no answer to eth_getLogs")
            return _sound(found, first, last), _read(_header, by_id[2].result)

        return self._ask(ask)

    def doubt(self) -> None:
        """Ask the next endpoint from now on, if there is one: what the current one tells does not fit together."""
        self._current = (self._current + 1) % len(self.urls)

    def _ask(self, do: Callable[[str], Result]) -> Result:
        """What the first endpoint answers that answers at all, from the current one on."""
        for _ in self.urls:
            url = self.urls[self._current]
            try:
                self._check(url)
                return do(url)
            except _Failed as error:
                log.warning("%(node)s: %(reason)s", {"node": shown(url), "reason": reason(error, url)})
                self._current = (self._current + 1) % len(self.urls)
        raise Unavailable(what="the node at {endpoint}", endpoint=", ".join(map(shown, self.urls)))

    def _check(self, url: str) -> None:
        """That the endpoint is on the chain of those that were asked before; looked at once."""
        if url in self._known:
            return
        genesis = self._headers(url, [0]).get(0)
        if genesis is None:
            raise _Failed("it does not tell block 0")
        chain = (self._one(url, _text, "eth_chainId", []), genesis.hash)
        if self._chain is None:
            self._chain = chain
        elif chain != self._chain:
            raise ChainOther(endpoint=shown(url), other=shown(next(iter(self._known))))
        self._known.add(url)

    def _headers(self, url: str, numbers: Sequence[int]) -> dict[int, Header]:
        asked = [
            {"jsonrpc": "2.0", "id": n, "method": "eth_getBlockByNumber", "params": [hex(n), False]} for n in numbers
        ]
        try:
            answers = _read(_headers, self._post(url, asked))
        except HTTPError as error:
            raise _Failed(error) from error
        if failure := next((one.error for one in answers if one.error is not None), None):
            raise _Failed(failure.message)
        return {int(one.result.number, 16): one.result for one in answers if one.result is not None}

    def _one(
        self, url: str, decoder: msgspec.json.Decoder[_Answer[Result]], method: str, parameters: list[Any]
    ) -> Result:
        try:
            answer = _read(decoder, self._post(url, _request(method, parameters)))
        except HTTPError as error:
            raise _Failed(error) from error
        if answer.error is not None or answer.result is None:
            raise _Failed(answer.error.message if answer.error else f"no answer to {method}")
        return answer.result

    def _post(self, url: str, body: Any) -> bytes:
        response = self._pool.request("POST", url, body=msgspec.json.encode(body), preload_content=False)
        try:
            told = response.read(MOST_BYTES + 1)
            if response.status != 200:
                raise _Failed(f"HTTP {response.status}")
            if len(told) > MOST_BYTES:
                raise _TooLong(f"an answer of more than {MOST_BYTES:,} bytes")
        except BaseException:
            response.close()
            raise
        response.release_conn()
        return told


def _request(method: str, parameters: list[Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}


def _sound(logs: list[Log], first: int, last: int) -> list[Log]:
    """The logs, if they can be what was asked for: of these blocks, each once, in the order of the chain, in lower case."""
    before = first, -1
    try:
        for log in logs:
            place = int(log.block_number, 16), int(log.log_index, 16)
            if place <= before or place[0] > last or not log.address.islower():
                raise _Failed(f"it tells of blocks {first} to {last} what was not asked for, or not as nodes do")
            before = place
    except ValueError as error:
        raise _Failed(error) from error
    return logs


def _read(decoder: msgspec.json.Decoder[Result], body: bytes | msgspec.Raw) -> Result:
    try:
        return decoder.decode(body)
    except msgspec.MsgspecError as error:
        raise _Failed(error) from error
