"""Other programs' tools over the Model Context Protocol: what `desk.yml` says of a server, and what the bot asks of it.

https://modelcontextprotocol.io/specification/2025-11-25
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Protocol, Self
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, model_validator

from bot.desk.section import Section
from bot.desk.source import nearest

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class ReadRule(Section):
    """How a tool that only reads is called.

    Args:
        customer: argument that gets the verified customer's id; no model sees or fills it.
    """

    customer: str = ""


class ActionRule(ReadRule):
    """How a tool that changes something is called: proposed, confirmed, decided by `limits`, called once.

    Args:
        amount: argument that is the amount of money, which the limits count.
        subject: argument that names the thing it is about.
        key: argument that gets the idempotency key; without one, a call whose outcome is not known goes to people.
    """

    amount: str = ""
    subject: str = ""
    key: str = ""


def _as_rules(value: Any) -> Any:
    """A list of names is as good as names without rules."""
    return {name: {} for name in value} if isinstance(value, list) else value


class Server(Section):
    """One server: a program that is started here, or an address; and the tools of it that may be used, no other.

    Args:
        command: the program and its arguments.
        url: of a streamable HTTP server; `http://` on this machine alone.
        environment: names of environment variables that the program gets; it sees no others of ours.
        headers: HTTP header → name of the environment variable with its value.
        read: tools that change nothing.
        actions: tools that do.
        seconds: that one call, or the start, may take.
    """

    command: tuple[str, ...] = ()
    url: str = ""
    environment: tuple[str, ...] = ()
    headers: Mapping[str, str] = Field(default_factory=dict)
    read: Annotated[Mapping[str, ReadRule], BeforeValidator(_as_rules)] = Field(default_factory=dict)
    actions: Annotated[Mapping[str, ActionRule], BeforeValidator(_as_rules)] = Field(default_factory=dict)
    seconds: int = Field(8, ge=1, le=15)

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if bool(self.command) == bool(self.url):
            raise ValueError("has either a `command` or a `url`")
        parts = urlsplit(self.url)
        if self.url and parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
            raise ValueError("`url` begins with https:// (http:// on this machine alone)")
        if twice := sorted(set(self.read) & set(self.actions)):
            raise ValueError(f"{', '.join(twice)} stands under `read` and under `actions`; leave it in one")
        if not (self.read or self.actions):
            raise ValueError("names no tool; list those that may be used under `read` or `actions`")
        return self


@dataclass(frozen=True)
class ServedTool:
    """A tool as its server describes it; all of it is a stranger's words.

    Args:
        schema: JSON Schema of its arguments.
        changes: whether the server says that it changes something.
    """

    name: str
    description: str
    schema: Mapping[str, Any]
    changes: bool = False


@dataclass(frozen=True)
class Answer:
    """What a call returned.

    Args:
        failed: whether the tool says that it did not work.
    """

    text: str
    failed: bool = False


class Unreachable(Exception):
    """The server cannot be reached: nothing was asked of it."""


class Unanswered(Exception):
    """The server was asked and did not answer: it may have done it."""


@dataclass(frozen=True)
class Finding:
    """Something that keeps a desk's tool from being used.

    Args:
        what: begins with the server's name.
    """

    server: str
    what: str
    mend: str


class ToolServers(Protocol):
    """The servers of a desk, by the names that `desk.yml` gives them."""

    async def tools(self, server: str) -> Mapping[str, ServedTool]:
        """Return what the server offers.

        Raises:
            Unreachable: it cannot be reached.
        """

    async def call(self, server: str, tool: str, arguments: Mapping[str, Any]) -> Answer:
        """Call a tool, once.

        Raises:
            Unreachable: it cannot be reached; nothing was asked.
            Unanswered: it was asked and did not answer in time.
        """


async def examine(configs: Mapping[str, Server], servers: ToolServers) -> list[Finding]:
    """Return what is wrong with a desk's servers: who cannot be reached, and which tools are not what the desk says."""
    found: list[Finding] = []
    for name, config in configs.items():
        try:
            offered = await servers.tools(name)
        except Unreachable:
            mend = f"look whether `{' '.join(config.command) or config.url}` works"
            found.append(Finding(name, f"the MCP server `{name}` cannot be reached", mend))
            continue
        for tool in (*config.read, *config.actions):
            if tool not in offered:
                mend = nearest(tool, list(offered)) or "take it out"
                found.append(Finding(name, f"`{name}` has no tool `{tool}`", mend))
            elif tool in config.read and offered[tool].changes:
                found.append(Finding(name, f"`{name}` says that `{tool}` changes something", "put it under `actions`"))
    return found
