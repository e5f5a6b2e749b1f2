"""The enterprises of a world: invented names, valid codes, a product line each."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from stdnum import ean
from stdnum.cn import uscc

from chain.documents.model import Party, PartyIdentifier
from chain.network import Role
from chain.world.catalogue import (
    BANKS,
    CITIES,
    CORE_TRADES,
    FIRST_CHARACTERS,
    KEEPERS,
    LAST_TIER,
    PRODUCTS,
    SECOND_CHARACTERS,
    Industry,
    Product,
)
from chain.world.model import FileFormat

#: Share of the suppliers in each tier, first tier first: broad in the middle, as real chains are.
TIER_SHARES = (28, 29, 24, 19)


@dataclass(frozen=True, slots=True)
class Firm:
    """An enterprise as the generator knows it; compared by its credit code."""

    code: str
    """Unified social credit code (GB 32100-2015)."""
    name: str
    short: str
    """City and trade name, for document numbers and people."""
    role: Role
    gln: str
    """GS1 location number, its electronic address in UBL."""
    tier: int = 0
    product: Product | None = None
    industry: Industry | None = None
    format: FileFormat = FileFormat.UBL
    """How it writes its invoices."""
    archives: bool = False
    """Sends all papers of a batch in one zip archive."""

    @property
    def id(self) -> str:
        """Canonical enterprise id."""
        return f"USCC:{self.code}"

    @property
    def makes(self) -> Product:
        """Its product; every supplier has one."""
        if self.product is None:
            raise ValueError(f"{self.name} makes nothing")
        return self.product

    @property
    def party(self) -> Party:
        """As its papers name it, the credit code first."""
        identifiers = (
            PartyIdentifier(scheme="USCC", value=self.code),
            PartyIdentifier(scheme="ICD:0088", value=self.gln),
        )
        return Party(name=self.name, identifiers=identifiers, country="CN")


class Registrar:
    """Gives each enterprise a name and codes that no other has."""

    def __init__(self, random: Random) -> None:
        self._random = random
        names = [first + second for first in FIRST_CHARACTERS for second in SECOND_CHARACTERS]
        random.shuffle(names)
        # A trade name of two characters while there are any, then of three.
        self._names = (
            name + third for third in ("", *SECOND_CHARACTERS) for name in names if not third or third not in name
        )
        self._serial = 0

    def firm(self, role: Role, trade: str, name: str | None = None, **details: object) -> Firm:
        """A new enterprise in a drawn city; ``trade`` is its line of business and legal form."""
        division, city = self._random.choice(CITIES)
        short = city + (next(self._names) if name is None else name)
        return Firm(
            code=credit_code(division, self._random),
            name=short + trade,
            short=short,
            role=role,
            gln=self._location_number(),
            **details,  # type: ignore[arg-type]
        )

    def _location_number(self) -> str:
        self._serial += 1
        body = f"69{self._random.randrange(10**5):05d}{self._serial:05d}"
        return body + ean.calc_check_digit(body)


def credit_code(division: str, random: Random) -> str:
    """A valid unified social credit code of an enterprise (91) in an administrative division of six digits.

    It holds an organisation code (GB 11714-1997) with a check character of its own, and then the code's own check
    character (GB 32100-2015).
    """
    body = "MA" + "".join(random.choice("0123456789ABCDEFGHJKLMNPQRTUWXY") for _ in range(6))
    values = [int(character, 36) for character in body]
    rest = 11 - sum(value * weight for value, weight in zip(values, (3, 7, 9, 10, 5, 8, 4, 2), strict=True)) % 11
    code = f"91{division}{body}{'X' if rest == 10 else rest % 11}"
    return code + uscc.calc_check_digit(code)


def core_enterprises(registrar: Registrar, count: int) -> list[Firm]:
    """Core enterprises, the industries in turn."""
    industries = list(Industry)
    return [
        registrar.firm(Role.CORE_ENTERPRISE, CORE_TRADES[industry], industry=industry)
        for industry in (industries[number % len(industries)] for number in range(count))
    ]


def services(registrar: Registrar, banks: int, keepers: int) -> list[Firm]:
    """Banks, keepers, a guarantor, a regulator and the operator; they trade nothing."""
    firms = [
        registrar.firm(Role.BANK, "股份有限公司", BANKS[number] if number < len(BANKS) else f"汇融第{number + 1}银行")
        for number in range(banks)
    ]
    firms += [
        registrar.firm(Role.KEEPER, "有限公司", KEEPERS[number] if number < len(KEEPERS) else f"通储第{number + 1}仓库")
        for number in range(keepers)
    ]
    firms.append(registrar.firm(Role.GUARANTOR, "融资担保有限公司"))
    firms.append(registrar.firm(Role.REGULATOR, "供应链金融监督管理局", ""))
    firms.append(registrar.firm(Role.OPERATOR, "供应链科技服务有限公司", "明珠"))
    return firms


def suppliers(registrar: Registrar, cores: list[Firm], count: int, random: Random) -> list[Firm]:
    """Suppliers tier by tier; products that the tier above needs, in turn, so that all are made before one is made twice."""
    counts = [count * share // sum(TIER_SHARES) for share in TIER_SHARES]
    counts[1] += count - sum(counts)
    firms: list[Firm] = []
    industries = {core.industry for core in cores}
    products = [product for product in PRODUCTS if industries & set(product.industries)]
    for tier in range(1, LAST_TIER + 1):
        made = products[: counts[tier - 1]]
        for number in range(counts[tier - 1]):
            product = made[number % len(made)]
            firms.append(
                registrar.firm(
                    Role.SUPPLIER,
                    _legal_form(product.trade, random),
                    tier=tier,
                    product=product,
                    format=FileFormat.EINVOICE if random.random() < 0.3 else FileFormat.UBL,
                    archives=random.random() < 0.12,
                )
            )
        needed = {code for product in made for code in product.inputs}
        products = [product for product in PRODUCTS if product.code in needed]
    return firms


def _legal_form(trade: str, random: Random) -> str:
    """The trade with a legal form; never 科技 twice."""
    form = random.choice(("有限公司", "有限公司", "科技有限公司", "股份有限公司"))
    return trade + (form.removeprefix("科技") if trade.endswith("科技") else form)
