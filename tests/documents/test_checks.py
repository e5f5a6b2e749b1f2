"""Ids against the rule of their register. Rules held here:

1. Of every scheme with check digits, a good number passes and the same with another last character does not.
2. No scheme takes noughts for a number.
3. Where python-stdnum lets pass or refuses wrongly, this does not (each gap has a test that shows it).
4. However an id is typed (width, white space, hyphens, digits of another script), it normalises to one text, and once is
   enough.
"""

import pytest
import stdnum.ean
import stdnum.iban
from hypothesis import given
from hypothesis import strategies as st
from stdnum.be import vat as kbo
from stdnum.de import leitweg
from stdnum.iso7064 import mod_97_10
from stdnum.se import orgnr as swedish

from chain.documents.checks import CHECKS, passes
from chain.documents.identity import enterprise_id, is_valid, normalised_identifier
from chain.documents.model import Party, PartyIdentifier

#: One good number of each scheme that has check digits, as people write it.
GOOD = [
    ("USCC", "91350100M000100Y43"), ("LEI", "213800KUD8LAJWSQ9D15"), ("ICD:0199", "213800KUD8LAJWSQ9D15"),
    ("IBAN", "DE89 3704 0044 0532 0130 00"), ("ICD:9918", "GB29NWBK60161331926819"), ("ICD:0002", "552 100 554"),
    ("ICD:0002", "73282932000074"), ("ICD:0007", "556036-0793"), ("ICD:0009", "732 829 320 00074"),
    ("ICD:0088", "7300010000001"), ("ICD:0151", "51 824 753 556"), ("ICD:0183", "CHE-100.155.212"),
    ("ICD:0184", "DK13585628"), ("ICD:0188", "5-8356-7825-6246"), ("ICD:0191", "12345678"),
    ("ICD:0192", "988 077 917"), ("ICD:0196", "450401-3150"), ("ICD:0204", "04011000-1234512345-06"),
    ("ICD:9958", "991-01484-64"), ("ICD:0208", "0403.019.261"), ("ICD:0210", "00743110157"), ("ICD:0211", "IT00743110157"),
    ("ICD:0212", "2077474-0"), ("ICD:0213", "FI20774740"), ("ICD:0216", "003720774740"), ("ICD:0218", "40003521600"),
    ("ICD:0221", "T5835678256246"), ("ICD:9930", "136695976"), ("ICD:9908", "988077917"), ("VAT", "XI 980780684"),
]  # fmt: skip


def identifier(scheme: str, value: str) -> PartyIdentifier:
    return normalised_identifier(PartyIdentifier(scheme=scheme, value=value))


@pytest.mark.parametrize(("scheme", "value"), GOOD)
def test_a_good_number_passes(scheme, value):
    assert is_valid(identifier(scheme, value))


@pytest.mark.parametrize(("scheme", "value"), [row for row in GOOD if row[0] not in ("ICD:0196", "ICD:0216")])
def test_another_last_digit_does_not(scheme, value):
    for digit in set("0123456789") - {value[-1]}:
        assert not is_valid(identifier(scheme, value[:-1] + digit)), digit


@pytest.mark.parametrize("scheme", sorted({*CHECKS, "TAX", "ICD:0203", "ACCOUNT"}))
@given(length=st.integers(1, 30))
def test_noughts_name_nobody(scheme, length):
    assert not is_valid(identifier(scheme, "0" * length))


@given(st.text(min_size=1, max_size=40), st.sampled_from(sorted({*CHECKS, *(scheme for scheme, _ in GOOD), "TAX"})))
def test_any_text_is_checked_without_an_error_and_normalising_twice_changes_nothing(value, scheme):
    once = identifier(scheme, value)
    assert normalised_identifier(once) == once
    assert is_valid(once) in (True, False)


@given(st.sampled_from(GOOD), st.data())
def test_however_it_is_typed_it_is_one_id(good, data):
    scheme, value = good
    spaces = [data.draw(st.sampled_from(["", " ", "\u00a0", "\u3000", "\u200b"])) for _ in value]
    typed = "".join(space + character for space, character in zip(spaces, value, strict=True))
    wide = "".join(chr(ord(character) + 0xFEE0) if "!" <= character <= "~" else character for character in typed)
    for writing in (typed, typed.lower(), wide):
        assert identifier(scheme, writing) == identifier(scheme, value)


