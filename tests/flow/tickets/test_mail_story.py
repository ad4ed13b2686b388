"""Mail as people send it: their own words decide, and nothing that stands around them."""

from pathlib import Path
from typing import Any

import pytest

from tests.flow.harness.frontdesk import BOT_ID, SARAH_ID, Stage
from tests.flow.harness.mail_server import mailboxes
from tests.flow.harness.refunds import open_refunds
from tests.flow.harness.scripted_model import Script
from tests.mail_forms import ABOVE, HTML, SIGNED, marked

QUESTION = "Hello, how long does standard shipping take?"
FOOTERS = {
    "attorney": SIGNED["attorney"],
    "bank": SIGNED["bank"],
    "block": SIGNED["block"],
    "kanzlei": "\n\nMit freundlichen Grüßen\nSarah Chen\nRechtsanwältin\n\nDiese Nachricht ist vertraulich. Anwalt und "
    "Mandant schützt das Gesetz. Sind Sie nicht der richtige Empfänger, löschen Sie diese E-Mail.",
    "avocats": "\n\nCordialement,\nSarah Chen\n\nCe message est confidentiel ; un avocat est tenu au secret. Si vous "
    "n'êtes pas le destinataire, merci de le détruire.",
    "team": "\n\nBest regards,\n\nSarah Chen\nFraud Prevention Team | Example Bank\nSpeak to a human: +1 555 0100",
}
OLDER = "\n".join(f"{number}. An older line of a long conversation about many things." for number in range(100))
ASKED_FOR_HUMAN = "If you would like to talk to a human, just say so."


async def answered_by_the_bot(stage: Stage, ticket_id: int, count: int) -> str:
    """Return the newest public answer, once there are `count`, and nobody but the bot has the ticket."""
    answer = (await stage.bot_comments(ticket_id, count))[-1]["body"]
    await stage.quiet()
    assert await stage.owner(f"zendesk:{ticket_id}") == "bot"
    assert "longer than I can take in" not in answer
    return str(answer)


async def test_a_footer_alone_brings_nobody(stage: Stage) -> None:
    await stage.takes_all()
    tickets = [await stage.opens(QUESTION + footer) for footer in FOOTERS.values()]
    for ticket_id in tickets:
        assert "5-7" in (await answered_by_the_bot(stage, ticket_id, 1)).replace("–", "-")
        assert "frontdesk_escalated" not in (await stage.ticket(ticket_id))["tags"]


async def test_what_stands_above_a_footer_still_brings_people(stage: Stage) -> None:
    ticket_id = await stage.opens("I will call my lawyer." + SIGNED["block"])
    await stage.owned_by(f"zendesk:{ticket_id}", "escalated")
    await stage.quiet()
    assert (await stage.ticket(ticket_id))["priority"] == "urgent"


@pytest.mark.parametrize(
    "quotation",
    [
        f"\n\nOn Mon, Nov 23, 2026 at 10:02 AM Acme <support@acme.zendesk.com> wrote:\n> {ASKED_FOR_HUMAN}",
        f"\n\nFrom: Acme Support <support@acme.zendesk.com>\nSent: Monday, November 23, 2026 10:02 AM\nTo: Sarah Chen "
        f"<sarah.chen@example.com>\nSubject: Re: My order\n\n{ASKED_FOR_HUMAN}\n{OLDER}",
        f"\n\nVon: Acme Support <support@acme.zendesk.com>\nGesendet: Montag, 23. November 2026 10:02\nAn: Sarah Chen\n"
        f"Betreff: AW: Order\n\n{ASKED_FOR_HUMAN}\n{OLDER}",
        f"\n\nLe lun. 23 nov. 2026 à 10:02, Acme <support@acme.zendesk.com> a écrit :\n\n{marked(OLDER)}\n> fraud",
    ],
    ids=["gmail", "outlook", "outlook de", "gmail fr"],
)
async def test_a_quoted_mail_is_neither_a_wish_nor_too_long(stage: Stage, quotation: str) -> None:
    ticket_id = await stage.opens(QUESTION)
    await stage.bot_comments(ticket_id)
    await stage.comments(ticket_id, SARAH_ID, f"Thanks. And how long does express shipping take?{quotation}")
    assert "12.99" in await answered_by_the_bot(stage, ticket_id, 2)


