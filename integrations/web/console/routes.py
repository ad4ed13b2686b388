"""Makes the routes of the whole console of what a web process has."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from fastapi import APIRouter

from bot.review.case_files import CaseShelf
from bot.runtime.connectors import Core
from bot.runtime.struggling import struggling
from bot.store.admin.brake import BrakeSwitch
from bot.store.admin.overview import MOST, ConversationSummary, look_over, newest_of, summaries_of
from bot.store.admin.waiting import look_at_waiting
from bot.store.queue.dead_letters import DeadLetter, Revived, retry
from bot.store.queue.due import DueQueue
from bot.store.records.audit_log import Audit
from bot.store.records.review_entries import ReviewEntries
from bot.store.redis import Scripts
from integrations.web.access import Access
from integrations.web.console.brake import brake_router
from integrations.web.console.conversations import Shelf, conversations_router
from integrations.web.console.figures import figures_router
from integrations.web.console.figures_data import figures_data_router
from integrations.web.console.gaps import gaps_router
from integrations.web.console.health import LISTED, health_page_router
from integrations.web.console.overview import Board, Panel, console_router
from integrations.web.console.replay import replay_router
from integrations.web.console.review import review_router
from integrations.web.console.sign_in import sign_in_router
from integrations.web.console.struggling import hand_over_router, order_hand_over, section
from integrations.web.console.write_next import write_next


def console_routes(
    access: Access,
    core: Core,
    data_folder: Path,
    panels: Sequence[Panel] = (),
    *,
    cases: Callable[[], CaseShelf],
    retention_days: float = 90.0,
) -> Sequence[APIRouter]:
    """Return the routers of all pages.

    Args:
        data_folder: where replays keep their reports.
        panels: further cards of the overview.
        cases: returns where wrong answers become cases.
        retention_days: for which words are kept for a review.
    """
    scripts, switch = Scripts(core.client), BrakeSwitch(core.client)
    goes_badly = _goes_badly(core, scripts)
    board = Board(
        partial(look_over, scripts, MOST),
        partial(look_at_waiting, core.client, core.clock, LISTED),
        switch.read,
        core.figures,
        core.clock.now,
        (goes_badly, write_next(core.gaps), *panels),
    )
    return (
        console_router(access, board),
        figures_router(access, core.figures),
        gaps_router(access, core.gaps),
        hand_over_router(access, partial(order_hand_over, core.conversations, core.inbox, core.clock)),
        brake_router(access, switch, core.clock),
        sign_in_router(access),
        replay_router(access, data_folder),
        conversations_router(access, _shelf(core, scripts)),
        figures_data_router(access, core.figures),
        review_router(access, ReviewEntries(core.client, retention_days), cases, core.clock.now),
        _health(access, core, scripts),
    )


def _goes_badly(core: Core, scripts: Scripts) -> Panel:
    async def panel(token: str) -> str:
        now = core.clock.now()
        return section(await struggling(scripts, core.conversations, now), token, now)

    return panel


def _shelf(core: Core, scripts: Scripts) -> Shelf:
    async def all_of_them() -> tuple[Sequence[ConversationSummary], bool]:
        seen = await look_over(scripts, MOST)
        return seen.newest, seen.complete

    return Shelf(
        newest=partial(newest_of, scripts),
        summaries=partial(summaries_of, scripts),
        figures=core.figures,
        all_of_them=all_of_them,
        read=core.conversations.read,
        story=Audit(core.client).story,
    )


def _health(access: Access, core: Core, scripts: Scripts) -> APIRouter:
    due = DueQueue(scripts, debounce=0)

    async def try_again(name: str) -> list[tuple[DeadLetter, Revived]]:
        return [tried async for tried in retry(scripts, due, name, ttl=core.session_seconds)]

    return health_page_router(
        access, partial(look_at_waiting, core.client, core.clock, LISTED), try_again, core.clock.now
    )
