"""Ids of the ledger. An id says where a piece comes from: issuer, line, obligation and piece are nested in it.

On chain they are one integer; people and the API read them with dots: ``7.1.3.2`` is piece 2 of obligation 3 under
line 1 of issuer 7, ``7.1.3`` that obligation, ``7.1`` that line. A command names a piece by a `PieceReference`, which also
says what the piece must be, because ids are counted and another branch of the chain counts others.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from chain.errors import PearlError

FIRST_DAY = date(1970, 1, 1)
LAST_DAY = FIRST_DAY + timedelta(days=2**16 - 1)
"""Days of the ledger are counted from the first one in 16 bits. No document of an earlier or later day can be told to it."""

PARTY_BITS = 31
"""A party's number has 32 bits on chain and is counted from 1; the books hold an obligation's id, of which it is the highest
part, in 64 bits with a sign."""


class IdMalformed(PearlError):
    message = "'{text}' is no id of a {what}"
    next_step = "write it with dots, such as {example}"


def _numbers(text: str, count: int, what: str, example: str, widths: tuple[int, ...]) -> list[int]:
    parts = text.strip().split(".")
    if len(parts) != count or not all(part.isascii() and part.isdigit() and len(part) <= 10 for part in parts):
        raise IdMalformed(text=text[:60], what=what, example=example)
    numbers = [int(part) for part in parts]
    if any(number == 0 or number >> width for number, width in zip(numbers, widths, strict=True)):
        raise IdMalformed(text=text[:60], what=what, example=example)
    return numbers


class LineId(NamedTuple):
    """A credit line: the issuer's party number (u32) and the line's index (u8)."""

    issuer: int
    # It hides a method of tuples, here and below, which nobody asks an id for.
    index: int  # type: ignore[assignment]

    @classmethod
    def from_chain(cls, value: int) -> LineId:
        return cls(value >> 8, value & 0xFF)

    @classmethod
    def parse(cls, text: str) -> LineId:
        """Read ``7.1``. Raises IdMalformed."""
        return cls(*_numbers(text, 2, "line", "7.1", (PARTY_BITS, 8)))

    @property
    def chain(self) -> int:
        return self.issuer << 8 | self.index

    def __str__(self) -> str:
        return f"{self.issuer}.{self.index}"


class AllotmentId(NamedTuple):
    """A part of a line that a supplier may draw on: the line and its index there (u16)."""

    line: LineId
    index: int  # type: ignore[assignment]

    @classmethod
    def from_chain(cls, value: int) -> AllotmentId:
        return cls(LineId.from_chain(value >> 16), value & 0xFFFF)

    @property
    def chain(self) -> int:
        return self.line.chain << 16 | self.index

    def __str__(self) -> str:
        return f"{self.line}/{self.index}"


class ObligationId(NamedTuple):
    """An obligation: its line and its sequence there (u24)."""

    line: LineId
    sequence: int

    @classmethod
    def from_chain(cls, value: int) -> ObligationId:
        return cls(LineId.from_chain(value >> 24), value & 0xFFFFFF)

    @classmethod
    def parse(cls, text: str) -> ObligationId:
        """Read ``7.1.3``. Raises IdMalformed."""
        issuer, index, sequence = _numbers(text, 3, "obligation", "7.1.3", (PARTY_BITS, 8, 24))
        return cls(LineId(issuer, index), sequence)

    @property
    def chain(self) -> int:
        return self.line.chain << 24 | self.sequence

    def __str__(self) -> str:
        return f"{self.line}.{self.sequence}"


class PieceId(NamedTuple):
    """A piece: its obligation and its index there (u16)."""

    obligation: ObligationId
    index: int  # type: ignore[assignment]

    @classmethod
    def from_chain(cls, value: int) -> PieceId:
        return cls(ObligationId.from_chain(value >> 16), value & 0xFFFF)

    @classmethod
    def parse(cls, text: str) -> PieceId:
        """Read ``7.1.3.2``. Raises IdMalformed."""
        issuer, index, sequence, piece = _numbers(text, 4, "piece", "7.1.3.2", (PARTY_BITS, 8, 24, 16))
        return cls(ObligationId(LineId(issuer, index), sequence), piece)

    @property
    def chain(self) -> int:
        return self.obligation.chain << 16 | self.index

    def __str__(self) -> str:
        return f"{self.obligation}.{self.index}"


class PieceReference(NamedTuple):
    """A piece as a command means it: its id, its parent's index (0: issued), its evidence (0: a cash hop), its maturity.

    The ledger refuses it (``PieceMismatch``) where its own piece of this id is another one.
    """

    piece: PieceId
    parent_index: int
    evidence: int
    maturity_day: int
    """Days since 1970-01-01."""

    @classmethod
    def from_chain(cls, value: int) -> PieceReference:
        piece = PieceId.from_chain(value & (1 << 80) - 1)
        return cls(piece, value >> 80 & 0xFFFF, value >> 96 & (1 << 40) - 1, value >> 136)

    @property
    def chain(self) -> int:
        """One word, lowest bits first: piece u80, parent u16, evidence u40, maturity u16 (`contracts/types`)."""
        return self.piece.chain | self.parent_index << 80 | self.evidence << 96 | self.maturity_day << 136

    def __str__(self) -> str:
        return str(self.piece)
