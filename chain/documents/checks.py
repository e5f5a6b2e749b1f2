"""Whether an id can be one of its register: shapes and check digits, scheme by scheme.

Sources: GB 32100-2015 (USCC), ISO 17442 (LEI), ISO 13616 (IBAN), ISO/IEC 7064 (mod 97-10), the ISO 6523 code list as
Peppol keeps it (Electronic Address Scheme), Leitweg-ID format specification 2.0 (KoSIT), OIN-stelsel (Logius); national
check digits through python-stdnum. What the library lets pass or refuses wrongly is put right here, and tests name it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

import stdnum.ean
import stdnum.exceptions
import stdnum.iban
from stdnum import luhn
from stdnum.au import abn
from stdnum.be import vat as kbo
from stdnum.ch import uid
from stdnum.cn import uscc
from stdnum.de import leitweg
from stdnum.dk import cvr
from stdnum.ee import registrikood
from stdnum.eu import vat
from stdnum.fi import ytunnus
from stdnum.fr import siren, siret
from stdnum.is_ import kennitala
from stdnum.iso7064 import mod_97_10
from stdnum.it import codicefiscale, iva
from stdnum.jp import cn
from stdnum.lv import pvn
from stdnum.nl import bsn
from stdnum.no import orgnr
from stdnum.util import get_cc_module

USCC_SHAPE = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}")
LEI_SHAPE = re.compile(r"[A-Z0-9]{18}[0-9]{2}")
VAT_SHAPE = re.compile(r"[A-Z]{2}[A-Z0-9]{2,13}")
IBAN_SHAPE = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")

#: What people write where they have no number; the check digits of most schemes let it pass, and it names nobody.
NOUGHTS = re.compile(r"[A-Z]{0,3}0+[A-Z]{0,4}")

#: Check digits of mod 97-10 are 02 to 98: 00, 01 and 99 are other writings of 97, 98 and 02, which the sum lets pass.
NOT_A_REMAINDER = ("00", "01", "99")

#: Words that senders write for registers with a code of their own.
REGISTER_WORDS = {
    "GLN": "ICD:0088", "EAN": "ICD:0088", "DUNS": "ICD:0060", "DK:CVR": "ICD:0184", "CVR": "ICD:0184",
    "NO:ORGNR": "ICD:0192", "SE:ORGNR": "ICD:0007",
}  # fmt: skip

#: Schemes that are another writing of a scheme known by name, or of a current code (99xx are Peppol's old ones).
SAME_REGISTER = REGISTER_WORDS | {
    "ICD:0199": "LEI", "ICD:9918": "IBAN", "ICD:9902": "ICD:0184", "ICD:9907": "ICD:0210", "ICD:9908": "ICD:0192",
    "ICD:9956": "ICD:0208", "ICD:9958": "ICD:0204",
}  # fmt: skip

#: ISO 6523 schemes that hold VAT numbers → the country whose prefix the number has, or gets.
VAT_SCHEMES = {
    "ICD:0211": "IT", "ICD:0213": "FI", "ICD:0223": "FR", "ICD:9906": "IT", "ICD:9910": "HU", "ICD:9914": "AT",
    "ICD:9920": "ES", "ICD:9925": "BE", "ICD:9926": "BG", "ICD:9928": "CY", "ICD:9929": "CZ", "ICD:9930": "DE",
    "ICD:9931": "EE", "ICD:9932": "GB", "ICD:9933": "EL", "ICD:9934": "HR", "ICD:9935": "IE", "ICD:9937": "LT",
    "ICD:9938": "LU", "ICD:9939": "LV", "ICD:9943": "MT", "ICD:9944": "NL", "ICD:9945": "PL", "ICD:9946": "PT",
    "ICD:9947": "RO", "ICD:9949": "SI", "ICD:9950": "SK", "ICD:9955": "SE", "ICD:9957": "FR",
}  # fmt: skip

#: Country letters that the scheme implies, which some write and some do not.
IMPLIED_PREFIX = {"ICD:0184": "DK", "ICD:0198": "DK", "ICD:0208": "BE"}

#: Schemes in whose numbers a hyphen means something.
HYPHENATED = frozenset({"ICD:0204"})


@lru_cache(maxsize=100_000)
def passes(scheme: str, value: str) -> bool:
    """Whether a normalised value (`chain.documents.identity.normalised_identifier`) passes the check of its scheme.

    A scheme without a known check passes everything but noughts; so does a country's tax register (TAX).
    """
    if not value or NOUGHTS.fullmatch(value):
        return False
    check = CHECKS.get(scheme)
    try:
        return check is None or check(value)
    except stdnum.exceptions.ValidationError:
        return False


@lru_cache(maxsize=100_000)
def is_unified_social_credit_code(code: str) -> bool:
    """GB 32100-2015: 18 characters of an alphabet without I, O, S, V, Z; the region (3rd to 8th) is digits; weights
    3^(i-1) mod 31. python-stdnum refuses the letters that the first two places may have, so only its sum is used."""
    return bool(USCC_SHAPE.fullmatch(code)) and code[-1] == uscc.calc_check_digit(code[:17])


def is_legal_entity_identifier(code: str) -> bool:
    """ISO 17442: 20 characters, the last two digits from 02 to 98, mod 97 = 1. python-stdnum checks the last alone."""
    return bool(LEI_SHAPE.fullmatch(code)) and code[-2:] not in NOT_A_REMAINDER and mod_97_10.is_valid(code)


def is_international_bank_account_number(number: str) -> bool:
    """ISO 13616: the country's structure, check digits from 02 to 98, mod 97 = 1, and the country's own check."""
    shaped = IBAN_SHAPE.fullmatch(number) and number[2:4] not in NOT_A_REMAINDER
    return bool(shaped) and stdnum.iban.is_valid(number)


def is_value_added_tax_number(number: str) -> bool:
    """With its country prefix. Checked by the national rule where python-stdnum has one, else by shape alone. Northern
    Ireland's (XI) follow the British rule, which python-stdnum's European part does not know."""
    if not VAT_SHAPE.fullmatch(number) or NOUGHTS.fullmatch(number):
        return False
    country = number[:2].lower()
    try:
        if country in vat.MEMBER_STATES or country == "el":
            return bool(vat.validate(number))
        module = get_cc_module("gb" if country == "xi" else country, "vat")
        return module is None or bool(module.is_valid(number) or module.is_valid(number[2:]))
    except stdnum.exceptions.ValidationError:
        return False


def is_global_location_number(number: str) -> bool:
    """GS1: 13 digits. python-stdnum takes the 8, 12 and 14 of articles for valid, too."""
    return _digits(number, 13) and stdnum.ean.is_valid(number)


def is_leitweg_id(number: str) -> bool:
    """KoSIT: coarse address, optional fine address, check digits from 02 to 98, parted by hyphens. python-stdnum takes 01
    for 98, and an empty fine address."""
    return number[-2:] not in NOT_A_REMAINDER and "--" not in number and leitweg.is_valid(number)


def is_belgian_enterprise_number(number: str) -> bool:
    """KBO/BCE: ten digits, the last two are 97 minus the rest mod 97, so 01 to 97; python-stdnum takes 00 for 97."""
    return _digits(number, 10) and number[-2:] != "00" and kbo.is_valid(number)


def is_organisation_identification_number(number: str) -> bool:
    """Logius: 20 digits; behind the register 00000001 stands an RSIN, which has the check digit of a BSN."""
    return _digits(number, 20) and (not number.startswith("00000001") or bsn.is_valid(number[8:17]))


def is_ovt(number: str) -> bool:
    """Finland (ISO 6523 0216): 0037, the business id, and up to five characters of the organisation's own."""
    return bool(re.fullmatch(r"0037[0-9]{8}[0-9A-Z]{0,5}", number)) and ytunnus.is_valid(number[4:12])


