"""How often a caller may ask, counted in this process: a sliding window of a minute for each of many callers."""

from __future__ import annotations

import ipaddress
import math
import threading
import time
from collections import OrderedDict
from functools import lru_cache

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

#: Of so many callers the counts are kept. Where more come, the one that was counted least lately is forgotten: who asks
#: from ever new addresses takes no memory, and keeps nobody else from asking.
MOST_CALLERS = 4_096
#: How often counts that are over are forgotten.
SWEEP_SECONDS = 60
#: An IPv6 customer has a network of this size, with addresses without end.
IPV6_BITS = 64


class _NoTimer(threading.Timer):
    """In the place of the storage's own, which is a new thread for nearly every request: that takes longer than the request."""

    def __init__(self) -> None:
        super().__init__(0, lambda: None)

    def is_alive(self) -> bool:
        return True


class Quota:
    """So many a minute for each caller. Not for use by several threads at once."""

    def __init__(self, name: str, per_minute: int, most_callers: int = MOST_CALLERS) -> None:
        """``name`` is how the headers call it."""
        self._name = name
        self._item = RateLimitItemPerMinute(per_minute)
        self._storage = MemoryStorage()
        self._storage.timer.join()
        self._storage.timer = _NoTimer()
        self._limiter = SlidingWindowCounterRateLimiter(self._storage)
        self._swept = time.monotonic()
        self._callers: OrderedDict[str, None] = OrderedDict()
        self._most = most_callers

    @property
    def per_minute(self) -> int:
        return int(self._item.amount)

    def take(self, caller: str) -> bool:
        """Count one of the caller's requests; False where it has none left."""
        self._callers[caller] = None
        self._callers.move_to_end(caller)
        if time.monotonic() - self._swept > SWEEP_SECONDS:
            self._sweep()
        if len(self._callers) > self._most:
            forgotten, _ = self._callers.popitem(last=False)
            self._limiter.clear(self._item, forgotten)
        return self._limiter.hit(self._item, caller)

    def _sweep(self) -> None:
        """Forget the counts of windows that are over."""
        self._swept, now = time.monotonic(), time.time()
        for key in [key for key, end in self._storage.expirations.items() if end <= now]:
            self._storage.clear(key)

    def has_left(self, caller: str) -> bool:
        """Whether the caller could take one."""
        return caller not in self._callers or self._limiter.test(self._item, caller)

    def headers(self, caller: str) -> dict[str, str]:
        """How it stands with the caller: Retry-After, and the fields of draft-ietf-httpapi-ratelimit-headers-10."""
        stats = self._limiter.get_window_stats(self._item, caller)
        wait = max(1, math.ceil(stats.reset_time - time.time()))
        return {
            "Retry-After": str(wait),
            "RateLimit-Policy": f'"{self._name}";q={self.per_minute};w=60',
            "RateLimit": f'"{self._name}";r={stats.remaining};t={wait}',
        }


@lru_cache(maxsize=MOST_CALLERS)
def caller_at(host: str) -> str:
    """Whom an address stands for: itself; of IPv6 its network."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, IPV6_BITS), strict=False))
    return host
