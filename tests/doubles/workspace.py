"""A workspace in memory: its people, its channels, and what was written in them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.domain.conversation import Conversation
from bot.domain.effects import Button
from bot.domain.errors import NotFound
from bot.domain.events import Author, CustomerMessage, File, InboundMessage
from bot.domain.ids import AuthorId, ConversationId
from bot.domain.ports import Profile
from tests.doubles.clock import ManualClock
from tests.doubles.failures import Failures

TEAM, PARTNER = "T0FRONTDSK", "T0PARTNER"
BOT = "U0BOT"
_TICK_SECONDS = 0.0001


@dataclass(frozen=True)
class Person:
    """Somebody in the workspace, or of a company that shares a channel with it."""

    id: str
    name: str
    email: str = ""
    team: str = TEAM
    is_guest: bool = False
    is_bot: bool = False

    @property
    def is_member(self) -> bool:
        """Whether they are a full member of the installing workspace."""
        return self.team == TEAM and not self.is_guest and not self.is_bot

    @property
    def profile(self) -> Profile:
        """What the vendor says of them."""
        return Profile(
            id=AuthorId(f"slack:{self.team}:{self.id}"),
            name=self.name,
            email=self.email,
            verified=self.is_member and bool(self.email),
            is_member=self.is_member,
            is_bot=self.is_bot,
        )


PEOPLE = (
    Person(BOT, "Frontdesk", is_bot=True),
    Person("U0SARAH", "Sarah Chen", "sarah.chen@example.com"),
    Person("U0MARCUS", "Marcus Johnson", "marcus.johnson@example.com"),
    Person("U0DANA", "Dana Reyes", "dana@acme.example"),
    Person("U0OLEG", "Oleg Petrov", "oleg@guest.example", is_guest=True),
    Person("U0EXT", "Erin Ext", "erin@partner.example", team=PARTNER),
)
CHANNELS = {
    "D0SARAH": {"U0SARAH", BOT},
    "D0MARCUS": {"U0MARCUS", BOT},
    "C0HELP": {"U0SARAH", "U0MARCUS", "U0DANA", BOT},
    "C0SHARED": {"U0EXT", "U0SARAH", BOT},
    "C0APPROVE": {"U0DANA", BOT},
    "C0TRIAGE": {"U0DANA", BOT},
}


@dataclass
class Post:
    """One message.

    Args:
        user: who wrote it.
        effect_id: the effect of ours that wrote it, empty for people's messages and previews.
        name: shown instead of the writer's own.
        is_preview: whether its text still grows.
    """

    channel: str
    ts: str
    thread_ts: str
    user: str
    text: str
    effect_id: str = ""
    name: str = ""
    buttons: tuple[Button, ...] = ()
    files: tuple[File, ...] = ()
    is_preview: bool = False


@dataclass
class Workspace:
    """Where people and the bot write."""

    clock: ManualClock
    people: dict[str, Person] = field(default_factory=lambda: {person.id: person for person in PEOPLE})
    channels: dict[str, set[str]] = field(default_factory=lambda: {name: set(who) for name, who in CHANNELS.items()})
    posts: list[Post] = field(default_factory=list)
    whispers: list[tuple[str, str, str]] = field(default_factory=list)
    statuses: dict[tuple[str, str], str] = field(default_factory=dict)
    statuses_ever: list[str] = field(default_factory=list)
    contents: dict[str, bytes] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    failures: Failures = field(default_factory=Failures)
    _last: float = 0.0

    def writes(
        self, user: str, channel: str, text: str, thread_ts: str = "", attached: Sequence[tuple[str, bytes]] = ()
    ) -> tuple[Conversation, InboundMessage]:
        """Let a person write; return the line's conversation and message."""
        files = tuple(self.keep(name, content) for name, content in attached)
        post = self.add(Post(channel, self.next_ts(), thread_ts, user, text, files=files))
        conversation = ConversationId.in_slack(TEAM, channel, post.thread_ts)
        person = self.people[user]
        author = Author(person.profile.id, person.name)
        message_id = f"slack:{TEAM}:{channel}:{post.ts}"
        kind = "im" if channel.startswith("D") else "channel"
        shared = any(self.people[who].team != TEAM for who in self.channels[channel])
        message = CustomerMessage(
            message_id, conversation, author, text, float(post.ts), files=files, ts=post.ts, place=kind, shared=shared
        )
        return Conversation(conversation), message

    def add(self, post: Post) -> Post:
        """Put a message where it belongs; one outside of every thread begins its own."""
        if post.channel not in self.channels:
            raise NotFound("no such channel", "channel_not_found")
        post.thread_ts = post.thread_ts or post.ts
        self.posts.append(post)
        return post

    def post_at(self, channel: str, ts: str) -> Post | None:
        """Return a message, None where it is gone."""
        return next((post for post in self.posts if (post.channel, post.ts) == (channel, ts)), None)

    def thread(self, channel: str, thread_ts: str) -> list[Post]:
        """Return a thread's messages with the one that began it, oldest first."""
        return [post for post in self.posts if (post.channel, post.thread_ts) == (channel, thread_ts)]

    def keep(self, name: str, content: bytes, mime: str = "text/plain") -> File:
        """Keep a file's bytes; return what an event tells of it."""
        number = f"F{len(self.files) + 1}"
        file = File(number, name, f"memory:{number}", mime, len(content))
        self.contents[number] = content
        self.files[number] = file
        return file

    def next_ts(self) -> str:
        """Return the next message's `ts`: the time, and never the same twice."""
        self._last = max(self.clock.now(), self._last + _TICK_SECONDS)
        return f"{self._last:.6f}"
