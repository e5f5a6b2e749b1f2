"""What is kept of the database."""

from __future__ import annotations

from typing import Any, Protocol

from chain.store.kept import NotAtHand, at_once


class Got(Protocol):
    """What a process keeps."""

    def get(self) -> Any: ...


def is_at_hand(kept: Got) -> bool:
    """Whether the value of this moment need not be read."""
    with at_once():
        try:
            kept.get()
        except NotAtHand:
            return False
    return True
