"""The `Chat` port against the simulated Slack: said once, found again, and nothing Slack would not understand."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.domain.effects import Button, Relay, Reply
from bot.domain.errors import NotFound, PermanentFailure, SignedOut, TemporaryFailure, UnknownOutcome
from bot.domain.events import File
from integrations.slack.api.client import SlackSettings
from integrations.slack.outbound.channel import SlackChannel
from tests.conftest import PATIENCE_SECONDS
from tests.contract.slack.slack_contract import load_reference, problems
from tests.contract.slack.slack_fixtures import HELP, SARAH_DM, World, attached, slack_world

HUMAN = Button("frontdesk_human", "Talk to a human", "opaque-1")
EFFECT = "slack:T0FRONTDSK:C0HELP:1/reply"


@pytest.fixture
async def slack() -> AsyncIterator[World]:
    """A workspace; at the end every request that was sent is one Slack understands."""
    async with slack_world() as world:
        yield world
        reference = load_reference()
        if reference is not None:
            # A rule of the test may answer with any code, so only what was sent is judged here.
            sent = [{**one, "answer": {}} for one in await world.requests()]
            assert problems(reference, sent) == []


def test_requests_are_checked_against_slacks_reference() -> None:
    """Says aloud when the reference is missing, and that the check can fail."""
    reference = load_reference()
    if reference is None:
        pytest.skip("no ../shared/contracts")
    bad = {"channel": "C1", "markdown_text": "x", "text": "y", "colour": "red", "thread_ts": 5, "blocks": "{"}
    request = {"vendor": "slack", "path": "chat.postMessage", "query": {}, "body": bad, "answer": {}}
    assert len(problems(reference, [request])) == 4


def shown(message: dict[str, Any]) -> str:
    """What people read: the markdown block, or the text."""
    blocks = [block["text"] for block in message["blocks"] if block["type"] == "markdown"]
    return str(blocks[0] if blocks else message["text"])


def rows(message: dict[str, Any]) -> list[str]:
    return [one["action_id"] for block in message["blocks"] if block["type"] == "actions" for one in block["elements"]]


# ── replies ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_server_that_refuses_feedback_buttons_gets_the_answer_with_the_other_ones(slack: World) -> None:
    conversation, _ = await slack.post("U0SARAH", HELP)
    thumbs = tuple(Button("frontdesk_feedback", label, label) for label in ("Helpful", "Not helpful"))
    await slack.fault("chat.postMessage", "slack_error", times=2, error="invalid_blocks")

    for number in range(2):
        reply = Reply(f"{EFFECT}{number}", "It is **late**.", buttons=(HUMAN, *thumbs))
        await slack.chat.reply(conversation, reply)

    said = await slack.messages(conversation)
    assert [rows(one) for one in said] == [["frontdesk_human"]] * 2
    assert all(block["type"] != "context_actions" for one in said for block in one["blocks"])
    calls = [one for one in await slack.requests() if one["path"] == "chat.postMessage"]
    assert len(calls) == 4


async def test_a_reply_stands_in_the_thread_as_markdown_with_its_label(slack: World) -> None:
    conversation, _ = await slack.post("U0SARAH", HELP)

    ts = await slack.chat.reply(conversation, Reply(EFFECT, "Your order **A1001** is <late>. <!channel>"))

    [said] = await slack.messages(conversation)
    assert said["ts"] == ts
    assert said["format"] == "markdown"
    assert said["text"] == "Your order **A1001** is &lt;late&gt;. &lt;!channel&gt;"
    assert said["metadata"]["event_payload"] == {"effect_id": EFFECT}
    sent = (await slack.requests())[-1]["body"]
    assert (sent["unfurl_links"], sent["unfurl_media"]) == (False, False)


async def test_buttons_stand_under_the_reply(slack: World) -> None:
    conversation, _ = await slack.post("U0SARAH", SARAH_DM)

    await slack.chat.reply(conversation, Reply(EFFECT, "**Hi**", buttons=(HUMAN,)))

    [said] = await slack.messages(conversation)
    assert (shown(said), said["text"], rows(said)) == ("**Hi**", "*Hi*", ["frontdesk_human"])
    assert said["blocks"][-1]["block_id"] == conversation.id


async def test_a_long_reply_becomes_several_messages_and_is_said_once(slack: World) -> None:
    conversation, _ = await slack.post("U0SARAH", HELP)
    text = "\n\n".join(f"Paragraph {number}. " + "word " * 100 for number in range(60))
    reply = Reply(EFFECT, text, buttons=(HUMAN,))

    first = await slack.chat.reply(conversation, reply)

    said = await slack.messages(conversation)
    assert len(said) > 2
    assert said[0]["ts"] == first == await slack.chat.find(conversation, EFFECT, slack.clock.now())
    assert " ".join(shown(one) for one in said).split() == text.split()
    assert [rows(one) for one in said] == [[]] * (len(said) - 1) + [["frontdesk_human"]]
    assert await slack.chat.reply(conversation, reply) == first
    assert await slack.messages(conversation) == said


async def test_a_long_reply_that_was_cut_short_is_completed(slack: World) -> None:
    conversation, _ = await slack.post("U0SARAH", HELP)
    reply = Reply(EFFECT, "\n\n".join("word " * 100 for _ in range(60)))
    since = slack.clock.now()
    await slack.chat.reply(conversation, reply)
    whole = await slack.messages(conversation)
    await _delete(slack, whole[-1])

    assert await slack.chat.find(conversation, EFFECT, since) == ""
    await slack.another_process().reply(conversation, reply)

    said = await slack.messages(conversation)
    assert [one["ts"] for one in said[:-1]] == [one["ts"] for one in whole[:-1]]
    assert [shown(one) for one in said] == [shown(one) for one in whole]


async def _delete(slack: World, message: dict[str, Any]) -> None:
    await slack.chat._api.write("chat.delete", channel=message["channel"], ts=message["ts"])


async def test_a_server_without_markdown_gets_slacks_own_markup_from_then_on(slack: World) -> None:
    conversation, _ = await slack.post("U0SARAH", HELP)
    await slack.fault("chat.postMessage", "slack_error", error="invalid_arg_name")

    await slack.chat.reply(conversation, Reply("e1", "**Hi** [x](https://a.example)"))
    await slack.chat.reply(conversation, Reply("e2", "**Ho**"))

    said = await slack.messages(conversation)
    assert [one["text"] for one in said] == ["*Hi* <https://a.example|x>", "*Ho*"]
    assert (await slack.calls()).count("chat.postMessage") == 3
    assert await slack.chat.find(conversation, "e2", slack.clock.now()) == said[1]["ts"]


# ── failures ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_limited_channel_is_left_alone_and_others_are_not(slack: World) -> None:
    here, _ = await slack.post("U0SARAH", HELP)
    there, _ = await slack.post("U0SARAH", SARAH_DM)
    await slack.fault("chat.postMessage", "429", retry_after=30)

    for _ in range(3):
        with pytest.raises(TemporaryFailure) as limited:
            await slack.chat.reply(here, Reply(EFFECT, "hi"))
        assert limited.value.retry_after == 30
        assert not isinstance(limited.value, UnknownOutcome)
    assert (await slack.calls()).count("chat.postMessage") == 1
    await slack.chat.reply(there, Reply("e2", "hi"))
    slack.clock.advance(31)
    await slack.chat.reply(here, Reply(EFFECT, "hi"))
    assert len(await slack.messages(here)) == 1


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("lost_answer", {}),
        ("reset", {}),
        ("html_502", {}),
        ("status", {"status": 500}),
        ("status", {"status": 503, "error": "service_unavailable"}),
        ("slack_error", {"error": "internal_error"}),
        ("slack_error", {"error": "fatal_error"}),
    ],
)
async def test_a_write_without_an_answer_is_never_resent_but_read_back(
    slack: World, kind: str, more: dict[str, Any]
) -> None:
    conversation, _ = await slack.post("U0SARAH", HELP)
    since = slack.clock.now()
    await slack.fault("chat.postMessage", kind, **more)

    with pytest.raises(UnknownOutcome):
        await slack.chat.reply(conversation, Reply(EFFECT, "hi"))
    assert (await slack.calls()).count("chat.postMessage") == 1

    found = await slack.another_process().find(conversation, EFFECT, since)
    assert bool(found) is (kind == "lost_answer")
    if not found:
        found = await slack.chat.reply(conversation, Reply(EFFECT, "hi"))
    assert [one["ts"] for one in await slack.messages(conversation)] == [found]


async def test_a_call_that_hangs_ends_at_the_deadline(slack: World) -> None:
    conversation, _ = await slack.post("U0SARAH", HELP)
    hasty = slack.another_process(timeout=1.0)
    await slack.fault("chat.postMessage", "timeout")
    with pytest.raises(UnknownOutcome):
        await hasty.reply(conversation, Reply(EFFECT, "hi"))


async def test_a_server_that_is_not_there_has_done_nothing(slack: World) -> None:
    conversation, _ = await slack.post("U0SARAH", HELP)
    for address in ("http://127.0.0.1:9/api/", "http://nowhere.invalid/api/"):
        lost = SlackChannel(SlackSettings("xoxb-sandbox", address, PATIENCE_SECONDS), slack.clock)
        slack.extra.append(lost)
        with pytest.raises(TemporaryFailure) as failure:
            await lost.reply(conversation, Reply(EFFECT, "hi"))
        assert not isinstance(failure.value, UnknownOutcome)


@pytest.mark.parametrize(
    ("code", "kind"),
    [("channel_not_found", NotFound), ("is_archived", PermanentFailure)],
)
async def test_a_refusal_for_good_names_its_code(slack: World, code: str, kind: type[PermanentFailure]) -> None:
    conversation, _ = await slack.post("U0SARAH", HELP)
    await slack.fault("chat.postMessage", "slack_error", error=code)
    with pytest.raises(kind) as refusal:
        await slack.chat.reply(conversation, Reply(EFFECT, "hi"))
    assert type(refusal.value) is kind
    assert refusal.value.code == code


# ── reading back ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_busy_thread_is_read_to_its_end(slack: World) -> None:
    conversation, _ = await slack.post("U0SARAH", HELP)
    _, _, _, thread_ts = conversation.id.split(":")
    await asyncio.gather(*(slack.post("U0SARAH", HELP, f"line {n}", thread_ts=thread_ts) for n in range(130)))
    ts = await slack.chat.reply(conversation, Reply(EFFECT, "hi"))
    assert await slack.chat.find(conversation, EFFECT, 0.0) == ts


# ── relay and files ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_human_agents_words_and_files_appear_under_their_name(slack: World) -> None:
    conversation, _ = await slack.post("U0SARAH", HELP)
    files = (File("1", "label.txt"), File("2", "plan.md"))

    ts = await slack.chat.relay(conversation, Relay(EFFECT, "It is **fixed**.", "Dana", files), [b"one", b"two"])

    words, upload = await slack.messages(conversation)
    assert (words["ts"], words["text"], shown(words)) == (ts, "Dana: It is *fixed*.", "**Dana:** It is **fixed**.")
    assert [one["name"] for one in upload["files"]] == ["label.txt", "plan.md"]
    got = [await slack.chat.download(File(one["id"], one["name"])) for one in upload["files"]]
    assert got == [b"one", b"two"]


async def test_files_that_a_crash_kept_back_are_shared_when_the_words_are_found(slack: World) -> None:
    conversation, _ = await slack.post("U0SARAH", HELP)
    since = slack.clock.now()
    await slack.fault("files.completeUploadExternal", "reset")
    with pytest.raises(UnknownOutcome):
        await slack.chat.relay(conversation, Relay(EFFECT, "see", "Dana", (File("1", "a.txt"),)), [b"one"])
    assert len(await slack.messages(conversation)) == 1

    fresh = slack.another_process()
    assert await fresh.find(conversation, EFFECT, since)
    assert await fresh.find(conversation, EFFECT, since)

    assert [len(one["files"]) for one in await slack.messages(conversation)] == [0, 1]


async def test_files_whose_sharing_was_not_answered_are_not_shared_twice(slack: World) -> None:
    conversation, _ = await slack.post("U0SARAH", HELP)
    await slack.fault("files.completeUploadExternal", "lost_answer")
    with pytest.raises(UnknownOutcome):
        await slack.chat.relay(conversation, Relay(EFFECT, "see", "Dana", (File("1", "a.txt"),)), [b"one"])
    assert await slack.chat.find(conversation, EFFECT, slack.clock.now())
    assert [len(one["files"]) for one in await slack.messages(conversation)] == [0, 1]


async def test_a_file_slack_refuses_is_named_in_the_words(slack: World) -> None:
    conversation, _ = await slack.post("U0SARAH", HELP)
    await slack.fault("files.getUploadURLExternal", "slack_error", error="file_uploads_disabled")
    await slack.chat.relay(conversation, Relay(EFFECT, "see", "Dana", (File("1", "a.txt"),)), [b"one"])
    [words] = await slack.messages(conversation)
    assert words["text"] == "Dana: see\n\n_a.txt could not be attached here._"


async def test_a_customers_file_is_fetched_with_the_token(slack: World) -> None:
    await slack.post("U0SARAH", HELP, files=[attached("a.txt", b"content")])
    [file] = [one for message in (await slack.state())["messages"] for one in message["files"]]
    assert await slack.chat.download(File(file["id"], file["name"])) == b"content"
    url = f"{slack.url}/_files/slack/{file['id']}/a.txt"
    assert await slack.chat.download(File(file["id"], file["name"], url, "text/plain")) == b"content"


async def test_a_login_page_is_not_a_file(slack: World) -> None:
    await slack.post("U0SARAH", HELP, files=[attached("a.txt", b"content")])
    [file] = [one for message in (await slack.state())["messages"] for one in message["files"]]
    stranger = SlackChannel(SlackSettings("xoxb-other", f"{slack.url}/slack/api/", PATIENCE_SECONDS), slack.clock)
    slack.extra.append(stranger)
    url = f"{slack.url}/_files/slack/{file['id']}/a.txt"
    with pytest.raises(PermanentFailure) as refused:
        await stranger.download(File(file["id"], "a.txt", url, "text/plain"))
    assert refused.value.code == "login_page"


async def test_a_file_that_is_gone_is_not_found(slack: World) -> None:
    with pytest.raises(NotFound):
        await slack.chat.download(File("F0GONE", "a.txt"))
    with pytest.raises(NotFound):
        await slack.chat.download(File("F0GONE", "a.txt", f"{slack.url}/_files/slack/F0GONE/a.txt"))


# ── people ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("user", "home", "name", "email", "verified"),
    [
        ("U0SARAH", "T0FRONTDSK", "Sarah Chen", "sarah.chen@example.com", True),
        ("U0OLEG", "T0FRONTDSK", "Oleg Petrov", "oleg@guest.example", False),
        ("U0EXT", "T0PARTNER", "Erin Ext", "erin@partner.example", False),
        ("U0BOT", "T0FRONTDSK", "Frontdesk", "", False),
    ],
)
@pytest.mark.parametrize("met", ["T0FRONTDSK", "T0PARTNER", "T0ORGOTHER"])
async def test_only_full_members_of_the_installing_workspace_are_verified_wherever_an_event_says_they_are(
    slack: World, met: str, user: str, home: str, name: str, email: str, verified: bool
) -> None:
    profile = await slack.chat.profile(f"slack:{met}:{user}")
    told = (profile.id, profile.name, profile.email, profile.verified)
    assert told == (f"slack:{home}:{user}", name, email, verified)


async def test_a_profile_is_asked_for_once_in_ten_minutes(slack: World) -> None:
    for _ in range(3):
        await slack.chat.profile("slack:T0FRONTDSK:U0SARAH")
    assert (await slack.calls()).count("users.info") == 1
    slack.clock.advance(601)
    await slack.chat.profile("slack:T0FRONTDSK:U0SARAH")
    assert (await slack.calls()).count("users.info") == 2


async def test_a_profile_that_slack_does_not_give_is_the_callers_decision(
    slack: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NotFound):
        await slack.chat.profile("slack:T0FRONTDSK:U0NOBODY")
    monkeypatch.setattr("integrations.slack.outbound.profiles._PATIENCE_SECONDS", 0.0)
    await slack.fault("users.info", "html_502")
    for _ in range(2):  # within a turn nobody waits twice
        with pytest.raises(TemporaryFailure):
            await slack.chat.profile("slack:T0FRONTDSK:U0SARAH")
    slack.clock.advance(6)
    assert (await slack.chat.profile("slack:T0FRONTDSK:U0SARAH")).verified


@pytest.mark.parametrize("kind", ["html_502", "reset", "status"])
async def test_a_read_that_fails_for_a_moment_is_repeated(slack: World, kind: str) -> None:
    await slack.fault("users.info", kind)
    await slack.fault("conversations.members", kind)
    assert (await slack.chat.profile("slack:T0FRONTDSK:U0SARAH")).verified
    assert await slack.chat.is_member("C0HELP", "slack:T0FRONTDSK:U0SARAH")


async def test_who_the_token_belongs_to(slack: World) -> None:
    me = await slack.chat.whoami()
    assert (me.team, me.user, me.bot) == ("T0FRONTDSK", "U0BOT", "B0BOT")
    assert "chat:write" in me.scopes
    stranger = SlackChannel(SlackSettings("xoxb-other", f"{slack.url}/slack/api/", PATIENCE_SECONDS), slack.clock)
    slack.extra.append(stranger)
    with pytest.raises(SignedOut, match="invalid_auth"):
        await stranger.whoami()
