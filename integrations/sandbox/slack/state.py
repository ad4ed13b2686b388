"""The simulated Slack's state: people, channels, messages, files."""

from dataclasses import dataclass, field
from typing import Literal

from integrations.sandbox.core.wire import JSON

TEAM_ID = "T0FRONTDSK"
TEAM_NAME = "Acme Store"
APP_ID = "A0FRONTDSK"
BOT_ID = "B0BOT"
BOT_USER = "U0BOT"
Kind = Literal["im", "mpim", "channel", "group"]


@dataclass(slots=True)
class SlackUser:
    """A person or a bot; `team_id` tells guests of other companies apart."""

    id: str
    name: str
    real_name: str
    team_id: str = TEAM_ID
    email: str = ""
    is_bot: bool = False
    is_restricted: bool = False
    more: JSON = field(default_factory=dict)
    """Further fields of users.info, such as an organisation's."""


@dataclass(slots=True)
class Channel:
    """A conversation container; `is_ext_shared` marks Slack Connect."""

    id: str
    name: str
    kind: Kind
    members: list[str]
    is_ext_shared: bool = False
    is_archived: bool = False
    connected_team_ids: list[str] = field(default_factory=list)
    team_id: str = TEAM_ID


@dataclass(slots=True)
class Workspace:
    """A further workspace; `organisation` is the Enterprise Grid organisation it is part of, if any."""

    id: str
    name: str
    organisation: str = ""


@dataclass(slots=True)
class Grant:
    """A code that a person's consent gave; good once."""

    team: str
    organisation: str
    redirect_uri: str
    scopes: str
    expires: float


@dataclass(slots=True)
class AppInstall:
    """The app in a workspace, or in a whole organisation where `team` is empty; `revoked` says how it ended."""

    token: str
    team: str
    organisation: str
    scopes: str
    revoked: Literal["", "app", "tokens"] = ""


@dataclass(slots=True)
class SlackFile:
    """An uploaded file; `content` is base64 so that the state is plain JSON.

    `external_url` is set for a document of another service: Slack has but its link.
    """

    id: str
    name: str
    mimetype: str
    size: int
    user: str
    created: int
    content: str
    title: str = ""
    channels: list[str] = field(default_factory=list)
    complete: bool = True
    external_url: str = ""


@dataclass(slots=True)
class Message:
    """A message; `streaming` while chat.appendStream may still add to it."""

    channel: str
    ts: str
    user: str
    text: str
    format: Literal["mrkdwn", "markdown"] = "mrkdwn"
    thread_ts: str | None = None
    blocks: list[JSON] = field(default_factory=list)
    attachments: list[JSON] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    metadata: JSON | None = None
    client_msg_id: str | None = None
    subtype: str | None = None
    username: str | None = None
    edited: str | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)
    streaming: bool = False
    stream_started: float = 0.0
    stream_touched: float = 0.0
    stopped_by_user: bool = False
    tasks: list[JSON] = field(default_factory=list)
    event: JSON = field(default_factory=dict)
    """What its event says in another way than most: None for what it lacks."""
    ephemeral_for: str | None = None


@dataclass(slots=True)
class ResponseUrl:
    """A click's reply address: 30 minutes, 5 uses."""

    channel: str
    ts: str
    thread_ts: str | None
    user: str
    expires: float
    uses: int = 0


@dataclass(slots=True)
class Modal:
    """A modal that a person has open; its view stands under the same id in `views`.

    `errors` is what the app said of a submission, by block; under an empty name that it could not be reached.
    """

    user: str
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class SlackState:
    """All of the workspace."""

    users: dict[str, SlackUser] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    messages: dict[str, dict[str, Message]] = field(default_factory=dict)
    threads: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    files: dict[str, SlackFile] = field(default_factory=dict)
    statuses: dict[str, str] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    prompts: dict[str, list[JSON]] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    session_times: dict[str, float] = field(default_factory=dict)
    triggers: dict[str, float] = field(default_factory=dict)
    trigger_users: dict[str, str] = field(default_factory=dict)
    views: dict[str, JSON] = field(default_factory=dict)
    modals: dict[str, Modal] = field(default_factory=dict)
    homes: dict[str, JSON] = field(default_factory=dict)
    response_urls: dict[str, ResponseUrl] = field(default_factory=dict)
    deleted: dict[str, list[str]] = field(default_factory=dict)
    workspaces: dict[str, Workspace] = field(default_factory=dict)
    grants: dict[str, Grant] = field(default_factory=dict)
    installs: dict[str, AppInstall] = field(default_factory=dict)
    withheld: list[str] = field(default_factory=list)
    """Workspaces of organisations to which their administrators do not give the app."""
    last_ts: int = 0
    last_id: int = 0

    def store(self, message: Message) -> None:
        """File a new message under its channel and thread."""
        self.messages.setdefault(message.channel, {})[message.ts] = message
        if message.thread_ts and message.thread_ts != message.ts:
            self.threads.setdefault(message.channel, {}).setdefault(message.thread_ts, []).append(message.ts)

    def find(self, channel: str, ts: str) -> Message | None:
        """The message, if it exists and was not deleted."""
        return self.messages.get(channel, {}).get(ts)

    def replies(self, channel: str, thread_ts: str) -> list[str]:
        """Timestamps of a thread's replies, oldest first."""
        return self.threads.get(channel, {}).get(thread_ts, [])

    def direct_channel(self, user: str) -> Channel | None:
        """The bot's DM with `user`."""
        wanted = {user, BOT_USER}
        return next((c for c in self.channels.values() if c.kind == "im" and set(c.members) == wanted), None)

    def new_trigger(self, trigger: str, user: str, expires: float) -> str:
        """Remember the trigger of a click, and whose it was."""
        self.triggers[trigger], self.trigger_users[trigger] = expires, user
        return trigger

    def next_id(self, prefix: str) -> str:
        """A new id of Slack's look, e.g. ``F0000000A``."""
        self.last_id += 1
        return f"{prefix}0{self.last_id:08X}"

    def next_ts(self, now: float) -> str:
        """A timestamp later than every one given before: Slack's message id."""
        self.last_ts = max(self.last_ts + 1, int(now * 1_000_000))
        return f"{self.last_ts // 1_000_000}.{self.last_ts % 1_000_000:06d}"
