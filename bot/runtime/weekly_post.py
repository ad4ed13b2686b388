"""Posts the week's five figures in the colleagues' channel, once a week however many workers there are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import get_args
from zoneinfo import ZoneInfo

import structlog

from bot.desk.policy.business_hours import Day
from bot.desk.policy.policy import Policy
from bot.desk.policy.sections import WeeklyPost
from bot.domain.conversation import Conversation
from bot.domain.effects import PostToChannel
from bot.domain.ids import ConversationId, Origin
from bot.domain.ports import Channel, Clock
from bot.figures.report import FiguresReader, Period, Report
from bot.store.records.cursors import Cursors

EVERY_SECONDS = 60.0
MARK = "weekly"
KEPT_SECONDS = 400 * 86_400
LATE_SECONDS = 86_400.0
"""A post that is later than this is left out: it would tell of a week that nobody asks about any more."""

_DAYS = get_args(Day)

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class WeeklyFigures:
    """Looks whether the post is due, and posts it.

    Whoever died between post and mark has posted: the channel is read back by the post's id before anything is said.

    Args:
        policy: returns the rules of the desk that is at work.
        origin: of the colleagues' channel.
        place: its id.
        address: ours as people reach it, empty where nobody said.
    """

    figures: FiguresReader
    channel: Channel
    cursors: Cursors
    clock: Clock
    policy: Callable[[], Policy]
    origin: Origin
    place: str
    address: str = ""

    async def look(self) -> bool:
        """Post what is due; return whether anything was posted.

        Raises:
            RemoteError: store, database or channel do not answer; the next round goes on.
        """
        policy = self.policy()
        if policy.weekly_post is None:
            return False
        zone = ZoneInfo(policy.business_hours.timezone)
        due = newest_due(policy.weekly_post, self.clock.now(), zone)
        week = due.date().isoformat()
        if await self.cursors.get(MARK) >= week:
            return False
        is_posted = self.clock.now() - due.timestamp() <= LATE_SECONDS and await self._posted(policy, due)
        await self.cursors.put(MARK, week)
        return is_posted

    async def _posted(self, policy: Policy, due: datetime) -> bool:
        """Post it, unless it stands there."""
        week = Period(due.date() - timedelta(days=7), due.date() - timedelta(days=1))
        post = PostToChannel(f"weekly:{due.date().isoformat()}", self.place, "")
        if await self.channel.find_announced(post, due.timestamp()):
            return False
        text = "\n".join(lines(policy.name, await self.figures.report(week), self.address))
        of = Conversation(ConversationId.in_thread(self.origin, "", self.place, ""))
        await self.channel.announce(of, PostToChannel(post.id, self.place, text))
        log.info("weekly.posted", week=week.first.isoformat())
        return True


def newest_due(post: WeeklyPost, now: float, zone: tzinfo) -> datetime:
    """Return when it was due last, in the desk's own time. Pure.

    Args:
        now: Unix seconds.
    """
    today = datetime.fromtimestamp(now, zone)
    back = (today.weekday() - _DAYS.index(post.day)) % 7
    day = (today - timedelta(days=back)).replace(hour=0, minute=0, second=0, microsecond=0)
    due = day.replace(hour=min(post.at // 60, 23), minute=post.at % 60)
    return due if due <= today else due - timedelta(days=7)


def lines(desk: str, report: Report, address: str = "") -> Sequence[str]:
    """Return the post: each of the five figures with the week before it. Pure.

    Args:
        address: ours as people reach it, empty where nobody said.
    """
    now, before = report.total, report.before
    rated = f" of {now.get('csat.rated') or 0} ratings"
    told = [
        f"**{desk}: {report.period.first} to {report.period.last}**, {now.get('conversations') or 0} conversations",
        f"Resolved by the bot: {_share(now.get('automation_rate'))} (before: {_share(before.get('automation_rate'))})",
        f"First response, half within: {_time(now.get('first_response.bot.p50'))} "
        f"(before: {_time(before.get('first_response.bot.p50'))})",
        f"Handed to people: {_share(now.get('escalation_rate'))} (before: {_share(before.get('escalation_rate'))})",
        f"CSAT: {_share(now.get('csat.value'))}{rated} (before: {_share(before.get('csat.value'))})",
        f"Cost per confirmed resolution: {_money(now.get('cost.per_confirmed_resolution'))} "
        f"(before: {_money(before.get('cost.per_confirmed_resolution'))})",
    ]
    return [*told, f"{address}/console/figures"] if address else told


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"


def _time(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.0f} s" if value < 120 else f"{value / 60:.0f} min"


def _money(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f} USD"
