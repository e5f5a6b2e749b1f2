"""Bringing a message to an address that somebody outside named, without becoming their way into the network here.

The name is resolved one time and its addresses are checked; the connection goes to an address that was checked, whatever the
name says a moment later, while the certificate still has to be the name's. Redirects are not followed, no proxy and no
credentials of this machine are used, and neither a slow nor an endless answer holds the sender for long.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple

import httpx

from chain.errors import PearlError

#: How long a receiver may take for its answer, with the connection to it.
ANSWER_SECONDS = 10.0
CONNECT_SECONDS = 5.0
#: An answer's body means nothing; so much of it is read that the connection can be used again, and for no longer than this.
BODY_BYTES = 16 * 1024
BODY_SECONDS = 1.0
#: So many addresses of a name are tried.
MOST_ADDRESSES = 4
#: Public addresses at which clouds answer their own machines, with those machines' credentials.
METADATA = frozenset({ipaddress.ip_address("168.63.129.16")})
#: What the registries keep for protocols, for nobody any more, or for examples, and the library calls global.
KEPT = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24", "fec0::/10", "3fff::/20", "5f00::/16")))
#: Networks of IPv6 whose addresses hold one of IPv4 that a gateway sends on to.
TRANSLATING = tuple(map(ipaddress.IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96")))

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], list[str]]
"""``resolve(name, port)``: the name's addresses, the one to prefer first. Raises OSError, UnicodeError."""


class ReceiverRefused(PearlError):
    message = "nothing is sent to {url}: {reason}"
    next_step = "name an address https://HOST/… on the public internet, without user, password and fragment"


