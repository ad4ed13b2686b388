"""Mail that goes out once in the reader's eyes, and never in the clear beyond this machine."""

import pytest

from bot.app.settings import load_settings
from bot.domain.errors import ConfigError, PermanentFailure, TemporaryFailure, UnknownOutcome
from bot.domain.ports import Letter
from integrations.mail import SmtpMail
from tests.flow.harness.mail_server import mailboxes

SENDER = "Acme <frontdesk@acme.example>"
LETTER = Letter("m1:code", "sarah.chen@example.com", "Your code", "Your code is 123456.\nGrüße")


async def test_a_letter_whose_sending_broke_off_is_sent_again_as_the_same_letter() -> None:
    async with mailboxes() as post:
        mail = SmtpMail(post.url, SENDER, 30.0)
        post.breaks = 1
        with pytest.raises(UnknownOutcome):
            await mail.send(LETTER)
        await mail.send(LETTER)
        await mail.send(Letter("m2:code", LETTER.to, LETTER.subject, LETTER.text))

    first, again, other = post.letters
    assert first["Message-ID"] == again["Message-ID"] != other["Message-ID"]
    assert first["Message-ID"].endswith("@acme.example>")
    assert (first["From"], first["To"], first["Auto-Submitted"]) == (SENDER, LETTER.to, "auto-generated")
    assert post.codes(LETTER.to) == ["123456"] * 3


async def test_reaching_the_server_sends_nothing() -> None:
    async with mailboxes() as post:
        await SmtpMail(post.url, SENDER, 30.0).reach()
        assert (post.greeted, post.letters) == (1, [])


async def test_a_server_that_is_away_is_tried_again_and_one_that_refuses_is_not() -> None:
    async with mailboxes() as post:
        post.refusal = b"550 no such mailbox sarah.chen@example.com\r\n"
        with pytest.raises(PermanentFailure) as refused:
            await SmtpMail(post.url, SENDER, 30.0).send(LETTER)
        post.refusal = b"451 later\r\n"
        with pytest.raises(TemporaryFailure) as later:
            await SmtpMail(post.url, SENDER, 30.0).send(LETTER)
        away = post.url
    with pytest.raises(TemporaryFailure):
        await SmtpMail(away, SENDER, 30.0).send(LETTER)

    assert refused.value.code == "550"
    assert "sarah" not in str(refused.value)
    assert not isinstance(later.value, UnknownOutcome)


async def test_a_password_is_not_sent_in_the_clear() -> None:
    async with mailboxes() as post:
        with pytest.raises((TemporaryFailure, PermanentFailure)):
            await SmtpMail(post.url.replace("//", "//me:secret@"), SENDER, 30.0).reach()
        assert b"AUTH" not in b"".join(post.heard)


@pytest.mark.parametrize(
    ("url", "sender", "problem"),
    [
        ("http://mail.example", SENDER, "FRONTDESK_SMTP_URL"),
        ("smtp://", SENDER, "FRONTDESK_SMTP_URL"),
        ("smtp://mail.example", "", "FRONTDESK_MAIL_FROM"),
    ],
)
def test_a_half_named_mail_server_is_said_so_at_the_start(url: str, sender: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem) as told:
        load_settings(_env_file=None, frontdesk_smtp_url=url, frontdesk_mail_from=sender)
    assert "secret" not in str(told.value)
