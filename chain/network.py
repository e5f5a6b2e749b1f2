"""The register that a network starts from: enterprises, banks and the lines they grant (``network.json``)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from pydantic import Field

from chain.documents.model import Frozen
from chain.identifiers import FIRST_DAY, LAST_DAY
from chain.prices import HIGHEST_RATE, Price


class Role(StrEnum):
    """What an enterprise may do on the ledger; the numbers of the contract's role bits are in `chain.issuance`."""

    CORE_ENTERPRISE = "core_enterprise"
    SUPPLIER = "supplier"
    BANK = "bank"
    KEEPER = "keeper"
    GUARANTOR = "guarantor"
    REGULATOR = "regulator"
    OPERATOR = "operator"
    ATTESTOR = "attestor"


class Need(Frozen):
    """Cash that the enterprise asks for, in minor units."""

    currency: str
    minor: int = Field(gt=0)


class Acceptance(Frozen):
    """The party's standing rule for what is offered to it; silence is never consent, so it must state one."""

    accept: bool = True
    reject_above_minor: int | None = None
    """Offers above this amount are rejected."""


class Enterprise(Frozen):
    """A registered enterprise. ``id`` is canonical (`chain.documents.identity.enterprise_id`)."""

    id: str
    name: str
    roles: tuple[Role, ...]
    group: str | None = None
    """Related parties share a group."""
    address: str | None = Field(default=None, pattern=r"^0x[0-9a-fA-F]{40}$")
    """Of a key that is not made here: with the remote signer, if that has it, or with the enterprise itself."""
    account_bank: str | None = None
    """The bank that attests that its cash came, and vouches for it where its keys are lost; fixed at registration."""
    need: Need | None = None
    """None: its open payables due before its own receivables stand in for a declared need."""
    discounts: bool = False
    """Sells what it holds to a bank at once, instead of keeping it to maturity."""
    acceptance: Acceptance | None = None


class CreditLine(Frozen):
    """(bank, issuer): how much may be outstanding, and how much of it this bank will itself finance."""

    bank: str
    issuer: str
    currency: str
    limit_minor: int = Field(gt=0, le=2**63 - 1)
    financing_limit_minor: int = Field(ge=0, le=2**63 - 1)
    expiry: date = Field(ge=FIRST_DAY, le=LAST_DAY)
    utc_offset_minutes: int = Field(default=480, ge=-12 * 60, le=14 * 60)
    calendar: int = Field(default=0, ge=0, le=255)
    """Holiday calendar of the rulebook, by which its paper falls due; 0 has no holidays."""
    annual_rate_basis_points: int = Field(default=360, ge=0, le=HIGHEST_RATE)
    """The bank's discount rate on this issuer's paper, actual/360, where no row of ``prices`` fits."""
    prices: tuple[Price, ...] = Field(default=(), max_length=100)
    """The pricing table by tier and tenor; the first row that fits a piece counts."""


class Network(Frozen):
    """Everything that is agreed before the first document arrives."""

    name: str
    enterprises: tuple[Enterprise, ...]
    lines: tuple[CreditLine, ...]
