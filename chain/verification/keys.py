"""Which key belonged to which party when: folded from the register's events, and held against its storage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from chain.verification.history import Event, History

_ALWAYS = (1 << 62, 0)


class KeyRegister:
    """Keys with the time that they belonged to a party; a key is a lower-case address."""

    def __init__(self, history: History) -> None:
        self._spans: dict[tuple[str, int], list[tuple[tuple[int, int], tuple[int, int]]]] = defaultdict(list)
        for event in history.named("PartyRegistered", "KeyAdded", "KeyRemoved"):
            owner = (event["key"].lower(), event["party"])
            moment = (event.block, event.log_index)
            spans = self._spans[owner]
            if event.name == "KeyRemoved":
                spans[-1] = (spans[-1][0], moment)
            elif not spans or spans[-1][1] != _ALWAYS:
                # Registration may say the first key in both of its events.
                spans.append((moment, _ALWAYS))

    @property
    def count(self) -> int:
        """Keys that belong to a party now."""
        return len(self.current)

    @property
    def current(self) -> dict[str, int]:
        """Key → party, for the keys that are in force."""
        return {key: party for (key, party), spans in self._spans.items() if spans and spans[-1][1] == _ALWAYS}

    @property
    def known(self) -> list[str]:
        """Every key that was ever in the register."""
        return sorted({key for key, _ in self._spans})

    def any_of(self, keys: Iterable[str], party: int, event: Event) -> bool:
        """Whether one of ``keys`` belonged to ``party`` when ``event`` happened."""
        moment = (event.block, event.log_index)
        return any(first <= moment < last for key in keys for first, last in self._spans.get((key.lower(), party), ()))
