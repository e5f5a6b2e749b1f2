"""Histories of the model as blocks that a node tells, with the branches that a re-org replaces them by."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from web3 import Web3

from benchmarks.served_chain import ServedChain, Told
from chain.issuance.compilation import build
from chain.issuance.contracts import Contracts
from tests.model.chain import ROOT, Chain
from tests.model.driver import Run

ARTIFACTS = build(ROOT)

Branch = tuple[int, int]
"""(seed, blocks): so many blocks are drawn with this seed, on top of the branches before it."""


class TellingChain(Chain):
    """Keeps the logs of every transaction that was not refused."""

    told: list[tuple[int, list[Told]]]

    def call(self, wait, sender, contract, data):
        answer = super().call(wait, sender, contract, data)
        if not answer[0]:
            self.__dict__.setdefault("told", []).append((self.now, logs_of(self)))
        return answer


def logs_of(chain: Chain) -> list[Told]:
    """What the last transaction, which was not refused, told."""
    return [
        Told(log.address.lower(), [_text(topic) for topic in log.topics], _text(log.data[1]))
        for log in chain.evm.result.logs
    ]


def _text(word) -> str:
    return word.lower() if isinstance(word, str) else f"0x{bytes(word).hex()}"


@lru_cache(maxsize=64)
def history(branches: tuple[Branch, ...]) -> tuple[tuple[tuple[int, tuple[Told, ...]], ...], dict[str, str]]:
    """(time, logs) of every block, one a step of the model, from the setting up on; and the contracts' addresses."""
    run = Run(branches[0][0], ARTIFACTS, TellingChain)
    blocks = list(run.chain.told)
    for seed, count in branches:
        run.history.random.seed(seed)
        for _ in range(count):
            run.chain.told.clear()
            run.draw_step()
            # Whatever a step told is one block; a refusal is an empty one.
            blocks.append((run.chain.now, [log for _, logs in run.chain.told for log in logs]))
    return tuple((now, tuple(logs)) for now, logs in blocks), dict(run.chain.addresses)


def fill(chain: ServedChain, branches: Sequence[Branch]) -> dict[str, str]:
    """Put a history in the place of what the chain told until now. Returns the contracts' addresses."""
    blocks, addresses = history(tuple(branches))
    chain.blocks = []
    for now, logs in blocks:
        chain.add(logs, now)
    return addresses


def contracts_at(url: str, addresses: dict[str, str]) -> Contracts:
    """The contracts of a history, at the node that tells it."""
    known = {name: address for name, address in addresses.items() if name in ARTIFACTS}
    return Contracts(Web3(Web3.HTTPProvider(url)), ARTIFACTS, known)
