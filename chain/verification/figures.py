"""What the books say, handed over as plain figures: verification knows nothing of how books are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class BookPiece(NamedTuple):
    """A piece in the books. ``owner`` is the party's number; ``state`` the contract's number of the state."""

    owner: int
    amount_minor: int
    state: int


class BookLine(NamedTuple):
    """A line in the books."""

    limit_minor: int
    used_minor: int
    allotted_minor: int = 0


class BookEvidence(NamedTuple):
    """A document's capacity in the books."""

    face_minor: int
    used_minor: int
    credited_minor: int = 0


class BookObligation(NamedTuple):
    """An obligation in the books."""

    face_minor: int
    live_minor: int
    loss_minor: int = 0


class BookFinancing(NamedTuple):
    """What a bank holds of an issuer's paper, in the books."""

    limit_minor: int
    financed_minor: int


class BookTotal(NamedTuple):
    """All obligations of one currency. ``face = live + redeemed + voided + written off``."""

    face_minor: int
    live_minor: int
    redeemed_minor: int
    voided_minor: int
    written_off_minor: int


@dataclass(frozen=True, slots=True)
class BookFigures:
    """The books at a block. Keys are the ids on chain, as integers; currencies are the contracts' numbers."""

    block_number: int
    """The last block folded into the books; verification reads the chain at the same block."""
    pieces: Mapping[int, BookPiece]
    lines: Mapping[int, BookLine]
    evidence: Mapping[int, BookEvidence]
    obligations: Mapping[int, BookObligation]
    financing: Mapping[tuple[int, int, int], BookFinancing]
    """(bank, issuer, currency) → figures. A row of zeros may be left out."""
    totals: Mapping[int, BookTotal]
    """Currency → totals."""
    allotments: Mapping[int, int] = field(default_factory=dict)
    """Allotment → what is left in it."""
    held: frozenset[int] = frozenset()
    """Pieces on which a hold rests, and 0 pieces of obligations that are held as a whole."""
    enterprises: Mapping[int, str] = field(default_factory=dict)
    """Party number → enterprise id, as the books know it; empty when they do not say."""
