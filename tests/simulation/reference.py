"""A plain ledger of what was asked under which key, and of what was answered: it says what must hold."""

from __future__ import annotations

from dataclasses import dataclass, field

from chain.errors import ContractRefused
from chain.issuance.outbox import Call, Outcome
from tests.simulation.node import Node

Answer = Outcome | tuple[str, str]
"""What became of it, or (rule, arguments) of its refusal."""


class Broken(AssertionError):
    """Something that must hold does not."""


@dataclass
class Command:
    """One thing that somebody wants done once."""

    key: str
    signer: str
    call: Call
    answers: list[Answer] = field(default_factory=list)
    asked: bool = False
    given_up: bool = False
    """Whoever asked does not ask again; what was begun is ended all the same."""
    waits_until: float = 0


class Reference:
    """All commands, and what must hold of their answers."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self.commands: list[Command] = []

    def answered(self, command: Command, answer: Outcome | ContractRefused) -> None:
        """Note an answer. Raises Broken where it says other than the ones before, though no block was taken back."""
        if isinstance(answer, ContractRefused):
            found: Answer = answer.rule, str(answer.values["arguments"])
        else:
            found = answer
        for former in command.answers:
            if former != found and not self._may_change(former) and not self._may_change(found):
                raise Broken(f"{command.key} was answered {former}, and now {found}")
        command.answers.append(found)

    def _may_change(self, answer: Answer) -> bool:
        """Whether the chain took back what the answer is about."""
        return isinstance(answer, tuple) or answer.transaction_hash in self._node.orphaned

    def check_chain(self) -> None:
        """Every command is on the chain once or not at all, as its last answer says, and nothing else is. Raises Broken."""
        places: dict[bytes, list[tuple[str, int]]] = {}
        for block in self._node.blocks:
            for transaction, status in zip(block.transactions, block.statuses, strict=True):
                if transaction.raw:
                    places.setdefault(transaction.data, []).append((transaction.hash, status))
        for command in self.commands:
            found = places.pop(command.call.data, [])
            if len(found) > 1:
                raise Broken(f"{command.key} is on the chain {len(found)} times")
            last = command.answers[-1] if command.answers else None
            if isinstance(last, Outcome) and found != [(last.transaction_hash, 1)]:
                raise Broken(f"{command.key} was answered {last}, and the chain has {found}")
            if isinstance(last, tuple) and any(status for _, status in found):
                raise Broken(f"{command.key} was refused ({last[0]}), and it is on the chain")
        if places:
            raise Broken(f"nobody asked for {places}")
