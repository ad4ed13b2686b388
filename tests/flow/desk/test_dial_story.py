"""A team turns the dial: what is public, what is held back, what a human does, and what stays as it was."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.desk.loading.desk import desk_folder
from bot.domain.audit import Deed
from bot.store.records.audit_log import Audit
from bot.turn.stages.screen import Screen, ScreenFinding
from tests.conftest import wait_until
from tests.flow.harness.in_memory import InMemoryStage, open_in_memory
from tests.flow.harness.story import BOT_ID, HELP, MARCUS_ID, SARAH, SARAH_DM, TEAM

SHIPPING_QUESTION = "How long does standard shipping take?"
PUBLIC_ON_SLACK = {"surface": "slack", "mode": "public"}


def desk_with(folder: Path, *rules: dict[str, Any], otherwise: str = "public") -> Path:
    """Return the store desk with a dial."""
    built_in = desk_folder("store")
    folder.mkdir(exist_ok=True)
    for part in built_in.iterdir():
        if part.name != "desk.yml" and not (folder / part.name).exists():
            (folder / part.name).symlink_to(part)
    dial = yaml.safe_dump({"autonomy": {"otherwise": otherwise, "rules": list(rules)}})
    (folder / "desk.yml").write_text(f"{(built_in / 'desk.yml').read_text('utf-8')}\n{dial}", "utf-8")
    return folder


@asynccontextmanager
async def dialled(
    redis_url: str, folder: Path, *rules: dict[str, Any], otherwise: str = "public", **settings: Any
) -> AsyncIterator[InMemoryStage]:
    desk = desk_with(folder / "desk", *rules, otherwise=otherwise)
    async with open_in_memory(redis_url, folder / "data", frontdesk_desk=str(desk), **settings) as stage:
        yield stage


async def said_on(stage: InMemoryStage, ticket: int) -> list[str]:
    """Return the bot's public comments on a ticket."""
    comments = (await stage.ticket(ticket))["comments"]
    return [each["body"] for each in comments if each["author_id"] == BOT_ID and each["public"]]


async def ruled(stage: InMemoryStage, conversation: str) -> tuple[str, str]:
    """Return the mode and the rule that the audit of the newest turn names."""

    async def told() -> tuple[str, str] | None:
        story = await Audit(stage.engine.client).story(conversation)
        events = [event for event in story if event.deed is Deed.TURN]
        details = events[-1].details if events else {}
        return (details["mode"], details["rule"]) if details else None

    found: tuple[str, str] = await wait_until(told, what="a turn in the audit")
    return found


async def test_without_rules_everything_is_public_and_the_audit_says_so(redis_url: str, tmp_path: Path) -> None:
    async with dialled(redis_url, tmp_path) as stage:
        ts = await stage.writes(SARAH, SARAH_DM, SHIPPING_QUESTION)
        await stage.answers(SARAH_DM, ts)
        rule = await ruled(stage, f"slack:{TEAM}:{SARAH_DM}:{ts}")

    assert rule == ("public", "otherwise")


async def test_one_surface_is_public_while_the_rest_is_silent(redis_url: str, tmp_path: Path) -> None:
    async with dialled(redis_url, tmp_path, PUBLIC_ON_SLACK, otherwise="silent") as stage:
        ticket = await stage.opens(SHIPPING_QUESTION)
        ts = await stage.writes(SARAH, SARAH_DM, SHIPPING_QUESTION)
        await stage.answers(SARAH_DM, ts)
        await stage.quiet()
        on_ticket = await said_on(stage, ticket)
        status = (await stage.ticket(ticket))["status"]
        rules = await ruled(stage, f"slack:{TEAM}:{SARAH_DM}:{ts}"), await ruled(stage, f"zendesk:{ticket}")

    assert (on_ticket, status) == ([], "new")
    assert rules == (("public", "surface=slack → public"), ("silent", "otherwise"))


async def test_silence_reads_along_so_that_a_later_answer_knows_what_was_written(
    redis_url: str, tmp_path: Path
) -> None:
    async with dialled(redis_url, tmp_path, otherwise="silent") as stage:
        ts = await stage.writes(SARAH, SARAH_DM, SHIPPING_QUESTION)
        await stage.quiet()
        view = await stage.engine.conversations.read(f"slack:{TEAM}:{SARAH_DM}:{ts}")
        shown = await stage.thread(SARAH_DM, ts)

    assert shown == []
    assert view is not None
    assert [entry.text for entry in view.entries] == [SHIPPING_QUESTION]


async def test_who_asks_for_a_human_in_silence_gets_one_and_hears_nothing_of_the_bot(
    redis_url: str, tmp_path: Path
) -> None:
    async with dialled(redis_url, tmp_path, otherwise="silent") as stage:
        ts = await stage.writes(SARAH, SARAH_DM, "I want to talk to a human")
        [ticket] = await stage.tickets()
        await stage.comments(ticket["id"], 1002, "I am here, how can I help?")
        await stage.quiet()
        lines = [message["text"] for message in await stage.thread(SARAH_DM, ts)]

    assert "frontdesk_escalated" in ticket["tags"]
    [line] = lines
    assert "I am here" in line


