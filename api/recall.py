"""Who asked a moment ago, so that it need not be looked up again for every request of its."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Awaitable, Callable, Hashable

from chain.commands.keys import PREFIX
from chain.commands.seen.viewer import Viewer
from chain.store.database import Store


class Recall:
    """Key → viewer, as long as nothing is committed to the database, by whomever, and the second is the same, since what ends
    by time ends with a second. So a key that is revoked or ends is unknown at once.

    Where the database is asked over a network for whether anything was committed, nothing is recalled: looking the key up costs
    no more. Nor are the tokens of an identity provider, which end when that says so.
    """

    def __init__(self, store: Store, look_up: Callable[[str, str | None], Awaitable[Viewer]]) -> None:
        self._store = store
        self._look_up = look_up
        self._moment: Hashable = None
        self._known: dict[bytes, Viewer] = {}

    async def viewer_of(self, text: str, enterprise: str | None = None) -> Viewer:
        """What the look-up gives, and raises."""
        if not self._store.tells_version_at_once or not text.startswith(PREFIX):
            return await self._look_up(text, enterprise)
        moment = self._now()
        digest = hashlib.sha256(text.encode()).digest()
        viewer = self._known.get(digest)
        if viewer is None:
            viewer = await self._look_up(text, enterprise)
            if moment == self._now():
                self._known[digest] = viewer
        return viewer

    def _now(self) -> Hashable:
        moment = self._store.version(), int(time.time())
        if moment != self._moment:
            self._moment, self._known = moment, {}
        return moment
