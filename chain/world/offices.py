"""Where an enterprise sits, who answers for it and where it banks: invented, and derived from its credit code alone.

Nothing of it is stored, and all papers of an enterprise say the same. Streets, people and accounts are nobody's: no
telephone number of China begins with a nought, and `.example` is a domain that is never given away (RFC 2606).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from random import Random

from stdnum.iso7064 import mod_97_10

from chain.documents.model import PartyIdentifier
from chain.world.catalogue import (
    ACCOUNT_BANKS,
    BUILDINGS,
    CITIES,
    DISTRICTS,
    GIVEN_NAMES,
    PROVINCES,
    STREETS,
    SURNAMES,
)

_CITY_NAMES = dict(CITIES)


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address in China."""

    street: str
    building: str
    city: str
    postal_zone: str
    province: str


@dataclass(frozen=True, slots=True)
class Person:
    """Whom to ask."""

    name: str
    telephone: str
    mail: str


@dataclass(frozen=True, slots=True)
class Account:
    """Where an enterprise is paid, and pays from."""

    number: str
    bank: str
    bank_lei: str
    """Legal entity identifier of the bank (ISO 17442)."""
    branch: str
    branch_code: str
    """Twelve digits, as China's payment system numbers branches (CNAPS)."""


@dataclass(frozen=True, slots=True)
class Office:
    """All of one enterprise."""

    seat: Address
    store: Address
    """Where its goods leave and arrive."""
    seller: Person
    """Of its sales department."""
    buyer: Person
    """Of its purchasing department."""
    department: str
    """The one that buys, as its orders and its suppliers' invoices name it."""
    account: Account


@cache
def office_of(code: str) -> Office:
    """The office of the enterprise with a credit code."""
    random = Random(f"office {code}")
    mail = f"{code[8:17].lower()}.example"
    return Office(
        seat=_seat(code, random), store=_store(code, random), seller=_person(mail, random), buyer=_person(mail, random),
        department=f"采购{random.randint(1, 9)}部-{random.randint(100, 999)}",
        account=_account(code, random),
    )  # fmt: skip


def account_identifier(account: Account, *, told_by_its_bank: bool) -> PartyIdentifier:
    """An account's number, which its own bank says together with the bank, and another bank alone."""
    number = f"{account.bank_lei}-{account.number}" if told_by_its_bank else account.number
    return PartyIdentifier("ACCOUNT", number)


def contract_number(seller: str, buyer: str, year: int) -> str:
    """Of the year's supply contract between two credit codes."""
    return f"HT-{year}-{_digits(f'contract {seller} {buyer}', 6)}"


def buyers_item(buyer: str, item: str) -> str:
    """The buyer's own number of a seller's article."""
    return f"M{_digits(f'item {buyer} {item}', 8)}"


def _seat(code: str, random: Random) -> Address:
    building = f"{random.choice(BUILDINGS)} {random.randint(1, 28)} 层 {random.randint(1, 30):02d} 室"
    return _address(code, building, random)


def _store(code: str, random: Random) -> Address:
    return _address(code, f"{random.randint(1, 12)} 号库", random)


def _address(code: str, building: str, random: Random) -> Address:
    division = code[2:8]
    province, postal = PROVINCES[division[:2]]
    street = f"{random.choice(DISTRICTS)}{random.choice(STREETS)}路 {random.randint(1, 1999)} 号"
    return Address(street, building, f"{_CITY_NAMES[division]}市", f"{postal}{division[2:]}", province)


def _person(domain: str, random: Random) -> Person:
    surname, given = random.choice(SURNAMES), random.choice(GIVEN_NAMES)
    return Person(
        surname[0] + given[0], f"+86 0{random.randrange(10**9):09d}", f"{surname[1]}.{given[1]}@{domain}"
    )  # fmt: skip


def _account(code: str, random: Random) -> Account:
    bank = random.choice(ACCOUNT_BANKS)
    division = code[2:8]
    branch = f"{bank}{_CITY_NAMES[division]}{random.choice(STREETS)}路支行"
    number = f"{random.randrange(10**17, 10**18)}"
    return Account(number, bank, bank_lei(bank), branch, f"999{division[:4]}{random.randrange(10**5):05d}")


@cache
def bank_lei(bank: str) -> str:
    """A well-formed legal entity identifier of an invented bank; no register gives out the prefix 0000."""
    body = f"000000{_digits(f'bank {bank}', 12)}"
    return body + mod_97_10.calc_check_digits(body)


def _digits(of: str, count: int) -> str:
    """So many digits that follow from a text."""
    return f"{int.from_bytes(hashlib.sha256(of.encode()).digest()[:8]) % 10**count:0{count}d}"
