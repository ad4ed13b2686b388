"""What a vendor's folder offers the product: a `Connector` that opens a `Side`, which routes, checks and catches up.

`bot/app/connectors.py` lists the connectors; whoever starts, serves, checks or catches up walks that list.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from bot.domain.capabilities import Capabilities
from bot.domain.ids import Origin
from bot.domain.knowledge.articles import ArticleWriter, HelpCenter
from bot.domain.ports import Channel, Clock, HelpDesk, RateLimiter
from bot.figures.report import FiguresReader
from bot.gaps.reading import GapsReader, NoGaps
from bot.store.limits.customer_rate import MessageRate
from bot.store.queue.inbox import Inbox
from bot.store.records.conversations import Conversations
from bot.store.redis import Client, Scripts

if TYPE_CHECKING:  # a worker alone loads no web framework
    from starlette.routing import BaseRoute, Router

    from bot.replay.past_tickets import PastTickets
    from bot.runtime.administration import Administration

V = TypeVar("V")


@dataclass(frozen=True)
class CheckResult:
    """One line of the doctor's report.

    Args:
        what: what was looked at, with what was found where all is well.
        problem: empty when all is well.
        mend: what to do about the problem.
        warns: whether the problem is nothing that has to be mended: somebody should know of it.
        unseen: why it was not looked at, empty where it was; that is neither well nor a problem.
    """

    what: str
    problem: str = ""
    mend: str = ""
    warns: bool = False
    unseen: str = ""

    @property
    def is_finding(self) -> bool:
        """Whether something has to be mended."""
        return bool(self.problem) and not self.warns

    def __str__(self) -> str:
        if not self.problem:
            return f"--    {self.what}: {self.unseen}" if self.unseen else f"ok    {self.what}"
        return f"{'WARN' if self.warns else 'FIX '}  {self.what}: {self.problem}" + (
            f"\n      → {self.mend}" if self.mend else ""
        )


@dataclass(frozen=True)
class Way:
    """How a vendor is reached, as the doctor names it.

    Args:
        address: what is called.
        variable: that says so.
        credentials: the variables by which the vendor knows us.
    """

    address: str = ""
    variable: str = ""
    credentials: str = ""


Look = Callable[[], Awaitable[Sequence[CheckResult]]]
"""One of the doctor's looks; it raises what the vendor answers, and the doctor tells that."""


@dataclass(frozen=True)
class Surroundings:
    """What a vendor's side is opened with.

    Args:
        call_seconds: longest time for one call to the vendor.
        pacing: the vendors' limits across all processes, None where only the doctor looks.
        scripts: of the store, None where only the doctor looks.
    """

    clock: Clock
    call_seconds: float
    pacing: RateLimiter | None = None
    scripts: Scripts | None = None


@dataclass(frozen=True)
class Core:
    """What a vendor's side hands its news to, and reads from.

    Args:
        connected_at: Unix seconds of the first start with this help desk account, 0 without one.
        session_seconds: how long an idle conversation is kept.
        first_specialist: returns the name of whom a new conversation begins with.
        languages: returns those that the desk claims, its first one first.
        figures: whether it helps, counted.
        disclosure: returns what the bot's first message begins with in a language, empty for nothing.
        gaps: what customers asked and nobody could answer.
    """

    client: Client
    inbox: Inbox
    conversations: Conversations
    rate: MessageRate
    clock: Clock
    connected_at: float
    session_seconds: int
    figures: FiguresReader
    first_specialist: Callable[[], str]
    languages: Callable[[], Sequence[str]]
    disclosure: Callable[[str], str]
    gaps: GapsReader = field(default_factory=NoGaps)


@dataclass(frozen=True)
class Account:
    """Whose conversations come from a side; a store belongs to one account of each vendor.

    Args:
        id: as the vendor knows it.
        variable: the setting that names it.
    """

    id: str
    variable: str


@dataclass(frozen=True)
class CatchUp:
    """Looks for what the vendor's deliveries did not bring; one process does it for all.

    Args:
        name: under which one process takes a round, and as the log knows it.
        seconds: between two rounds.
        look: one round; returns how much it found.
    """

    name: str
    seconds: float
    look: Callable[[], Awaitable[int]]