class Answer(NamedTuple):
    """What a receiver said. ``failure``: in a word, why it said nothing; ``retry_after``: seconds that it asks to wait."""

    status: int | None
    failure: str | None = None
    retry_after: float | None = None

    @property
    def received(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def resolve_name(name: str, port: int) -> list[str]:
    """The addresses that this machine knows for a name."""
    found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def check_url(url: str, *, private_networks: bool) -> httpx.URL:
    """The address, if it is one that messages may go to as far as it says by itself. Raises ReceiverRefused.

    What its name leads to is checked whenever something is sent there.
    """
    shown = url[:100]
    try:
        parsed = httpx.URL(url)
        host = parsed.host  # which is decoded only here
    except (httpx.InvalidURL, UnicodeError):
        raise ReceiverRefused(url=shown, reason="it is no address of the web") from None
    plain = url.isprintable() and " " not in url  # what the parser would put right by itself
    port = parsed.port is None or 0 < parsed.port < 2**16
    if not (plain and port and parsed.is_absolute_url and host) or parsed.userinfo or parsed.fragment:
        raise ReceiverRefused(url=shown, reason="it is no address of the web")
    if parsed.scheme != "https" and not (private_networks and parsed.scheme == "http" and _is_loopback(host)):
        raise ReceiverRefused(url=shown, reason="it is not encrypted (https)")
    with suppress(ValueError):
        if not may_be_reached(ipaddress.ip_address(host), private_networks=private_networks):
            raise ReceiverRefused(url=shown, reason="it is in a network that is nobody's to reach from here")
    return parsed


def may_be_reached(address: Address, *, private_networks: bool) -> bool:
    """Whether messages may go to an address: only to global ones, unless loopback and private networks are allowed too.

    Link-local addresses (among them where clouds keep a machine's credentials), multicast, reserved and unspecified ones
    never are. An address of IPv6 that only wraps one of IPv4 is what it wraps, or none where a gateway would unwrap it.
    """
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return may_be_reached(address.ipv4_mapped, private_networks=private_networks)
        if address.is_loopback:
            return private_networks
        if address.scope_id is not None or any(address in network for network in TRANSLATING):
            return False
    if address.is_multicast or address.is_link_local or address.is_unspecified or address in METADATA:
        return False
    if any(address in network for network in KEPT):
        return False
    if address.is_reserved or (address.version == 4 and address in ipaddress.ip_network("0.0.0.0/8")):
        return False
    return address.is_global or (private_networks and address.is_private)


class Receiver:
    """One address, for some messages in a row. Use it in one thread."""

    def __init__(
        self, url: str, *, private_networks: bool, tls: ssl.SSLContext, resolve: Resolve = resolve_name
    ) -> None:  # fmt: skip
        self._given = url
        self._private = private_networks
        self._resolve = resolve
        self._tls = tls
        self._addresses: list[str] = []
        self._kept = False  # whether the receiver answered on a connection that may still be open

    def __enter__(self) -> Receiver:
        self._runner = asyncio.Runner()
        self._client = httpx.AsyncClient(
            verify=self._tls, trust_env=False, follow_redirects=False, http2=False,
            timeout=httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
            limits=httpx.Limits(max_connections=1, max_keepalive_connections=1),
        )  # fmt: skip
        return self

    def __exit__(self, *_: object) -> None:
        with self._runner as runner:
            runner.run(self._client.aclose())

    def post(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send one message. Whatever happens out there is an answer."""
        return self._runner.run(self._post(headers, body))

    async def _post(self, headers: Mapping[str, str], body: bytes) -> Answer:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                url = check_url(self._given, private_networks=self._private)
                if not self._addresses:
                    self._addresses = await self._checked(url)
                try:
                    response = await self._send(url, headers, body)
                except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
                    # A receiver may end a kept connection in the moment in which it is used again.
                    if not self._kept:
                        raise
                    self._kept = False
                    response = await self._send(url, headers, body)
                self._kept = True
        except ReceiverRefused:
            return Answer(None, "address refused")
        except (TimeoutError, httpx.TimeoutException):
            return Answer(None, "no answer in time")
        except (OSError, UnicodeError):
            return Answer(None, "name unknown")
        except httpx.ConnectError as error:
            return Answer(None, "certificate refused" if _is_of_tls(error) else "no connection")
        except httpx.HTTPError:
            return Answer(None, "answer malformed")
        await _drain(response)
        return Answer(response.status_code, None, _wait(response.headers.get("retry-after", "")))

    async def _checked(self, url: httpx.URL) -> list[str]:
        """The addresses behind the name. Raises ReceiverRefused where one of them is not to be reached."""
        name, port = url.raw_host.decode(), url.port or (443 if url.scheme == "https" else 80)
        found = (await asyncio.to_thread(self._resolve, name, port))[:MOST_ADDRESSES]
        if not found:
            raise OSError("no address")
        for text in found:
            address = ipaddress.ip_address(text)
            only_loopback = url.scheme == "http" and not address.is_loopback
            if only_loopback or not may_be_reached(address, private_networks=self._private):
                raise ReceiverRefused(
                    url=self._given[:100], reason="it is in a network that is nobody's to reach from here"
                )
        return found

    async def _send(self, url: httpx.URL, headers: Mapping[str, str], body: bytes) -> httpx.Response:
        for address in list(self._addresses):
            request = self._client.build_request(
                "POST", url.copy_with(host=address), content=body,
                headers={**headers, "Host": url.netloc.decode()},
                extensions={"sni_hostname": url.raw_host.decode()},
            )  # fmt: skip
            try:
                return await self._client.send(request, stream=True)
            except httpx.ConnectError as error:
                if _is_of_tls(error) or len(self._addresses) == 1:
                    raise
                self._addresses.remove(address)
        raise AssertionError("the last address gives an answer or an error")


async def _drain(response: httpx.Response) -> None:
    """Read what little an answer may hold, and leave the rest."""
    read = 0
    with suppress(TimeoutError, httpx.HTTPError):
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in response.aiter_raw():
                read += len(chunk)
                if read > BODY_BYTES:
                    break
    with suppress(httpx.HTTPError):
        await response.aclose()


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_of_tls(error: BaseException) -> bool:
    """Whether the connection was there, and what failed is to agree on its encryption."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def _wait(text: str) -> float | None:
    """Seconds of a Retry-After header (RFC 9110, 10.2.3); None where it says nothing that is understood."""
    if text.isascii() and text.isdigit() and len(text) <= 9:
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
        return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
    except (ValueError, OverflowError):
        return None