def test_digits_of_another_script_are_digits():
    assert identifier("ICD:0192", "٩٨٨٠٧٧٩١٧") == identifier("ICD:0192", "988077917")


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (("ICD:9930", "136695976"), ("VAT", "DE 136695976")), (("ICD:0184", "DK13585628"), ("ICD:9902", "13585628")),
        (("ICD:9918", "GB29NWBK60161331926819"), ("IBAN", "GB29 NWBK 6016 1331 9268 19")),
        (("ICD:9956", "0403019261"), ("ICD:0208", "BE0403019261")), (("ICD:9933", "094259216"), ("VAT", "GR094259216")),
    ],
)  # fmt: skip
def test_two_codes_of_one_register_are_one_id(left, right):
    assert identifier(*left) == identifier(*right)


# ------------------------------------------------------------------------------------- what the library gets wrong


def with_check_digits(stem: str, wanted: str) -> str:
    """A number of mod 97-10 whose check digits are ``wanted``: the stem's last three digits are tried."""
    return next(
        f"{stem}{n:03d}{wanted}" for n in range(1_000) if mod_97_10.calc_check_digits(f"{stem}{n:03d}") == wanted
    )


@pytest.mark.parametrize(("right", "twin"), [("97", "00"), ("98", "01"), ("02", "99")])
def test_check_digits_of_mod_97_are_02_to_98_and_the_library_takes_their_twins(right, twin):
    lei = with_check_digits("213800KUD8LAJWS", right)
    assert passes("LEI", lei)
    assert mod_97_10.is_valid(lei[:-2] + twin)
    assert not passes("LEI", lei[:-2] + twin)
    routed = with_check_digits("04011000", right)
    leitweg_id = f"{routed[:8]}-{routed[8:11]}-{right}"
    assert passes("ICD:0204", leitweg_id)
    assert leitweg.is_valid(leitweg_id[:-2] + twin)
    assert not passes("ICD:0204", leitweg_id[:-2] + twin)


def test_the_library_takes_an_iban_with_check_digits_that_no_bank_gives():
    account = next(
        f"{n:018d}" for n in range(10**17, 10**17 + 1_000) if stdnum.iban.calc_check_digits(f"DE00{n:018d}") == "98"
    )
    assert passes("IBAN", f"DE98{account}")
    assert stdnum.iban.is_valid(f"DE01{account}")
    assert not passes("IBAN", f"DE01{account}")


def test_the_library_takes_a_belgian_number_that_ends_in_00():
    stem = next(n for n in range(4_030_000, 4_040_000) if n % 97 == 0)
    assert kbo.is_valid(f"0{stem}97")
    assert passes("ICD:0208", f"0{stem}97")
    assert kbo.is_valid(f"0{stem}00")
    assert not passes("ICD:0208", f"0{stem}00")


def test_the_library_takes_noughts_and_articles_for_numbers():
    assert swedish.is_valid("0000000000")
    assert not passes("ICD:0007", "0000000000")
    assert stdnum.ean.is_valid("73513537")
    assert not passes("ICD:0088", "73513537")


def test_the_library_takes_a_leitweg_id_with_an_empty_fine_address():
    number = f"04011000--{mod_97_10.calc_check_digits('04011000')}"
    assert leitweg.is_valid(number)
    assert not passes("ICD:0204", number)


def test_hyphens_of_a_leitweg_id_mean_something():
    assert identifier("ICD:0204", "991-01484-64") != identifier("ICD:0204", "9910-1484-64")


def test_an_oin_behind_the_register_of_rsin_has_its_check_digit():
    assert passes("ICD:0190", "00000001111222333000")
    assert not passes("ICD:0190", "00000001111222334000")
    assert passes("ICD:0190", "00000003123456780000")


def test_an_account_names_an_enterprise_only_where_nothing_better_does():
    account = PartyIdentifier(scheme="IBAN", value="DE89370400440532013000")
    number = PartyIdentifier(scheme="ICD:0192", value="988077917")
    assert enterprise_id(Party(identifiers=(account,))) == "IBAN:DE89370400440532013000"
    assert enterprise_id(Party(identifiers=(account, number))) == "ICD:0192:988077917"
