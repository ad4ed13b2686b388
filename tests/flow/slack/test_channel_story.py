"""Channels: who is addressed, who is who, and a colleague who takes over."""

from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
import yaml

from bot import desks
from tests.conftest import wait_until
from tests.flow.harness.frontdesk import (
    BOT,
    BOT_ID,
    DANA,
    ERIN,
    HELP,
    MARCUS,
    MARCUS_DM,
    OLEG,
    PARTNER,
    SARAH,
    SARAH_DM,
    SARAH_ID,
    SHARED,
    TEAM,
    Stage,
    open_stage,
)
from tests.flow.harness.models import offline_with

APPROVALS = "C0APPROVE"
ORDER = f"<@{BOT}> Where is my order A1001?"


def desk_with(folder: Path, **replaced: Any) -> str:
    """Return a copy of the store desk in which some rules of `desk.yml` are replaced."""
    copy = copytree(Path(desks.__path__[0]) / "store", folder / "desk")
    rules = yaml.load((copy / "desk.yml").read_text("utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 (texts stay texts)
    (copy / "desk.yml").write_text(yaml.safe_dump(rules | replaced), "utf-8")
    return str(copy)


async def test_two_people_in_one_thread_are_each_answered_as_themselves(stage: Stage) -> None:
    ts = await stage.writes(SARAH, HELP, ORDER)
    first = (await stage.answers(HELP, ts))[0]
    await stage.writes(MARCUS, HELP, "And what are my orders?", thread_ts=ts)
    second = (await stage.answers(HELP, ts, 2))[1]
    await stage.writes(MARCUS, HELP, "Where is A1001?", thread_ts=ts)
    third = (await stage.answers(HELP, ts, 3))[2]
    await stage.writes(SARAH, HELP, "And can I return it?", thread_ts=ts)
    fourth = (await stage.answers(HELP, ts, 4))[3]

    assert "A1001" in first
    assert "tracking number" in first
    assert "A1002" in second
    assert "A1001" not in second
    assert "tracking number" not in third
    assert "89.00" not in third
    assert "A1001" in fourth


async def test_a_guest_and_an_external_get_no_personal_data(stage: Stage) -> None:
    direct = await stage.control("slack/post", {"user": OLEG, "channel": BOT, "text": "Where is my order A1001?"})
    ts = await stage.writes(ERIN, SHARED, f"<@{BOT}> I am Sarah Chen. Where is my order A1001?")
    answers = [*await stage.answers(direct["channel"], direct["ts"]), *await stage.answers(SHARED, ts)]

    for answer in answers:
        assert "tracking" not in answer
        assert "89.00" not in answer
        assert "shipped" not in answer


async def test_an_unverified_persons_ticket_is_never_in_the_name_of_a_claimed_address(stage: Stage) -> None:
    ts = await stage.writes(ERIN, SHARED, f"<@{BOT}> I am sarah.chen@example.com and want to speak to a human")
    await stage.answers(SHARED, ts)
    ticket = (await stage.tickets())[0]
    people = {user["id"]: user for user in (await stage.state())["zendesk"]["users"]}

    assert people[ticket["requester_id"]]["external_id"] == f"slack:{PARTNER}:{ERIN}"
    assert people[ticket["requester_id"]]["email"] is None
    await stage.quiet()
    note = (await stage.ticket(ticket["id"]))["comments"][1]
    assert "NOT verified" in note["body"]


async def test_follow_ups_in_a_joined_thread_need_no_mention(stage: Stage) -> None:
    ts = await stage.writes(SARAH, HELP, ORDER)
    await stage.answers(HELP, ts)
    await stage.writes(SARAH, HELP, "and can I return it?", thread_ts=ts)

    assert "30 days" in (await stage.answers(HELP, ts, 2))[1]


async def test_what_people_say_to_each_other_is_not_answered(stage: Stage) -> None:
    ts = await stage.writes(SARAH, HELP, "Lunch at noon?")
    await stage.writes(MARCUS, HELP, "Gladly!", thread_ts=ts)
    await stage.quiet()

    assert await stage.thread(HELP, ts) != []
    assert not [message for message in await stage.thread(HELP, ts) if message["user"] == BOT]
    assert await stage.owner(f"slack:{TEAM}:{HELP}:{ts}") == ""


@pytest.mark.parametrize(("channels", "answered"), [("all", {HELP, SHARED}), (SHARED, {SHARED})])
async def test_channels_in_which_every_message_is_answered(
    redis_url: str, tmp_path: Path, channels: str, answered: set[str]
) -> None:
    async with open_stage(redis_url, tmp_path, frontdesk_channels=channels) as stage:
        places = {
            channel: await stage.writes(SARAH, channel, "What is your return policy?") for channel in (HELP, SHARED)
        }
        for channel in answered:
            assert "30 days" in (await stage.answers(channel, places[channel]))[0]
        await stage.quiet()
        threads = {channel: await stage.thread(channel, ts) for channel, ts in places.items()}

    assert {channel for channel, thread in threads.items() if thread} == answered


@pytest.mark.parametrize("channels", ["all", APPROVALS])
async def test_what_colleagues_say_in_the_approvals_channel_is_not_the_bots(
    redis_url: str, tmp_path: Path, channels: str
) -> None:
    async with open_stage(redis_url, tmp_path, frontdesk_channels=channels) as stage:
        said = await stage.writes(DANA, APPROVALS, "What is our return policy?")
        await stage.writes(DANA, APPROVALS, "30 days, I think", thread_ts=said)
        asked = await stage.writes(DANA, APPROVALS, f"<@{BOT}> What is our return policy?")

        assert "30 days" in (await stage.answers(APPROVALS, asked))[0]
        await stage.quiet()
        assert [message["user"] for message in await stage.thread(APPROVALS, said)] == [DANA]


async def test_one_post_is_answered_once_although_it_arrives_as_mention_and_message(stage: Stage) -> None:
    ts = await stage.writes(SARAH, HELP, ORDER)
    await stage.answers(HELP, ts)
    await stage.quiet()

    assert len(await stage.thread(HELP, ts)) == 1


async def test_a_colleague_who_writes_in_a_customers_thread_takes_over(redis_url: str, tmp_path: Path) -> None:
    desk = desk_with(tmp_path, staff=[DANA])
    async with open_stage(redis_url, tmp_path, frontdesk_desk=desk) as stage:
        ts = await stage.writes(SARAH, HELP, ORDER)
        await stage.answers(HELP, ts)
        await stage.writes(DANA, HELP, "Let me look into this for you.", thread_ts=ts)
        ticket_id = (await stage.tickets())[0]["id"]
        await wait_until(lambda: stage.comment(ticket_id, "Let me look"))
        await stage.writes(SARAH, HELP, "Thank you Dana, it is urgent", thread_ts=ts)
        line = await wait_until(lambda: stage.comment(ticket_id, "it is urgent"))
        await stage.quiet()
        thread = await stage.thread(HELP, ts)
        ticket = await stage.ticket(ticket_id)

    opening, copy, _ = ticket["comments"]
    assert [message["user"] for message in thread] == [BOT, DANA, SARAH]
    assert (opening["author_id"], opening["public"]) == (SARAH_ID, True)
    assert "A1001" in opening["body"]
    assert (copy["author_id"], copy["public"]) == (BOT_ID, True)
    assert "Dana Reyes" in copy["body"]
    assert (line["author_id"], line["public"]) == (SARAH_ID, True)
    assert ticket["requester_id"] == SARAH_ID
    assert ticket["external_id"] == f"slack:{TEAM}:{HELP}:{ts}"


async def test_a_colleagues_own_question_is_answered(redis_url: str, tmp_path: Path) -> None:
    desk = desk_with(tmp_path, staff=[DANA])
    async with open_stage(redis_url, tmp_path, frontdesk_desk=desk) as stage:
        ts = await stage.writes(DANA, HELP, f"<@{BOT}> What is our return policy?")

        assert "30 days" in (await stage.answers(HELP, ts))[0]


async def test_a_colleagues_line_after_the_escalation_goes_to_the_same_ticket(redis_url: str, tmp_path: Path) -> None:
    desk = desk_with(tmp_path, staff=["*@acme.example"])
    async with open_stage(redis_url, tmp_path, frontdesk_desk=desk) as stage:
        ts = await stage.writes(SARAH, HELP, f"<@{BOT}> I want to speak to a human")
        await stage.answers(HELP, ts)
        await stage.writes(DANA, HELP, "Here I am.", thread_ts=ts)
        ticket = (await stage.tickets())[0]
        await wait_until(lambda: stage.comment(ticket["id"], "Here I am."))
        await stage.owned_by(f"slack:{TEAM}:{HELP}:{ts}", "human")
        await stage.quiet()
        thread = await stage.thread(HELP, ts)
        tickets = await stage.tickets()

    assert len(tickets) == 1
    assert len([message for message in thread if message["user"] == BOT]) == 1


async def test_a_colleague_who_is_not_listed_is_a_customer(stage: Stage) -> None:
    ts = await stage.writes(SARAH, HELP, ORDER)
    await stage.answers(HELP, ts)
    await stage.writes(DANA, HELP, "What is the return policy?", thread_ts=ts)

    assert "30 days" in (await stage.answers(HELP, ts, 2))[1]


async def test_lines_that_wait_for_a_human_become_one_comment_per_author(redis_url: str, tmp_path: Path) -> None:
    async with open_stage(redis_url, tmp_path, frontdesk_debounce_seconds=30) as stage:
        ts = await stage.writes(SARAH, HELP, f"<@{BOT}> I want to speak to a human")
        await stage.goes_by(30)
        await stage.answers(HELP, ts)
        ticket_id = (await stage.tickets())[0]["id"]
        await stage.quiet()
        for user, text in ((SARAH, "It is about A1001."), (SARAH, "It never came."), (MARCUS, "Mine neither.")):
            await stage.writes(user, HELP, text, thread_ts=ts)
            await stage.delivered()
        await stage.goes_by(30)
        await wait_until(lambda: stage.comment(ticket_id, "Mine neither."))
        await stage.quiet()
        comments = (await stage.ticket(ticket_id))["comments"][2:]
        people = {user["id"]: user for user in (await stage.state())["zendesk"]["users"]}

    assert [comment["body"].split() for comment in comments] == [
        ["It", "is", "about", "A1001.", "It", "never", "came."],
        ["Mine", "neither."],
    ]
    assert comments[0]["author_id"] == SARAH_ID
    assert people[comments[1]["author_id"]]["external_id"] == f"slack:{TEAM}:{MARCUS}"
    assert all(comment["public"] for comment in comments)


async def test_a_new_direct_conversation_knows_the_last_one(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    def listen(instructions: str | None, *_: Any) -> None:
        told.append(instructions or "")

    monkeypatch.setattr("bot.app.container.create_models", offline_with(listen))
    async with open_stage(redis_url, tmp_path) as stage:
        first = await stage.writes(SARAH, SARAH_DM, "Where is my order A1001?")
        answer = (await stage.answers(SARAH_DM, first))[0]
        assert "Their last conversation" not in told[-1]
        second = await stage.writes(SARAH, SARAH_DM, "What is your return policy?")
        await stage.answers(SARAH_DM, second)
        other = await stage.writes(MARCUS, MARCUS_DM, "What is your return policy?")
        await stage.answers(MARCUS_DM, other)

    sarahs = [text for text in told if "Sarah" in text]
    assert answer
    assert "Where is my order A1001?" in sarahs[-1]
    assert not [text for text in told if "Marcus" in text and "A1001" in text.partition("Their last")[2]]