def is_italian_fiscal_code(number: str) -> bool:
    """A person's (16 characters) or a company's (11 digits, as a partita IVA)."""
    return codicefiscale.is_valid(number) if len(number) == 16 else _digits(number, 11) and iva.is_valid(number)


def is_sirene(number: str) -> bool:
    """An enterprise's SIREN or, as many write under the same code, one of its establishments' SIRET."""
    return siret.is_valid(number) if _digits(number, 14) else _digits(number, 9) and siren.is_valid(number)


def _digits(number: str, length: int) -> bool:
    return len(number) == length and number.isascii() and number.isdigit()


def _of_digits(length: int, check: Callable[[str], bool] = bool) -> Callable[[str], bool]:
    return lambda number: _digits(number, length) and check(number)


def _shaped(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda number: bool(compiled.fullmatch(number))


#: Scheme → its check. A scheme that is not here has none that is known.
CHECKS: Mapping[str, Callable[[str], bool]] = {
    "USCC": is_unified_social_credit_code,
    "LEI": is_legal_entity_identifier,
    "VAT": is_value_added_tax_number,
    "IBAN": is_international_bank_account_number,
    "ICD:0002": is_sirene,
    "ICD:0007": _of_digits(10, luhn.is_valid),
    "ICD:0009": _of_digits(14, siret.is_valid),
    "ICD:0060": _of_digits(9),
    "ICD:0088": is_global_location_number,
    "ICD:0106": _of_digits(8),
    "ICD:0151": _of_digits(11, abn.is_valid),
    "ICD:0183": lambda number: len(number) == 12 and uid.is_valid(number),
    "ICD:0184": _of_digits(8, cvr.is_valid),
    "ICD:0188": _of_digits(13, cn.is_valid),
    "ICD:0190": is_organisation_identification_number,
    "ICD:0191": _of_digits(8, registrikood.is_valid),
    "ICD:0192": _of_digits(9, orgnr.is_valid),
    "ICD:0196": _of_digits(10, kennitala.is_valid),
    "ICD:0198": _of_digits(8, cvr.is_valid),
    "ICD:0201": _shaped(r"[0-9A-Z]{6}"),
    "ICD:0204": is_leitweg_id,
    "ICD:0208": is_belgian_enterprise_number,
    "ICD:0210": is_italian_fiscal_code,
    "ICD:0212": _of_digits(8, ytunnus.is_valid),
    "ICD:0216": is_ovt,
    "ICD:0218": _of_digits(11, pvn.is_valid),
    "ICD:0221": lambda number: number.startswith("T") and _digits(number[1:], 13) and cn.is_valid(number[1:]),
}
