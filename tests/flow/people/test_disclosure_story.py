"""The first message that the bot writes in a conversation says that an AI assistant writes, and no other does."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.turn.texts import say
from tests.flow.drafts.desk import SEND_TAG, becomes, draft_desk, notes, public_answers
from tests.flow.harness.frontdesk import DANA_ID, SARAH, SARAH_DM, SARAH_ID, Stage, open_stage
from tests.flow.harness.in_memory import open_in_memory
from tests.flow.harness.models import offline_with
from tests.flow.harness.story import Story
from tests.flow.slack.test_channel_story import desk_with
from tests.flow.tickets.test_humans_win import Interruption, opened
from tests.unit.web.webapp import events_of

pytestmark = pytest.mark.disclosed

ORDER = "Where is my order A1001?"
TOLD = say("disclosure.assistant", "en") + "\n\n"
BEARER = {"Authorization": "Bearer chat-secret"}
KEYS = "web:chat-secret:chat"


def told_in(texts: list[str]) -> list[bool]:
    """Return of each text whether it begins with the product's English words."""
    return [text.startswith(TOLD) for text in texts]


async def posted(stage: Stage, message: str, **more: Any) -> Any:
    """Return the answer of `/chat`."""
    answer = await stage.http.post(f"{stage.bot}/chat", json={"message": message, **more}, headers=BEARER)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_first_answer_of_a_thread_says_it_once(stage: Stage) -> None:
    ts = await stage.writes(SARAH, SARAH_DM, ORDER)
    await stage.answers(SARAH_DM, ts)
    await stage.writes(SARAH, SARAH_DM, "and can I return it?", ts)
    answers = await stage.answers(SARAH_DM, ts, 2)
    await stage.quiet()

    assert told_in(answers) == [True, False]
    assert "A1001" in answers[0]


async def test_each_new_conversation_of_the_same_person_begins_with_it(story: Story) -> None:
    first = await story.writes(SARAH, SARAH_DM, ORDER)
    await story.answers(SARAH_DM, first)
    await story.quiet()
    second = await story.writes(SARAH, SARAH_DM, "What is the shipping time?")

    assert told_in(await story.answers(SARAH_DM, second)) == [True]


@pytest.mark.parametrize(
    ("line", "language"),
    [
        ("I want to speak to a human", "en"),
        ("Ich möchte bitte mit einem Menschen sprechen", "de"),
        ("Je voudrais parler à un être humain, s'il vous plaît", "fr"),
    ],
)
async def test_a_hand_over_says_it_in_the_customers_language_and_people_never_do(
    story: Story, line: str, language: str
) -> None:
    ts = await story.writes(SARAH, SARAH_DM, line)
    await story.answers(SARAH_DM, ts)
    [ticket] = await story.tickets()
    await story.quiet()
    await story.comments(ticket["id"], DANA_ID, "Dana here, I am looking into it.")
    handed, relayed = await story.answers(SARAH_DM, ts, 2)

    told = say("disclosure.assistant", language)
    assert handed.startswith(f"{told}\n\n")
    assert told not in relayed
    assert [one["body"] for one in (await story.ticket(ticket["id"]))["comments"] if told in one["body"]] == []


async def test_a_draft_does_not_hold_it_and_is_sent_with_it(redis_url: str, tmp_path: Path) -> None:
    async with open_in_memory(redis_url, tmp_path, frontdesk_desk=draft_desk(tmp_path)) as story:
        ticket_id = await story.opens(ORDER)
        [note] = await notes(story, ticket_id)
        await story.changes(ticket_id, DANA_ID, add_tags=[SEND_TAG])
        [draft] = await becomes(story, f"zendesk:{ticket_id}", "sent")
        said = await public_answers(story, ticket_id)
        await story.quiet()
        view = await story.engine.conversations.read(f"zendesk:{ticket_id}")

    assert TOLD.strip() not in note["body"]
    assert said == [TOLD + draft.text]
    assert view is not None
    assert view.entries[-1].shown("")["text"] == said[0]


