"""What is left of many things that are used up one after the other: what is used up is passed once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Generic, Protocol, TypeVar


class _UsedUp(Protocol):
    @property
    def remains(self) -> bool:
        """Whether something of it is left; once there is not, there never is."""


T = TypeVar("T", bound=_UsedUp)


class Remaining(Generic[T]):
    """What is left of several, in their order."""

    __slots__ = ("_all", "_next")

    def __init__(self, several: Iterable[T] = ()) -> None:
        self._all = list(several)
        self._next = list(range(len(self._all)))

    def append(self, one: T) -> None:
        """Put one more behind all."""
        self._next.append(len(self._all))
        self._all.append(one)

    def __iter__(self) -> Iterator[T]:
        return self.since(0)

    def since(self, at: int) -> Iterator[T]:
        """Those from one on."""
        at = self._from(at)
        while at < len(self._all):
            yield self._all[at]
            at = self._from(at + 1)

    def __bool__(self) -> bool:
        return bool(self._all)

    @property
    def remains(self) -> bool:
        """Whether one of them has something left."""
        return self._from(0) < len(self._all)

    def _from(self, at: int) -> int:
        """The next, from one on, that has something left; the way there is shorter the next time."""
        end = at
        while end < len(self._all) and not (self._next[end] == end and self._all[end].remains):
            self._next[end] = end = max(self._next[end], end + 1)
        while at < end:
            self._next[at], at = end, self._next[at]
        return end