async def test_a_rule_for_a_group_counts_tickets_in_none_as_the_default_group(redis_url: str, tmp_path: Path) -> None:
    in_support = {"group": "Support", "mode": "public"}
    async with dialled(redis_url, tmp_path, in_support, otherwise="silent") as stage:
        in_none = await stage.opens(SHIPPING_QUESTION)
        in_group = await stage.opens(SHIPPING_QUESTION, MARCUS_ID, group="Support")
        await stage.bot_comments(in_none)
        await stage.bot_comments(in_group)
        rules = await ruled(stage, f"zendesk:{in_none}"), await ruled(stage, f"zendesk:{in_group}")

    assert rules == (("public", "group=Support → public"),) * 2


async def test_a_rule_for_a_brand_knows_it_by_its_name(redis_url: str, tmp_path: Path) -> None:
    async with dialled(redis_url, tmp_path, {"brand": "Acme", "mode": "public"}, otherwise="silent") as stage:
        ticket = await stage.opens(SHIPPING_QUESTION)
        await stage.bot_comments(ticket)
        rule = await ruled(stage, f"zendesk:{ticket}")

    assert rule == ("public", "brand=Acme → public")


async def test_a_rule_for_a_plan_asks_what_the_customer_pays_for(redis_url: str, tmp_path: Path) -> None:
    async with dialled(redis_url, tmp_path, {"plan": "enterprise", "mode": "silent"}) as stage:
        of_marcus = await stage.opens(SHIPPING_QUESTION, MARCUS_ID)
        of_sarah = await stage.opens(SHIPPING_QUESTION)
        await stage.bot_comments(of_sarah)
        await stage.quiet()
        said = await said_on(stage, of_marcus)
        rule = await ruled(stage, f"zendesk:{of_marcus}")

    assert said == []
    assert rule == ("silent", "plan=enterprise → silent")


async def test_a_rule_for_a_channel_holds_there_alone(redis_url: str, tmp_path: Path) -> None:
    async with dialled(redis_url, tmp_path, {"channel": [SARAH_DM], "mode": "silent"}) as stage:
        ts = await stage.writes(SARAH, SARAH_DM, SHIPPING_QUESTION)
        elsewhere = await stage.writes(SARAH, HELP, f"<@U0BOT> {SHIPPING_QUESTION}")
        await stage.answers(HELP, elsewhere)
        await stage.quiet()
        shown = await stage.thread(SARAH_DM, ts)

    assert shown == []


async def test_a_rule_for_a_specialist_holds_its_answers_back_and_shows_nothing_before(
    redis_url: str, tmp_path: Path
) -> None:
    async with dialled(redis_url, tmp_path, {"specialist": ["shipping"], "mode": "silent"}) as stage:
        ts = await stage.writes(SARAH, SARAH_DM, SHIPPING_QUESTION)
        await stage.quiet()
        shown = await stage.thread(SARAH_DM, ts)
        rule = await ruled(stage, f"slack:{TEAM}:{SARAH_DM}:{ts}")
        statuses = stage.workspace.statuses_ever

    assert (shown, statuses) == ([], [])
    assert rule == ("silent", "specialist=shipping → silent")


async def test_what_the_screen_finds_out_counts_before_a_word_is_shown(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def french(*_words: Any) -> ScreenFinding:
        return ScreenFinding(language="fr")

    monkeypatch.setattr(Screen, "look", french)
    async with dialled(redis_url, tmp_path, {"language": "fr", "mode": "silent"}) as stage:
        ts = await stage.writes(SARAH, SARAH_DM, SHIPPING_QUESTION)
        await stage.quiet()
        shown = await stage.thread(SARAH_DM, ts)
        rule = await ruled(stage, f"slack:{TEAM}:{SARAH_DM}:{ts}")
        statuses = stage.workspace.statuses_ever

    assert (shown, statuses) == ([], [])
    assert rule == ("silent", "language=fr → silent")


async def test_a_conversation_keeps_its_side_over_a_restart_and_a_raised_share(redis_url: str, tmp_path: Path) -> None:
    rule: dict[str, Any] = {"surface": "slack", "mode": "public"}
    async with dialled(redis_url, tmp_path, {**rule, "share": 0}) as stage:
        ts = await stage.writes(SARAH, SARAH_DM, SHIPPING_QUESTION)
        await stage.quiet()
    conversation = f"slack:{TEAM}:{SARAH_DM}:{ts}"

    async with dialled(redis_url, tmp_path, {**rule, "share": 100}) as stage:
        view = await stage.engine.conversations.read(conversation)
        kept = view.conversation.sides if view else {}
        new = await stage.writes(SARAH, HELP, f"<@U0BOT> {SHIPPING_QUESTION}")
        await stage.answers(HELP, new)
        stage.workspace.writes(SARAH, SARAH_DM, "hello", ts)
        await stage.quiet()

    assert kept == {"surface=slack → public": False}
