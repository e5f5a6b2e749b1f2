"""Money is integer minor units of an ISO 4217 currency; nothing is rounded away on the way in."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.errors import AmountMalformed, AmountNotRepresentable, CurrencyMismatch, CurrencyUnknown
from chain.money import CHAIN_CURRENCIES, Money, chain_currency, chain_currency_index, exponent

minors = st.integers(min_value=-(10**18), max_value=10**18)


@pytest.mark.parametrize(("currency", "digits"), [("CNY", 2), ("JPY", 0), ("KWD", 3), ("IDR", 2), ("CLF", 4)])
def test_the_exponent_is_that_of_iso_4217(currency, digits):
    assert exponent(currency) == digits


@pytest.mark.parametrize("currency", ["XXQ", "", "cny", "RMB", "XAU", "XTS"])
def test_what_is_no_currency_with_a_minor_unit_is_refused(currency):
    with pytest.raises(CurrencyUnknown):
        Money.parse("1", currency)


@given(minors, st.sampled_from(CHAIN_CURRENCIES))
def test_an_amount_reads_back_from_its_decimal_form(minor, currency):
    assert Money.parse(str(Money(minor, currency).decimal), currency) == Money(minor, currency)


@given(
    st.from_regex(r"[+-]?([0-9]{1,12}(\.[0-9]{0,6})?|\.[0-9]{1,6})", fullmatch=True), st.sampled_from(CHAIN_CURRENCIES)
)
def test_an_amount_is_worth_its_decimal_or_is_refused(text, currency):
    exact = Decimal(text).scaleb(exponent(currency))
    if exact == exact.to_integral_value():
        assert Money.parse(text, currency).minor == exact
    else:
        with pytest.raises(AmountNotRepresentable):
            Money.parse(text, currency)


@pytest.mark.parametrize("text", ["0.001", "1.005", "-0.009"])
def test_an_amount_finer_than_the_minor_unit_is_refused_not_rounded(text):
    with pytest.raises(AmountNotRepresentable):
        Money.parse(text, "CNY")


@pytest.mark.parametrize("text", ["", "1,50", "1 000", "NaN", "Infinity", "1e999", "0x10", "１．５０元", "--1"])
def test_what_is_no_plain_decimal_is_refused(text):
    with pytest.raises(AmountMalformed):
        Money.parse(text, "CNY")


def test_two_currencies_are_never_added():
    with pytest.raises(CurrencyMismatch):
        Money(1, "CNY") + Money(1, "EUR")


@given(st.sampled_from(CHAIN_CURRENCIES))
def test_a_currency_has_one_number_on_chain_and_back(currency):
    assert chain_currency(chain_currency_index(currency)) == currency
    assert 1 <= chain_currency_index(currency) <= 255


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=6))
def test_rounding_is_to_the_nearest_minor_unit_halves_away_from_zero(value):
    rounded = Money.rounded(value, "CNY")
    assert abs(rounded.decimal - value) <= Decimal("0.005")


@given(st.integers(1, 255))
def test_a_number_without_a_currency_stops_nobody(index):
    currency = chain_currency(index)
    assert chain_currency_index(currency) == index
    assert Money(1_234, currency).text()
    with pytest.raises(CurrencyUnknown):
        Money.parse("1", f"#{index}")  # nobody writes it in a document
