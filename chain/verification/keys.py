"""Whose a key was, and where a party's cash was, at which time: folded from the register's events, held against its storage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from chain.verification.history import Event, History, Moment

_ALWAYS: Moment = (1 << 62, 0)


class KeyRegister:
    """Keys with the time that they belonged to a party; a key is a lower-case address."""

    def __init__(self, history: History) -> None:
        self._spans: dict[tuple[str, int], list[tuple[Moment, Moment]]] = defaultdict(list)
        for event in history.named("PartyRegistered", "KeyAdded", "KeyRemoved", "KeysRecovered"):
            if event.name == "KeyRemoved":
                self._end(event["key"].lower(), event["party"], event.moment)
                continue
            if event.name == "KeysRecovered":
                for key, party in list(self._spans):
                    if party == event["party"]:
                        self._end(key, party, event.moment)
            key = event["newKey" if event.name == "KeysRecovered" else "key"].lower()
            self._spans[key, event["party"]].append((event.moment, _ALWAYS))

    def _end(self, key: str, party: int, moment: Moment) -> None:
        spans = self._spans[key, party]
        if spans and spans[-1][1] == _ALWAYS:
            spans[-1] = (spans[-1][0], moment)

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
        return any(
            first <= event.moment < last for key in keys for first, last in self._spans.get((key.lower(), party), ())
        )


class Accounts:
    """Where each party's cash was; an account is a lower-case address."""

    def __init__(self, history: History) -> None:
        self._since: dict[int, list[tuple[Moment, str]]] = defaultdict(list)
        for event in history.named("PartyRegistered", "AccountChanged"):
            self._since[event["party"]].append((event.moment, event["account"].lower()))

    def of(self, party: int, event: Event) -> str:
        """The party's account when ``event`` happened; ``nobody`` where there is no such party."""
        return next((account for since, account in reversed(self._since[party]) if since <= event.moment), "nobody")
