"""What the picture shows: parties, and the credit that went between them. One currency a picture."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from pydantic import Field, model_validator

from chain.documents.model import Frozen
from chain.network import Role


class FlowKind(StrEnum):
    """What a ribbon means; it runs the way the credit goes, except the last, which is cash."""

    LINE = "line"
    """A bank's line that the issuer drew on: bank → core enterprise, the face issued under it."""
    ISSUED = "issued"
    """Core enterprise → direct supplier."""
    TRANSFERRED = "transferred"
    """Supplier → its own supplier."""
    FINANCED = "financed"
    """Holder → the bank that bought the piece."""
    REDEEMED = "redeemed"
    """Issuer → the holder it paid at maturity (an enterprise, or a bank that had bought the piece)."""


class Node(Frozen):
    """A party. A bank is drawn twice where it both grants lines (left) and buys pieces (right)."""

    id: str = Field(min_length=1)
    name: str
    role: Role
    tier: int | None = Field(default=None, ge=0)
    """Hops below the core enterprises, which are tier 0; None for banks, keepers and whoever stands outside."""
    held_minor: int = Field(default=0, ge=0)
    """Live pieces that it owns now."""
    financed_minor: int = Field(default=0, ge=0)
    """What it sold to banks, or, of a bank, what it bought and still holds."""
    redeemed_minor: int = Field(default=0, ge=0)
    """What issuers paid it at maturity."""
    limit_minor: int | None = Field(default=None, ge=0)
    """Of a bank or an issuer: the sum of its lines."""
    used_minor: int | None = Field(default=None, ge=0)
    """Of a bank or an issuer: how much of those lines is outstanding."""


class Flow(Frozen):
    """An amount that went from one party to another; flows of the same ends and kind are best summed by the caller."""

    source: str
    target: str
    kind: FlowKind
    amount_minor: int = Field(gt=0)
    pieces: int | None = Field(default=None, ge=1)
    """How many pieces it sums up, where that is known."""
    limit_minor: int | None = Field(default=None, ge=0)
    """Of a line: its limit."""


class BlockedTrade(Frozen):
    """A trade between two parties that may not carry credit; drawn as a thin dashed line."""

    source: str
    target: str
    rule: str
    """Name of the rule that blocks it."""
    reason: str = ""
    """One sentence for people, in the language of the picture."""
    amount_minor: int | None = Field(default=None, ge=0)


class Picture(Frozen):
    """One currency's chain on one day. Every flow's ends are among ``nodes``."""

    currency: str
    nodes: tuple[Node, ...]
    flows: tuple[Flow, ...]
    blocked: tuple[BlockedTrade, ...] = ()
    day: date | None = None

    @model_validator(mode="after")
    def _ends_are_known(self) -> Picture:
        roles = {node.id: node.role for node in self.nodes}
        if len(roles) != len(self.nodes):
            raise ValueError("two nodes have the same id")
        ends = [(flow.source, flow.target) for flow in self.flows]
        ends += [(trade.source, trade.target) for trade in self.blocked]
        for source, target in ends:
            for end in (source, target):
                if end not in roles:
                    raise ValueError(f"{end} is an end of a flow, but no node")
            if source == target:
                raise ValueError(f"{source} flows to itself")
        for flow in self.flows:
            if flow.kind is FlowKind.LINE and roles[flow.source] is not Role.BANK:
                raise ValueError(f"{flow.source} grants a line, but is no bank")
            if flow.kind is FlowKind.FINANCED and roles[flow.target] is not Role.BANK:
                raise ValueError(f"{flow.target} finances, but is no bank")
        return self
