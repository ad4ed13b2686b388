"""Plays the conversations through a whole Frontdesk with a real model, and gathers what customers got to read."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

import yaml

from tests.flow.harness.frontdesk import BOT, BOT_ID, Stage, open_stage, said
from tests.real_model.customers import Story
from tests.real_model.judging import is_half, unkind
from tests.real_model.tap import Said, Tap, open_tap

STORE = Path(__file__).resolve().parents[2] / "bot" / "desks" / "store"
LONGEST_SECONDS = 900.0
CALLS = {"patience": 60, "silence": 300, "whole": 600, "max_output_tokens": 220}
"""A small machine reads and writes slowly; a short limit of an answer makes halves, which must not be seen."""


@dataclass
class Played:
    """One conversation, and what its customer read.

    Args:
        wrong: what is unkind about it.
        handed_over: whether people have it.
    """

    story: Story
    read: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    handed_over: bool = False


@dataclass
class Round:
    """All conversations, in one way."""

    name: str
    played: list[Played]
    said: list[Said]
    streamed: list[str]
    seconds: float
    failures: list[str]

    @property
    def wrong(self) -> list[str]:
        """Everything that should not have happened."""
        live = [f"streamed live: {what}: {text!r}" for text in self.streamed for what in unkind(text)]
        return [*(what for each in self.played for what in each.wrong), *live, *self.failures]


async def play(
    server: str, redis_url: str, folder: Path, api: str, stories: Sequence[Story], out: Path | None
) -> Round:
    """Play each conversation to its end, one after the other.

    Args:
        out: file to which is written what the model said and what customers read of it, a line of JSON each; or None.
    """
    began = monotonic()
    async with open_tap(server) as tap, open_stage(redis_url, folder, **_settings(tap, folder, api)) as stage:
        await stage.takes_all()
        played = []
        for story in stories:
            before = len(tap.said)
            played.append(await _play(stage, story, tap))
            if out:
                _write(out, api, played[-1], tap.said[before:])
        streamed = _pieces(await stage.requests("slack"))
        failures = [
            line
            for line in stage.log.getvalue().splitlines()
            if '"level": "error"' in line and '"model.failed"' not in line
        ]
    return Round(api, played, tap.said, streamed, monotonic() - began, failures)


def _settings(tap: Tap, folder: Path, api: str) -> dict[str, Any]:
    desk = folder / "desk"
    desk.mkdir()
    for part in STORE.iterdir():
        if part.name not in {"desk.yml", "__pycache__"}:
            (desk / part.name).symlink_to(part)
    rules = re.sub(r"(?ms)^model:.*?(?=^\S)", "", (STORE / "desk.yml").read_text(encoding="utf-8"))
    (desk / "desk.yml").write_text(f"{rules}\n{yaml.safe_dump({'model': CALLS})}", encoding="utf-8")
    return {
        "frontdesk_desk": str(desk),
        "frontdesk_model": "smollm2",
        "frontdesk_model_api": api,
        "openai_api_key": "none",
        "openai_base_url": f"{tap.url}/v1",
        "frontdesk_rate_per_minute": 1000,
    }


async def _play(stage: Stage, story: Story, tap: Tap) -> Played:
    played = Played(story)
    place = ""
    for number, line in enumerate(story.lines):
        before = len(played.read)
        place = await _say(stage, story, place, line)
        await stage.quiet(LONGEST_SECONDS)
        played.read = await _read(stage, story, place)
        if number == 0 and len(played.read) == before:
            played.wrong.append(f"nobody answered {line!r}")
    played.handed_over = await _has_people(stage, story, place)
    for text in played.read:
        played.wrong += [f"{what}: {text!r}" for what in unkind(text, " ".join(story.lines))]
        if is_half(text, tap.said):
            played.wrong.append(f"half an answer: {text!r}")
    return played


async def _say(stage: Stage, story: Story, place: str, line: str) -> str:
    """Say a line; return the ticket's id or the thread, which the first one opens."""
    if not isinstance(story.person, int):
        return place or await stage.writes(story.person, story.channel, line)
    if not place:
        return str(await stage.opens(line, requester=story.person))
    await stage.comments(int(place), story.person, line)
    return place


async def _read(stage: Stage, story: Story, place: str) -> list[str]:
    """Return what the customer can read of the answers."""
    if isinstance(story.person, int):
        return await _on_ticket(stage, int(place))
    return [said(message) for message in await stage.thread(story.channel, place) if message["user"] == BOT]


async def _on_ticket(stage: Stage, ticket: int) -> list[str]:
    comments = (await stage.ticket(ticket))["comments"]
    return [each["body"] for each in comments if each["author_id"] == BOT_ID and each["public"]]


async def _has_people(stage: Stage, story: Story, place: str) -> bool:
    if isinstance(story.person, int):
        return "frontdesk_escalated" in (await stage.ticket(place))["tags"]
    tickets = (await stage.state())["zendesk"]["tickets"]
    return any(str(ticket["external_id"] or "").endswith(place) for ticket in tickets)


def _pieces(requests: Iterable[Any]) -> list[str]:
    """What was shown while an answer was written."""
    return [
        text
        for request in requests
        if "Stream" in request["path"] and (text := (request.get("body") or {}).get("markdown_text"))
    ]


def _write(out: Path, api: str, played: Played, answers: Sequence[Said]) -> None:
    row = {
        "api": api,
        "lines": played.story.lines,
        "model": [asdict(each) for each in answers],
        "read": played.read,
        "handed_over": played.handed_over,
        "wrong": played.wrong,
    }
    with out.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row, ensure_ascii=False) + "\n")
