"""Bearer tokens of an OpenID Connect provider: whom one names, once everything about it is checked.

A token is a signed JWT (RFC 7519, RFC 9068) that the provider made for this service: its audience says so. The provider's
keys come from where its discovery document says (OpenID Connect Discovery 1.0), are kept, and fetched again for a key that
is not among them, but only so often: who sends tokens of invented keys makes this service ask nobody more.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry, extract_compact
from joserfc.jwt import JWTClaimsRegistry, decode

from chain.commands.callers import CallerUnknown
from chain.content import is_plain
from chain.errors import Unavailable
from chain.settings import PROVIDER, Settings

log = logging.getLogger("pearl.api")

#: Largest token, and largest document that the provider may answer with; real ones have a tenth.
TOKEN_BYTES = 16 * 1024
DOCUMENT_BYTES = 256 * 1024
MOST_KEYS = 100
#: How long a connection to the provider, and how long all of asking it, may take.
CONNECT_SECONDS = 3.0
WHOLE_SECONDS = 6.0
#: The provider is asked again no sooner than this, whether it answered or not.
AGAIN_SECONDS = 10.0
#: Keys are fetched anew after so long, and count no more after so long without an answer of the provider.
FRESH_SECONDS = 3_600.0
LAST_SECONDS = 86_400.0
#: RSA keys with fewer bits sign nothing that is believed (RFC 7518, 3.3).
LEAST_RSA_BITS = 2_048
#: What a token may say it is: an access token (RFC 9068), or just a JWT. A logout token, a proof and the like are none.
TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})
KINDS: Mapping[str, type[RSAKey | ECKey | OKPKey]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}

Key = RSAKey | ECKey | OKPKey


class TokenRefused(CallerUnknown):
    """One sentence for whatever is wrong: who tries tokens out learns nothing from it."""

    message = "the token is none that this service takes"
    next_step = "get a new one from your identity provider, made for this service"


class Provider:
    """One identity provider, and its keys. Belongs to one event loop."""

    def __init__(
        self, issuer: str, audience: str, algorithms: tuple[str, ...], skew_seconds: int, *,
        again_seconds: float = AGAIN_SECONDS, fresh_seconds: float = FRESH_SECONDS, last_seconds: float = LAST_SECONDS,
    ) -> None:  # fmt: skip
        self.issuer = issuer
        self._algorithms = algorithms
        self._registry = JWSRegistry(algorithms=algorithms, strict_check_header=False)
        self._claims = JWTClaimsRegistry(
            leeway=skew_seconds, iss={"essential": True, "value": issuer}, aud={"essential": True, "value": audience},
            sub={"essential": True}, exp={"essential": True}, iat={"essential": True},
        )  # fmt: skip
        self._again, self._fresh, self._last = again_seconds, fresh_seconds, last_seconds
        self._keys: dict[str, Key] = {}
        self._fetched = self._tried = float("-inf")
        self._away = False
        self._asking = asyncio.Lock()
        self._renewal: asyncio.Task[None] | None = None

    async def subject_of(self, token: str) -> str:
        """The subject of a token that holds. Raises TokenRefused; Unavailable, where the provider's keys cannot be had."""
        try:
            header = _header_of(token)
            algorithm, name = header.get("alg"), header.get("kid")
            if algorithm not in self._algorithms or not isinstance(name, str | None):
                raise TokenRefused()
            if str(header.get("typ", "JWT")).lower() not in TYPES:
                raise TokenRefused()
            key = await self._key(name)
            if key.get("alg") not in (None, algorithm):
                raise TokenRefused()
            claims = decode(token, key, registry=self._registry).claims
            self._claims.validate(claims)
            if "cnf" in claims:  # it is bound to a key of its holder's, whose proof nobody here checks (RFC 7800)
                raise TokenRefused()
            subject = str(claims["sub"])
            if not is_plain(subject):
                raise TokenRefused()
            return subject
        except (JoseError, ValueError, TypeError, KeyError, RecursionError) as error:
            log.info("a token was refused (%(error)s)", {"error": type(error).__name__})
            raise TokenRefused() from None

    async def _key(self, name: str | None) -> Key:
        now = time.monotonic()
        if now - self._fetched > self._last:
            self._keys = {}
        elif now - self._fetched > self._fresh and (self._renewal is None or self._renewal.done()):
            # Nobody waits for it: the keys that are known are good meanwhile.
            self._renewal = asyncio.create_task(self._fetch())
        found = self._named(name)
        if found is None:
            await self._fetch()
            found = self._named(name)
        if found is None:
            if self._away or not self._keys:
                raise Unavailable(what="the identity provider")
            raise TokenRefused()
        return found

    def _named(self, name: str | None) -> Key | None:
        """The key of that name; a token that names none is of the only one."""
        if name is None:
            return next(iter(self._keys.values())) if len(self._keys) == 1 else None
        return self._keys.get(name)

    async def _fetch(self) -> None:
        """Ask the provider for its keys, unless it was asked a moment ago. Those who wait are served by one asking."""
        async with self._asking:
            if time.monotonic() - self._tried < self._again:
                return
            try:
                self._keys = await asyncio.wait_for(_keys_of(self.issuer), WHOLE_SECONDS)
                self._fetched, self._away = time.monotonic(), False
            except (httpx.HTTPError, ValueError, TypeError, KeyError, RecursionError, TimeoutError) as error:
                self._away = True
                log.warning("the identity provider's keys cannot be had (%(error)s)", {"error": type(error).__name__})
            finally:
                self._tried = time.monotonic()


