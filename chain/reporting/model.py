"""The report of one currency's world. Its fields are ``report.json``, which others read: names and units stay.

Amounts are integer minor units of ``currency``. Enterprises are named by id; ``names`` says what they are called.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from pydantic import Field

from chain.documents.model import Finding, Frozen, Severity
from chain.language import fill


class Said(Frozen):
    """One sentence in both languages."""

    en: str
    zh: str

    @classmethod
    def of(cls, template: str, values: Mapping[str, object] | None = None) -> Said:
        """The template of the catalogue, filled in."""
        return cls(en=fill(template, values or {}, "en"), zh=fill(template, values or {}, "zh"))


class DocumentFigures(Frozen):
    """Files: found = read + refused. ``by_type`` counts documents inside those that were read."""

    found: int = Field(ge=0)
    read: int = Field(ge=0)
    refused: int = Field(ge=0)
    by_type: dict[str, int] = Field(default_factory=dict)


class PlanFigures(Frozen):
    """What was decided, summed over the plans that were made."""

    obligations: int = Field(ge=0)
    steps: int = Field(ge=0)
    flow_minor: int = Field(ge=0)
    """Face of what the plan issues."""
    optimal: bool
    """Each plan was proven: nothing meets more need at tier two and below."""
    met_tier2_minor: int = Field(ge=0)
    met_minor: int | None = None
    """Need met at every tier."""
    bound_tier2_minor: int | None = None
    proof: str = ""
    """How it is known: 'minimum cut', 'integer programme', 'bound'."""


class PieceFigures(Frozen):
    """Counts of pieces: how they came to be, and what became of them."""

    issued: int = Field(ge=0)
    transferred: int = Field(ge=0)
    financed: int = Field(ge=0)
    redeemed: int = Field(ge=0)
    rejected: int = Field(ge=0)
    live: int = Field(ge=0)


class LineUse(Frozen):
    """A bank's line for an issuer: limit and use, and what this bank financed of it."""

    bank: str
    issuer: str
    limit: int = Field(ge=0)
    used: int = Field(ge=0)
    financed: int = Field(ge=0)


class GasFigures(Frozen):
    """Gas of a typical transaction of each kind, the base fee included; None where none was sent."""

    issue: int | None = None
    transfer_1: int | None = None
    transfer_5: int | None = None
    accept: int | None = None
    finance: int | None = None
    redeem_5: int | None = None


class ChainPlace(Frozen):
    """Where the ledger is."""

    endpoint: str
    chain_id: int
    ledger_address: str
    last_block: int = Field(ge=0)


class VerificationCheck(Frozen):
    """One thing that must hold, with its figures; ``differences`` are empty where it does."""

    name: str
    title: Said
    ok: bool
    figures: dict[str, int | str] = Field(default_factory=dict)
    differences: tuple[Said, ...] = ()


class Verification(Frozen):
    """What `pearl verify` found."""

    ok: bool
    checks: tuple[VerificationCheck, ...] = ()


class NoticeOrigin(StrEnum):
    """Which step noticed it."""

    DOCUMENTS = "documents"
    """While files were read and matched."""
    GRAPH = "graph"
    """While the supply chain was built."""
    PLANNING = "planning"
    """While the plan was made."""
    LEDGER = "ledger"
    """A contract refused, or a party rejected."""


class Notice(Frozen):
    """A finding or a refusal, with the rule that it rests on."""

    origin: NoticeOrigin
    rule: str
    severity: Severity
    subject: str
    """A file, a document, an enterprise or a piece."""
    text: Said
    place: str | None = None
    """Line, XPath or JSON pointer inside the file."""
    case: str | None = None

    @classmethod
    def of_finding(cls, finding: Finding, origin: NoticeOrigin = NoticeOrigin.DOCUMENTS) -> Notice:
        """A finding of reading, matching or the graph."""
        file = finding.path and (f"{finding.path} › {finding.member}" if finding.member else finding.path)
        return cls(
            origin=origin,
            rule=finding.rule,
            severity=finding.severity,
            subject=file or ", ".join(finding.documents),
            text=Said.of(finding.template, finding.values),
            place=finding.place,
            case=finding.case,
        )


class CashKind(StrEnum):
    """Why cash moved."""

    FINANCED = "financed"
    """A bank bought the piece, before maturity, at a price below its amount."""
    REDEEMED = "redeemed"
    """The issuer paid the holder at maturity."""


class CashEvent(Frozen):
    """Cash that a party got: who, when, from whom, and for which piece."""

    day: date
    kind: CashKind
    payer: str
    """The bank, or the issuer."""
    payee: str
    amount_minor: int = Field(ge=0)
    """The cash."""
    face_minor: int | None = Field(default=None, ge=0)
    """The piece's amount, where the price was lower."""
    issuer: str | None = None
    tier: int | None = None
    """Trade hops of the piece below its issuer."""
    piece: str | None = None


class ExposureKind(StrEnum):
    """What a bank is exposed to."""

    COMMITTED = "committed"
    """Unused line."""
    CONTINGENT = "contingent"
    """Live under its line, held by no bank."""
    FUNDED = "funded"
    """Live and held by it."""


class ExposureCell(Frozen):
    """Bank × issuer × tier × maturity bucket; committed exposure has tier 0 and no bucket."""

    bank: str
    issuer: str
    kind: ExposureKind
    tier: int = Field(default=0, ge=0)
    bucket: str = ""
    minor: int = Field(ge=0)


class Report(Frozen):
    """What happened, from documents to cash."""

    title: str
    day: date
    currency: str
    names: dict[str, str]
    """Enterprise → name; an id without a name is shown as it is."""
    documents: DocumentFigures
    enterprises: int = Field(ge=0)
    max_tier: int = Field(ge=0)
    plan: PlanFigures
    pieces: PieceFigures
    face_minor: int = Field(ge=0)
    live_minor: int = Field(ge=0)
    redeemed_minor: int = Field(ge=0)
    voided_minor: int = Field(ge=0)
    written_off_minor: int = Field(ge=0)
    financed_minor: int = Field(ge=0)
    lines: tuple[LineUse, ...]
    gas: GasFigures
    chain: ChainPlace
    verify: Verification
    seconds: float = Field(ge=0)
    notices: tuple[Notice, ...] = ()
    cash: tuple[CashEvent, ...] = ()
    exposure: tuple[ExposureCell, ...] = ()
