"""What the demo's page switches: how much the bot may do by itself, and the brake.

The switches change the desk that is at work, never its files: an edit of the desk, or a new start, brings back what
the files say.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any, Literal

import structlog
from pydantic import BaseModel, Field

from bot.app.container import Engine
from bot.app.hot_reload import adopt, retire
from bot.desk.policy.autonomy import Autonomy, AutonomyRule
from bot.domain.autonomy import Mode
from bot.domain.errors import TemporaryFailure
from bot.domain.ids import ConversationId
from bot.store.admin.brake import BrakeSwitch
from bot.store.admin.overview import newest_of
from bot.store.redis import Scripts
from bot.store.tasks import end

WHO = "demo page"
MOST_SHOWN = 50
"""Conversations, the newest, of which the page is told who answers there, and on which side of a share they are."""

log = structlog.get_logger(__name__)


class Switched(BaseModel, extra="forbid"):
    """What the page asks for; what is not given stays as it is.

    Args:
        mode: of everything that the topic is not about.
        topic: a specialist whose answers are public already, empty for none.
        share: per cent of the topic's conversations.
        brake: `off`, or what it makes of public answers.
    """

    mode: Literal["public", "draft", "silent"] | None = None
    topic: str | None = None
    share: Annotated[float, Field(gt=0, le=100)] = 100
    brake: Literal["off", "draft", "silent"] | None = None


@dataclass(frozen=True)
class Standing:
    """Where the switches stand.

    Args:
        otherwise: the mode of everything that the topic is not about.
        topic: the specialist whose answers are public already, empty for none.
        share: per cent of the topic's conversations.
    """

    otherwise: str
    topic: str = ""
    share: float = 100

    @property
    def rules(self) -> tuple[AutonomyRule, ...]:
        """What it puts before the desk's own rules."""
        if not self.topic:
            return ()
        share = None if self.share == 100 else self.share
        return (AutonomyRule(specialist=(self.topic,), mode="public", share=share),)


class DemoSwitches:
    """Carries out what the page switches, and tells what stands.

    Args:
        replays: address of the console's page of replays.
    """

    def __init__(self, engine: Engine, replays: str) -> None:
        self._engine = engine
        self._replays = replays
        self._brake = BrakeSwitch(engine.client)
        self._scripts = Scripts(engine.client)
        self._from_files = self._at_work = engine.desk
        self._put = Standing("")
        self._one_by_one = asyncio.Lock()
        self._retiring: set[asyncio.Task[None]] = set()

    async def turn(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Do what the page asks for; return what stands then.

        Raises:
            ValueError: it asks for what there is not, or the store is down.
        """
        wanted = Switched.model_validate(body)
        try:
            async with self._one_by_one:
                if wanted.brake:
                    await self._pull(wanted.brake)
                if wanted.mode or wanted.topic is not None:
                    await self._adopt(self._after(wanted))
            return await self.shown()
        except TemporaryFailure as error:
            raise ValueError("the store does not answer; try again") from error

    async def shown(self) -> Mapping[str, Any]:
        """Return what stands, as the page shows it.

        Raises:
            TemporaryFailure: the store is down.
        """
        braked = await self._brake.read()
        return {
            **asdict(self._standing()),
            "brake": braked.mode if braked else "off",
            "topics": sorted(self._engine.desk.specialists),
            "replays_url": self._replays,
            "sides": await self._sides(),
            "owners": await self._owners(),
        }

    async def is_as_in_the_files(self) -> bool:
        """Return whether nothing is switched that another process would not know of; the brake is known to all."""
        async with self._one_by_one:
            standing = self._standing()
            return standing == Standing(self._from_files.policy.autonomy.otherwise)

    async def close(self) -> None:
        """Stop waiting for the turns of the desks whose place was taken."""
        for task in tuple(self._retiring):
            await end(task)

    def _standing(self) -> Standing:
        """Return where the switches stand; a desk whose files were edited stands as they say."""
        if self._engine.desk is not self._at_work:
            self._from_files = self._at_work = self._engine.desk
        if self._at_work is self._from_files:
            return Standing(self._from_files.policy.autonomy.otherwise)
        return self._put

    def _after(self, wanted: Switched) -> Standing:
        before = self._standing()
        if wanted.topic and wanted.topic not in self._engine.desk.specialists:
            raise ValueError(f"the desk has no specialist {wanted.topic}")
        if wanted.topic is not None:
            before = replace(before, topic=wanted.topic, share=wanted.share)
        return replace(before, otherwise=wanted.mode or before.otherwise)

    async def _adopt(self, standing: Standing) -> None:
        """Put a desk to work that differs from the files in this alone."""
        policy = self._from_files.policy
        autonomy = Autonomy(otherwise=Mode(standing.otherwise).value, rules=(*standing.rules, *policy.autonomy.rules))
        desk = replace(self._from_files, policy=policy.model_copy(update={"autonomy": autonomy}))
        before = await adopt(self._engine, desk)
        self._at_work, self._put = desk, standing
        self._retiring.add(task := asyncio.create_task(retire(self._engine, before)))
        task.add_done_callback(self._retiring.discard)
        log.info("demo.switched", otherwise=standing.otherwise, topic=standing.topic, share=standing.share)

    async def _pull(self, brake: str) -> None:
        now = self._engine.clock.now()
        if brake == "off":
            await self._brake.release(WHO, now)
        else:
            await self._brake.pull(Mode(brake), WHO, now)

    async def _owners(self) -> Mapping[str, str]:
        """Return, by the ids of conversations and of their tickets, who answers there."""
        told: dict[str, str] = {}
        for one in await newest_of(self._scripts, MOST_SHOWN):
            names = [one.id, *([ConversationId.of_ticket(one.ticket_id)] if one.ticket_id else [])]
            told |= dict.fromkeys(names, str(one.owner))
        return told

    async def _sides(self) -> Mapping[str, Mapping[str, Any]]:
        """Return, by the ids of conversations and of their tickets, on which side of a share each one is."""
        shares = {rule.name: rule for rule in self._engine.desk.policy.autonomy.rules if rule.share is not None}
        if not shares:
            return {}
        told: dict[str, Mapping[str, Any]] = {}
        for one in await newest_of(self._scripts, MOST_SHOWN):
            view = await self._engine.conversations.read(one.id)
            if side := _side_of(view.conversation.sides if view else {}, shares):
                told |= dict.fromkeys([one.id, ConversationId.of_ticket(one.ticket_id)], side)
        return told


def _side_of(sides: Mapping[str, bool], shares: Mapping[str, AutonomyRule]) -> Mapping[str, Any]:
    """Return on which side a conversation is of the share that decided there last, empty where none did."""
    decided = [name for name in sides if name in shares]
    if not decided:
        return {}
    rule = shares[decided[-1]]
    return {"share": rule.share, "of": rule.name.partition(" → ")[0], "public": sides[rule.name]}