async def test_the_model_reads_the_own_words_and_what_is_forwarded_and_no_quotation(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forwarded = "---------- Forwarded message ---------\nFrom: shop@example.com\nSubject: Fraud team\n\nOrder A1001"
    async with open_refunds(redis_url, tmp_path, monkeypatch, {"arrive": ["On Friday."]}) as till:
        first = await till.stage.opens(f"When does it arrive?\n\nSarah{ABOVE['outlook en']}")
        second = await till.stage.opens(f"When does this arrive?\n\n{forwarded}")
        await till.stage.bot_comments(first)
        await till.stage.bot_comments(second)
        await till.stage.quiet()
        read = [latest for _, latest in till.model.asked]
        view = await till.stage.engine.conversations.read(f"zendesk:{second}")

    assert any(latest == "A question\n\nWhen does it arrive?" for latest in read)
    assert any("Order A1001" in latest and "not their own word" in latest for latest in read)
    assert view is not None
    assert view.conversation.owner == "bot"
    assert view.entries[0].text == "A question\n\nWhen does this arrive?"


async def test_other_questions_over_the_same_footer_are_other_questions(stage: Stage) -> None:
    ticket_id = await stage.opens(QUESTION + SIGNED["block"])
    for count, question in enumerate(
        ["And how long does express shipping take?", "How do I reset my password?"], start=2
    ):
        await answered_by_the_bot(stage, ticket_id, count - 1)
        await stage.comments(ticket_id, SARAH_ID, question + SIGNED["block"])
    await answered_by_the_bot(stage, ticket_id, 3)


async def test_the_footers_language_is_not_the_customers(stage: Stage) -> None:
    ticket_id = await stage.opens(QUESTION + SIGNED["de"])
    await stage.bot_comments(ticket_id)
    await stage.comments(ticket_id, SARAH_ID, "I want to talk to a human, please." + SIGNED["de"])
    told = (await stage.bot_comments(ticket_id, 2))[-1]["body"]
    await stage.quiet()
    view = await stage.engine.conversations.read(f"zendesk:{ticket_id}")

    assert view is not None
    assert view.conversation.language == "en"
    assert "passed this on" in told


@pytest.mark.parametrize(
    "mail",
    [
        {"body": f"Yes, please.{ABOVE['outlook en']}"},
        {"body": f"Yes, please.{ABOVE['gmail, wrapped']}"},
        {"body": f"Yes, please.{SIGNED['regards']}"},
        {"body": f"Yes, please.{SIGNED['outlook for ios']}"},
        {"body": f"Ja, gerne.{SIGNED['de']}{ABOVE['outlook de']}"},
        {"body": "Oui, d'accord.\n\nSarah" + ABOVE["outlook fr"]},
        {"body": "unmarked", "html": HTML["thunderbird de, below"]},
    ],
    ids=["outlook", "gmail", "signed", "outlook app", "outlook de", "outlook fr", "thunderbird below"],
)
async def test_a_plain_yes_counts_whatever_stands_around_it(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mail: dict[str, Any]
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch) as till:
        ticket = await till.stage.opens("Please refund ord_1002")
        await till.stage.bot_comments(ticket)
        await till.stage.quiet()
        await till.stage.comments(ticket, SARAH_ID, **mail)
        await till.stage.bot_comments(ticket, 2)
        await till.stage.quiet()
        assert len(await till.committed()) == 1


async def test_a_yes_that_says_more_below_a_line_is_none(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch) as till:
        ticket = await till.stage.opens("Please refund ord_1002")
        await till.stage.bot_comments(ticket)
        await till.stage.quiet()
        await till.stage.comments(ticket, SARAH_ID, "Yes\n--\nbut only if it comes back to my card.")
        await till.stage.comments(ticket, SARAH_ID, "Yes\n\nBest regards\nSarah\n\nPS: not before Friday, please.")
        await till.stage.bot_comments(ticket, 2)
        await till.stage.quiet()
        assert await till.committed() == []


async def test_a_plain_thanks_solves_whatever_stands_around_it(stage: Stage) -> None:
    await stage.takes_all()
    forms = [
        f"Thank you!{ABOVE['outlook en']}",
        f"Thanks a lot!{SIGNED['block']}{ABOVE['gmail, wrapped']}",
        f"Vielen Dank!{SIGNED['de, short']}{ABOVE['outlook de']}",
    ]
    tickets = [await stage.opens(QUESTION) for _ in forms]
    for ticket_id, thanks in zip(tickets, forms, strict=True):
        await stage.bot_comments(ticket_id)
        await stage.quiet()
        await stage.comments(ticket_id, SARAH_ID, thanks)
    await stage.quiet()
    for ticket_id in tickets:
        assert (await stage.ticket(ticket_id))["status"] == "solved"
        assert len(await stage.bot_comments(ticket_id)) == 1


async def test_an_address_is_read_over_the_quoted_question_for_it(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.flow.people.test_identity_story import LOOK_UP

    script: Script = LOOK_UP
    async with mailboxes() as post:
        mail = {"frontdesk_smtp_url": post.url, "frontdesk_mail_from": "Acme <frontdesk@acme.example>"}
        async with open_refunds(redis_url, tmp_path, monkeypatch, script, **mail) as till:
            ticket = await till.stage.opens("where is my order A1001?", trusted=False)
            asked = (await till.stage.bot_comments(ticket))[0]["body"]
            await till.stage.quiet()
            reply = (
                "sarah.chen@example.com\n\nOn Mon, Nov 23, 2026 at 10:02 AM Acme Support <support@acme.zendesk.com> "
                f"wrote:\n\n{marked(asked)}"
            )
            await till.stage.comments(ticket, SARAH_ID, reply, trusted=False)
            await till.stage.bot_comments(ticket, 2)
            await till.stage.quiet()
            codes = post.codes("sarah.chen@example.com")
            wrong = codes[-1][:-1] + str((int(codes[-1][-1]) + 1) % 10)
            quoted = f"On Mon, Nov 23, 2026 at 10:02 AM Acme <x@acme.zendesk.com> wrote:\n\n> an older code: {wrong}"
            await till.stage.comments(ticket, SARAH_ID, f"{codes[-1]}\n\nSarah Chen\n\n{quoted}", trusted=False)
            answer = (await till.stage.bot_comments(ticket, 3))[-1]["body"]
            await till.stage.quiet()
            owner = await till.stage.owner(f"zendesk:{ticket}")

    assert "talk to a human" in asked
    assert len(codes) == 1
    assert "1Z999AA10123456784" in answer
    assert owner == "bot"


async def test_people_read_the_whole_mail_on_the_ticket(stage: Stage) -> None:
    whole = f"{QUESTION}{SIGNED['block']}{ABOVE['outlook en']}"
    ticket_id = await stage.opens(whole)
    await answered_by_the_bot(stage, ticket_id, 1)
    comments = (await stage.ticket(ticket_id))["comments"]
    assert next(comment["body"] for comment in comments if comment["author_id"] != BOT_ID) == whole