async def test_an_answer_that_was_withheld_has_told_nobody(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A customer writes once more while the first answer is made: the second is the first that they read."""
    interruption = Interruption()
    monkeypatch.setattr("bot.app.container.create_models", offline_with(interruption))
    async with open_stage(redis_url, tmp_path) as stage:

        async def writes_more(ticket_id: int) -> None:
            await stage.comments(ticket_id, SARAH_ID, "And can I return it?")

        ticket_id = await opened(stage, interruption, writes_more)
        await stage.bot_comments(ticket_id)
        await stage.quiet()
        said = [one["body"] for one in await stage.bot_comments(ticket_id)]

    assert told_in(said) == [True]


async def test_chat_says_it_in_its_response_and_again_after_a_reset(redis_url: str, tmp_path: Path) -> None:
    async with open_stage(redis_url, tmp_path, frontdesk_api_keys=KEYS) as stage:
        first = await posted(stage, "Where is my order A1001?", customer_id="cust_001")
        second = await posted(stage, "And can I return it?", session_id=first["session_id"])
        shown = (await stage.http.get(f"{stage.bot}/conversation/{first['session_id']}", headers=BEARER)).json()
        await stage.http.post(f"{stage.bot}/conversation/{first['session_id']}/reset", headers=BEARER)
        third = await posted(stage, "Where is my order A1001?", session_id=first["session_id"])

    assert told_in([first["response"], second["response"], third["response"]]) == [True, False, True]
    assert first["response"] in [entry["text"] for entry in shown["transcript"]]


async def test_what_is_streamed_begins_as_the_answer_does(redis_url: str, tmp_path: Path) -> None:
    async with open_stage(redis_url, tmp_path, frontdesk_api_keys=KEYS) as stage:
        body = {"message": ORDER, "customer_id": "cust_001"}
        answer = await stage.http.post(
            f"{stage.bot}/chat", json=body, headers={**BEARER, "Accept": "text/event-stream"}
        )
    events = events_of(answer)
    streamed = "".join(data["text"] for name, data in events if name == "delta")
    done = next(data["response"] for name, data in events if name == "done")

    assert done.startswith(TOLD)
    assert streamed
    assert done.startswith(streamed.rstrip())


async def test_a_refusal_that_nothing_is_stored_of_says_it_and_the_answer_after_it_does_not(
    redis_url: str, tmp_path: Path
) -> None:
    async with open_stage(redis_url, tmp_path, frontdesk_max_message_chars=50, frontdesk_api_keys=KEYS) as stage:
        refused = await posted(stage, "Where is my order? " * 5, session_id="s1")
        answered = await posted(stage, "What is the shipping time?", session_id="s1")

    assert told_in([refused["response"], answered["response"]]) == [True, False]


async def test_no_model_reads_it(redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []
    monkeypatch.setattr(
        "bot.app.container.create_models", offline_with(lambda *given: heard.append(json.dumps(given, default=str)))
    )
    async with open_stage(redis_url, tmp_path) as stage:
        ts = await stage.writes(SARAH, SARAH_DM, ORDER)
        await stage.answers(SARAH_DM, ts)
        await stage.writes(SARAH, SARAH_DM, "and can I return it?", ts)
        answers = await stage.answers(SARAH_DM, ts, 2)

    assert told_in(answers) == [True, False]
    assert len(heard) > 1
    assert not [text for text in heard if TOLD.strip() in text]


@pytest.mark.parametrize(
    ("words", "begins"),
    [(False, ""), ({"en": "Robo writes here."}, "Robo writes here.\n\n"), ({"de": "Robo schreibt."}, TOLD)],
)
async def test_a_desk_says_it_in_its_own_words_or_not_at_all(
    redis_url: str, tmp_path: Path, words: Any, begins: str
) -> None:
    async with open_in_memory(
        redis_url, tmp_path / "data", frontdesk_desk=desk_with(tmp_path, disclosure=words)
    ) as story:
        ts = await story.writes(SARAH, SARAH_DM, "What is the shipping time?")
        [answer] = await story.answers(SARAH_DM, ts)

    assert answer.startswith(begins)
    assert begins == TOLD or TOLD.strip() not in answer
