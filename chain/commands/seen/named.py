"""Enterprises as answers name them: by their number on the ledger, or by their id."""

from __future__ import annotations

from chain.commands.exposure import display_name
from chain.commands.seen.viewer import Participant
from chain.commands.workspace import Home


class Participants(dict[int, Participant]):
    """Party number → who that is, of those that somebody asked for; threads share it."""

    def __init__(self, home: Home) -> None:
        super().__init__()
        self._numbers, self._names = home.parties(), home.names()

    def __missing__(self, number: int) -> Participant:
        name = display_name(number, self._numbers, self._names)
        found = self[number] = Participant(id=self._numbers.get(number), name=name)
        return found


class Named:
    """Names of this moment, looked up once for one answer."""

    def __init__(self, home: Home) -> None:
        self.numbers = home.parties()
        """Number on the ledger → enterprise id."""
        self._names = home.names()

    def party(self, number: int) -> Participant:
        """A party by its number; of one that was not enrolled here only the number is known."""
        return Participant(id=self.numbers.get(number), name=display_name(number, self.numbers, self._names))

    def enterprise(self, enterprise: str, otherwise: str | None = None) -> Participant:
        """An enterprise by its id; ``otherwise``: its name where the register has none."""
        return Participant(id=enterprise, name=self._names.get(enterprise) or otherwise or enterprise)
