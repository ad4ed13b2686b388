"""A store desk that drafts, and what stories see of its drafts."""

from pathlib import Path
from shutil import copytree
from typing import Any

import yaml

from bot import desks
from bot.domain.drafts import Draft
from bot.telemetry import metrics
from tests.conftest import wait_until
from tests.flow.harness.story import BOT_ID, Story

TRIAGE = "C0TRIAGE"
DRAFT_TAG, SEND_TAG, DISCARD_TAG = "frontdesk_draft", "frontdesk_send", "frontdesk_discard"
HEAD = "Frontdesk draft "


def draft_desk(folder: Path, **replaced: Any) -> str:
    """Return a copy of the store desk that answers nobody by itself."""
    copy = copytree(Path(desks.__path__[0]) / "store", folder / "draft-desk")
    rules = yaml.load((copy / "desk.yml").read_text("utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 (texts stay texts)
    rules |= {"autonomy": {"otherwise": "draft"}, **replaced}
    (copy / "desk.yml").write_text(yaml.safe_dump(rules), "utf-8")
    return str(copy)


async def notes(story: Story, ticket_id: int | str, count: int = 1) -> list[Any]:
    """Return the notes on a ticket that show drafts, once there are `count`."""

    async def enough() -> list[Any] | None:
        comments = (await story.ticket(ticket_id))["comments"]
        found = [one for one in comments if one["body"].startswith(HEAD) and not one["public"]]
        return found if len(found) >= count else None

    found: list[Any] = await wait_until(enough, what=f"{count} draft notes")
    return found


def draft_id(note: Any) -> str:
    """Return the ID in a note's first line."""
    return str(note["body"]).splitlines()[0].removeprefix(HEAD)


async def drafts(story: Story, conversation: str) -> list[Draft]:
    """Return what the conversation keeps of its drafts."""
    view = await story.engine.conversations.read(conversation)
    return list(view.conversation.drafts) if view else []


async def becomes(story: Story, conversation: str, *stages: str) -> list[Draft]:
    """Wait until the conversation's drafts stand so, oldest first, and all that follows is done; return them."""

    async def as_wanted() -> list[Draft] | None:
        found = await drafts(story, conversation)
        return found if [draft.stage for draft in found] == list(stages) else None

    found: list[Draft] = await wait_until(as_wanted, what=f"drafts of {conversation}: {', '.join(stages)}")
    await story.quiet()
    return found


async def public_answers(story: Story, ticket_id: int | str) -> list[str]:
    """Return what the bot has said on a ticket for its customer to read."""
    comments = (await story.ticket(ticket_id))["comments"]
    return [one["body"] for one in comments if one["author_id"] == BOT_ID and one["public"]]


def counted(outcome: str) -> float:
    """Return how many drafts have ended so, in this process."""
    found = [
        sample.value
        for family in metrics.REGISTRY.collect()
        for sample in family.samples
        if sample.name == "frontdesk_drafts_total" and sample.labels["outcome"] == outcome
    ]
    return sum(found)