def provider_of(settings: Settings) -> Provider | None:
    """The provider that is set, if one is."""
    if settings.oidc_issuer is None or settings.oidc_audience is None:
        return None
    return Provider(
        settings.oidc_issuer, settings.oidc_audience, settings.oidc_algorithms, settings.oidc_clock_skew_seconds
    )


def _header_of(token: str) -> Mapping[str, Any]:
    """A token's header, which nobody has vouched for yet."""
    if len(token) > TOKEN_BYTES:
        raise TokenRefused()
    return extract_compact(token.encode()).headers()


async def _keys_of(issuer: str) -> dict[str, Key]:
    """The provider's keys for signatures, by their names. Raises httpx.HTTPError, ValueError, TypeError, KeyError."""
    # Redirects are not followed: where the keys are, the document at the issuer's own address says.
    async with httpx.AsyncClient(timeout=CONNECT_SECONDS, headers={"Accept-Encoding": "identity"}) as client:
        about = await _document(client, issuer.rstrip("/") + "/.well-known/openid-configuration")
        if about["issuer"] != issuer or not re.match(PROVIDER, about["jwks_uri"]):
            raise ValueError("the document is not of this issuer")
        listed = (await _document(client, about["jwks_uri"]))["keys"]
    if len(listed) > MOST_KEYS:
        raise ValueError("there are too many keys")
    found: dict[str, Key] = {}
    for one in listed:
        key = _usable(one)
        if key is not None:
            found[str(one.get("kid", ""))] = key
    return found


async def _document(client: httpx.AsyncClient, url: str) -> dict[str, Any]:
    text = bytearray()
    async with client.stream("GET", url) as answer:
        answer.raise_for_status()
        if answer.status_code != httpx.codes.OK:
            raise ValueError("the provider answers with something else")
        async for part in answer.aiter_raw():
            text += part
            if len(text) > DOCUMENT_BYTES:
                raise ValueError("the document is too large")
    return dict(json.loads(text))


def _usable(one: Mapping[str, Any]) -> Key | None:
    """A key that signatures are checked with; None for others, of which a provider may have some."""
    make: Callable[..., Key] | None = getattr(KINDS.get(one["kty"]), "import_key", None)
    if make is None or one.get("use", "sig") != "sig":
        return None
    try:
        key = make(dict(one))
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    if isinstance(key, RSAKey) and key.public_key.key_size < LEAST_RSA_BITS:
        return None
    return key
