"""What is taken out of a text before anything keeps it, and what must stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.text.redaction import CARD, CODE, KEY, is_card, mask, mask_codes


@pytest.mark.parametrize(
    "number",
    [
        "4111111111111111",
        "4111 1111 1111 1111",
        "4242-4242-4242-4242",
        "5555.5555.5555.4444",
        "5555 5555  5555 4444",
        "4111\u00a01111\u00a01111\u00a01111",
        "3782 822463 10005",
        "378282246310005",
        "30569309025904",
        "6011111111111117",
        "3530111333300000",
        "2223003122003222",
        "4000 0566 5566 5556",
    ],
)
def test_a_card_number_is_taken_out_however_it_is_written(number: str) -> None:
    assert mask(f"my card is {number}, thanks") == f"my card is {CARD}, thanks"


def test_a_card_number_among_other_digits_is_found() -> None:
    assert mask("4111 1111 1111 1111 12/27 123") == f"{CARD} 12/27 123"
    assert mask("order 1234 4242 4242 4242 4242") == f"order 1234 {CARD}"
    assert mask("4111111111111111 4242424242424242") == f"{CARD} {CARD}"


@pytest.mark.parametrize(
    "text",
    [
        "where is ord_1001, or A1001, or ord_2001 of 999.99?",
        "1Z999AA10123456784",
        "9400 1118 9922 3397 6203 54",
        "00340434161094042557",
        "call me: +49 4111 1111 1111 111",
        "+4111111111111111",
        "4111111111111112",
        "IMEI 356938035643809",
        "paid 1,299.99 and 2.499,00 on 2026-11-20 at 10:45",
        "the token in the app expires",
        "my password reset token is invalid",
        "see https://acme.example/orders/ord_1001",
        "K7QW2P, LL0EZ6, 12C",
    ],
)
def test_what_only_looks_like_one_stays(text: str) -> None:
    assert mask_codes(mask(text)) == text


@pytest.mark.parametrize(
    "key",
    [
        "sk-proj-abcdefghijklmnop1234",
        "xoxb-" + "123456789012-abcdefGHIJ",
        "xapp-1-A012-345-abcdef",
        "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2",
        "AKIA" + "IOSFODNN7EXAMPLE",
        "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY-----",
    ],
)
def test_a_key_is_taken_out(key: str) -> None:
    assert mask(f"I use {key} here") == f"I use {KEY} here"


@pytest.mark.parametrize(
    "text", ["api key: 9f86d081884c7d659a2feaa0c55ad015", "Authorization: Bearer dGhpcyBpcyBhIHRlc3Q0"]
)
def test_a_long_value_beside_a_word_for_keys_is_taken_out(text: str) -> None:
    masked = mask(text)

    assert masked.endswith(KEY)
    assert masked.startswith(text.split(maxsplit=1)[0])


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("my verification code is 482913", f"my verification code is {CODE}"),
        ("OTP 4829", f"OTP {CODE}"),
        ("the code is 482 913", f"the code is {CODE}"),
        ("482913 is your security code", f"{CODE} is your security code"),
        ("Mein Bestätigungscode lautet 482913.", f"Mein Bestätigungscode lautet {CODE}."),
        ("le code de vérification : 482913", f"le code de vérification : {CODE}"),
        ("mi código de verificación es 482913", f"mi código de verificación es {CODE}"),
    ],
)
def test_a_one_time_code_is_taken_out(text: str, masked: str) -> None:
    assert mask_codes(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "482913",
        "error code 500123",
        "the promo code 123456 does not work",
        "postal code 94110",
        "my security code does not arrive, order ord_1001",
        "the discount code is SUMMER2026",
        "your login code costs $4999?",
    ],
)
def test_other_numbers_are_no_one_time_codes(text: str) -> None:
    assert mask_codes(text) == text


@given(st.from_regex(r"\A4[0-9]{14}\Z"), st.sampled_from(["", " ", "-"]))
def test_whatever_card_it_is_it_is_taken_out(start: str, gap: str) -> None:
    number = next(start + str(last) for last in range(10) if is_card(start + str(last)))
    written = gap.join(number[index : index + 4] for index in range(0, 16, 4))

    assert mask(written) == CARD


@given(st.text())
def test_masking_twice_changes_nothing_more(text: str) -> None:
    assert mask_codes(mask(mask_codes(mask(text)))) == mask_codes(mask(text))
