"""Who a request comes from: what stands behind ``Authorization: Bearer``, a key of ours or a token of the provider's."""

from __future__ import annotations

from contextlib import suppress

from anyio.to_thread import run_sync

from api.oidc import Provider
from chain.commands.callers import Callers
from chain.commands.keys import PREFIX
from chain.commands.seen.viewer import Viewer
from chain.store.kept import NotAtHand, at_once


class Bearer:
    """Tells keys from tokens by how they begin. ``provider`` None: only keys are taken."""

    def __init__(self, callers: Callers, provider: Provider | None) -> None:
        self._callers = callers
        self._provider = provider

    async def viewer_of(self, text: str, enterprise: str | None = None) -> Viewer:
        """``enterprise``: for which of several a person acts. Raises KeyUnknown, TokenRefused, UserUnknown, EnterpriseUnnamed;
        Unavailable (the database, the provider)."""
        if self._provider is None or text.startswith(PREFIX):
            if self._callers.are_asked_at_once:
                with suppress(NotAtHand), at_once():
                    return self._callers.of_key(text)
            return await run_sync(self._callers.of_key, text)
        subject = await self._provider.subject_of(text)
        return await run_sync(self._callers.of_user, self._provider.issuer, subject, enterprise)