class Side:
    """One vendor, opened by its settings; a subclass says what it has, the rest stays as it is here."""

    channel: Channel | None = None
    """Where answers are written; None where they are not, or nothing is connected."""
    helpdesk: HelpDesk | None = None
    """Where people work; None where they do not, or nothing is connected."""
    articles: HelpCenter | None = None
    writes_articles: ArticleWriter | None = None
    """Where drafts of articles are written; None where they are not, or nothing is connected."""
    off: str = "off"
    """What the start line says while nothing is connected."""

    @property
    def is_connected(self) -> bool:
        """Whether there is somebody to reach."""
        return self.channel is not None or self.helpdesk is not None

    @property
    def address(self) -> str:
        """What the first start with a help desk's account is remembered under: the vendor's name and its address."""
        return ""

    @property
    def way(self) -> Way:
        """How the vendor is reached."""
        return Way()

    @property
    def body_limits(self) -> Mapping[str, int]:
        """The largest bodies of the routes in bytes, by path, where that is not 1 MiB."""
        return {}

    async def ping(self) -> None:
        """Return when the vendor answers; raises the `RemoteError` family when it does not."""

    async def account(self) -> Account | None:
        """Return whose account it is, None where that makes no difference.

        Raises:
            RemoteError: the vendor does not say at the moment.
        """
        return None

    async def close(self) -> None:
        """Close the connections."""

    def routes(self, core: Core) -> "Sequence[BaseRoute | Router]":  # noqa: ARG002
        """Return what the vendor, or a caller, delivers to."""
        return ()

    def listening(self, core: Core) -> AbstractAsyncContextManager[object]:  # noqa: ARG002
        """Hear the vendor without a public address while the body runs."""
        return nullcontext()

    def catch_up(self, core: Core) -> Sequence[CatchUp]:  # noqa: ARG002
        """Return what looks for what was not delivered."""
        return ()

    def slips(self) -> Sequence[CheckResult]:
        """Return what the settings say by themselves, for the doctor; nothing is asked."""
        return ()

    def administration(self, groups: Sequence[str]) -> "Administration | None":  # noqa: ARG002
        """Return what sets the vendor's account up for us, None where that is done by hand.

        Args:
            groups: names of the groups that the desk names.
        """
        return None

    def history(self, told: Callable[[str], None]) -> "PastTickets | None":  # noqa: ARG002
        """Return where past tickets are read, None where there are none.

        Args:
            told: hears what people may read while they wait.
        """
        return None

    def checks(self, groups_of: Callable[[], Sequence[str]]) -> Sequence[tuple[str, Look]]:  # noqa: ARG002
        """Return the doctor's looks at what is connected, by their titles; the first shows whether it can be asked.

        Args:
            groups_of: returns the names of the groups the desk needs, once it was loaded.
        """
        return ()

    def kept(self, scripts: Scripts) -> Look | None:  # noqa: ARG002
        """Return the doctor's look at what the store keeps for this side, None where that is nothing."""
        return None


@dataclass(frozen=True)
class Connector(Generic[V]):
    """A vendor, before anything is opened.

    Args:
        origin: the first part of the ids of the conversations that begin there.
        capabilities: what can be done there.
        settings: a dataclass with what the vendor needs, named as in `bot/app/settings.py`, or as variables in the
            environment in lower case; secrets as plain text.
        open: returns the vendor's side; it may be one that is not connected, and makes no call.
    """

    origin: Origin
    capabilities: Capabilities
    settings: type[V]
    open: Callable[[V, Surroundings], Side]

    @property
    def title(self) -> str:
        """The vendor as operators read it, empty where there is nobody to reach."""
        return self.capabilities.title


@dataclass(frozen=True)
class Sides:
    """The sides of all connectors, in the order of their table."""

    opened: Sequence[tuple[Connector[Any], Side]] = ()

    def __iter__(self) -> Iterator[Side]:
        return (side for _, side in self.opened)

    @property
    def reachable(self) -> Sequence[tuple[Connector[Any], Side]]:
        """Those behind which there is somebody to reach, connected or not."""
        return [(connector, side) for connector, side in self.opened if connector.title]

    @property
    def named(self) -> Sequence[tuple[str, Side]]:
        """All of them, by the names that logs, keys and `/readyz` have."""
        return [(connector.origin.value, side) for connector, side in self.opened]

    @property
    def channels(self) -> Mapping[str, Channel]:
        """Where answers can be written, by where a conversation began."""
        return {connector.origin: side.channel for connector, side in self.opened if side.channel}

    @property
    def desk_side(self) -> Side | None:
        """The side of the help desk, None where none is connected."""
        return next((side for side in self if side.helpdesk), None)

    async def close(self) -> None:
        """Close all connections."""
        for side in self:
            await side.close()
