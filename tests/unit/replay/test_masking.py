"""Personal data is masked, the same thing always by the same placeholder, and what the desk needs stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.replay.masking import Mask, ObjectIds
from bot.replay.past_tickets import Person

OBJECTS = ObjectIds(["ord_1001", "A1001", "cust_001"])
SARAH = Person("1", "Sarah Chen", "sarah.chen@example.com", ("+1 415 555 0199",))
PEOPLE = (
    SARAH,
    Person("2", "Mark Will"),
    Person("3", "Support Team"),
    Person("4", "José García"),
    Person("5", "田中太郎"),
    Person("6", "Li Wei"),
    Person("7", "Tom O'Hara"),
)


def masked(text: str) -> str:
    mask = Mask(PEOPLE, OBJECTS, {"billing", "acme", "store"})
    mask.learn(text)
    return mask(text)


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Hi Sarah, all is well", "Sarah"),
        ("thanks, sarah CHEN", "CHEN"),
        ("Chen, Sarah wrote", "Chen"),
        ("sarahchen is my login", "sarahchen"),
        ("that was Sarah's parcel", "Sarah"),
        ("I agree, Will says so", "Will"),
        ("Jose Garcia wrote without accents", "Garcia"),
        ("田中太郎です", "田中"),
        ("ask Li Wei", "Wei"),
        ("Kind regards,\nJürgen Klinsmann", "Klinsmann"),
        ("my name is Peter Parker and I wait", "Peter"),
        ("Sehr geehrte Frau Müller-Lüdenscheid,", "Lüdenscheid"),
        ("Dear Ms. O'Neil-Smith,", "Neil"),
        ("write to sarah.chen+shop@mail.example.co.uk", "sarah.chen"),
        ("call +49 170 1234567", "1234567"),
        ("(415) 555-0199 is mine", "0199"),
        ("06 12 34 56 78", "34 56"),
        ("Tel. 0171 5550123", "5550123"),
        ("mobile: 5550123456", "5550123456"),
        ("card 4111 1111 1111 1111", "1111 1111"),
        ("IBAN DE89 3704 0044 0532 0130 00", "0532"),
        ("from 192.168.17.5", "192.168"),
        ("I live at 48 Maple Street, Springfield, IL 62704", "Maple"),
        ("Gartenstraße 12, 10115 Berlin", "Garten"),
        ("12, rue de la Paix, 75002 Paris", "Paix"),
        ("Calle de Alcalá 45, 28014 Madrid", "Alcalá"),
        ("10 Downing Street, London SW1A 2AA", "SW1A"),
        ("born on 12.03.1980", "1980"),
        ("passport C01X00T47", "C01X00T47"),
        ("customer KD483920", "KD483920"),
        ("parcel 1Z999AA10123456784", "1Z999"),
        ("contract #7712345", "7712345"),
        ("my code is 123456", "123456"),
        ("key sk-abcdefghijklmnopqrstuvwxyz123456", "sk-abc"),
        ("see https://acme.com/reset/123456?mail=sarah@example.com", "123456"),
        ("on twitter I am @sarah_the_great", "sarah_the_great"),
    ],
)
def test_what_somebody_is_known_by_is_masked(text: str, secret: str) -> None:
    assert secret not in masked(text)
    assert "[" in masked(text)


@pytest.mark.parametrize(
    "text",
    [
        "order A1001 and ord_1002 cost 89.00 USD together",
        "Refunds take 5–7 business days, at most 30 days, so until 2026-11-10T12:00:00Z",
        "We are open 09:00-17:00 on 12.10.2026 - 14.10.2026",
        "1.299,00 EUR or $1,299.00, and 10000 USD for 25000 credits",
        "I will pay in May. Mark it as done, the Support Team helps",
        "see https://acme.com/help/shipping",
        "HTTP 500 in version 2.14",
        "Where do I find Billing in the Acme Store?",
    ],
)
def test_what_the_desk_needs_stays(text: str) -> None:
    assert masked(text) == text


def test_one_thing_has_one_placeholder_on_both_sides() -> None:
    mask = Mask((SARAH,), OBJECTS)

    asked, answered = (
        mask("where is 1Z999AA10123456784? Sarah"),
        mask("Hi Sarah Chen, 1Z999AA10123456784 is on its way"),
    )

    assert (asked, answered) == ("where is [number-2]? [person-1]", "Hi [person-1], [number-2] is on its way")


def test_a_request_is_masked_to_its_depth_and_keeps_its_ids() -> None:
    mask = Mask((SARAH,), OBJECTS)

    items = [{"id": "msg_1234567", "content": [{"text": "I am Sarah"}]}, {"call_id": "call_99887766", "output": "Chen"}]

    assert mask.deep(items) == [
        {"id": "msg_1234567", "content": [{"text": "I am [person-1]"}]},
        {"call_id": "call_99887766", "output": "[person-1]"},
    ]


@given(st.text(max_size=300))
def test_any_text_can_be_masked_and_twice_is_no_more_than_once(text: str) -> None:
    mask = Mask(PEOPLE, OBJECTS)
    once = mask(text)
    assert mask(once) == once
