"""7 doubt: rebuild everything from contract storage and documents, and compare; shares no code with books or planning."""

from chain.verification.figures import (
    BookEvidence,
    BookFigures,
    BookFinancing,
    BookLine,
    BookObligation,
    BookPiece,
    BookTotal,
)
from chain.verification.report import Check, Difference, VerificationReport
from chain.verification.verify import verify

__all__ = [
    "BookEvidence",
    "BookFigures",
    "BookFinancing",
    "BookLine",
    "BookObligation",
    "BookPiece",
    "BookTotal",
    "Check",
    "Difference",
    "VerificationReport",
    "verify",
]
