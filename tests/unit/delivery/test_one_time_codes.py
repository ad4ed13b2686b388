"""Codes on their way: once, in time, not too many, and for an address that is nobody's in the same time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from bot.delivery.one_time_codes import OneTimeCodes
from bot.domain.effects import SendCode
from bot.domain.errors import PermanentFailure
from bot.domain.identity import CODE_SECONDS, digest_of
from bot.store.limits.customer_rate import (
    MOST_CODES_AN_HOUR,
    MOST_CODES_OF_ONE,
    MOST_CODES_TO_ONE,
    MOST_GUESSES_AN_HOUR,
    MOST_GUESSES_AT_ONE,
    CodeRate,
)
from bot.store.redis import Client
from integrations.mail import SmtpMail
from tests.doubles.clock import ManualClock
from tests.flow.harness.mail_server import Mailboxes, mailboxes

SARAHS = "sarah.chen@example.com"


@asynccontextmanager
async def opened(redis: Client, clock: ManualClock) -> AsyncIterator[tuple[OneTimeCodes, Mailboxes]]:
    async with mailboxes() as post:
        mail = SmtpMail(post.url, "frontdesk@acme.example", 30.0)
        yield OneTimeCodes("Acme", "Support", CodeRate(redis, clock), clock, mail=mail, helpdesk=None), post


def code(clock: ManualClock, number: int = 0, email: str = SARAHS, asker: str = "slack:T1:U1") -> SendCode:
    return SendCode(f"m{number}:code", email, "Sarah Chen" if email else "", f"12345{number % 10}", asker, clock.now())


async def test_an_address_that_is_nobodys_reaches_the_server_and_sends_nothing(
    redis: Client, clock: ManualClock
) -> None:
    async with opened(redis, clock) as (codes, post):
        await codes.send(code(clock))
        await codes.send(code(clock, 1, email=""))
        assert (post.greeted, post.codes(SARAHS)) == (2, ["123450"])


async def test_a_code_that_would_come_too_late_stays_away(redis: Client, clock: ManualClock) -> None:
    async with opened(redis, clock) as (codes, post):
        effect = code(clock)
        clock.advance(CODE_SECONDS + 1)
        await codes.send(effect)
        assert post.letters == []


@pytest.mark.parametrize(
    ("who", "most"), [("asker", MOST_CODES_TO_ONE), ("email", MOST_CODES_AN_HOUR), ("nobody", MOST_CODES_OF_ONE)]
)
async def test_neither_one_mailbox_nor_one_asker_gets_more_than_a_few_in_an_hour(
    redis: Client, clock: ManualClock, who: str, most: int
) -> None:
    async with opened(redis, clock) as (codes, post):
        for number in range(most + 2):
            effect = code(clock, number)
            if who == "asker":
                effect = replace(effect, asker=f"zendesk:{number}")
            elif who == "email":
                effect = replace(effect, email=f"c{number}@example.com")
            await codes.send(effect)
            await codes.send(effect)  # the same one again is not another one
        sent = len({letter["Message-ID"] for letter in post.letters})
        clock.advance(3_601)
        await codes.send(code(clock, 99))

    assert sent == most
    assert len({letter["Message-ID"] for letter in post.letters}) == sent + 1


async def test_who_asks_too_often_for_a_strangers_address_keeps_them_from_nothing(
    redis: Client, clock: ManualClock
) -> None:
    rate, address = CodeRate(redis, clock), digest_of(SARAHS)
    nosy = [await rate.allows("slack:U1", address, f"m{number}:code") for number in range(20)]

    assert sum(nosy) == MOST_CODES_OF_ONE
    assert await rate.allows("slack:SARAH", address, "s1:code")


async def test_guesses_are_bounded_for_who_guesses_and_for_whom_whatever_the_conversation(
    redis: Client, clock: ManualClock
) -> None:
    rate, address = CodeRate(redis, clock), digest_of(SARAHS)
    one = [await rate.may_try("slack:U1", address, f"m{number}") for number in range(20)]
    many = [await rate.may_try(f"zendesk:{number}", address, f"z{number}") for number in range(60)]
    other = await rate.may_try("slack:U9", digest_of("else@example.com"), "e1")
    clock.advance(3_601)

    assert sum(one) == MOST_GUESSES_AN_HOUR
    assert sum(one) + sum(many) == MOST_GUESSES_AT_ONE
    assert other
    assert await rate.may_try("slack:U1", address, "later")


async def test_only_what_went_out_counts_as_sent(redis: Client, clock: ManualClock) -> None:
    rate = CodeRate(redis, clock)
    async with opened(redis, clock) as (codes, _):
        await codes.send(code(clock))
        await codes.send(code(clock, 1, email=""))

    assert [await rate.was_sent(f"m{number}:code") for number in range(2)] == [True, False]


async def test_where_nothing_can_send_it_nobody_waits_for_it(redis: Client, clock: ManualClock) -> None:
    codes = OneTimeCodes("Acme", "Support", CodeRate(redis, clock), clock, mail=None, helpdesk=None)
    with pytest.raises(PermanentFailure):
        await codes.send(code(clock))
