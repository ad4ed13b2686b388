"""MCP servers of a desk: what `desk.yml` says of each, and the connection that the bot needs to it.

https://modelcontextprotocol.io/specification/2025-11-25
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Protocol, Self
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, model_validator

from bot.desk.loading.schema import Also, Section
from bot.desk.loading.yaml_source import nearest

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class ReadRule(Section):
    """How a tool that only reads is called: the role at the left, the name of the server's argument at the right.

    Args:
        customer: argument that gets the verified customer's id; no model sees or fills it.
    """

    customer: str = ""

    @property
    def bound(self) -> Mapping[str, str]:
        """Role → the server's argument, for the roles that are given."""
        return {role: name for role, name in self if name}

    @property
    def filled(self) -> frozenset[str]:
        """Arguments that we fill, so that no model may see them."""
        return frozenset(name for role, name in self.bound.items() if role in {"customer", "key"})

    @model_validator(mode="after")
    def _each_its_own(self) -> Self:
        names = list(self.bound.values())
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"gives the argument `{twice[0]}` two roles; it can have one")
        return self


class ActionRule(ReadRule):
    """How a tool that changes something is called: proposed, confirmed, decided by `limits`, called once.

    Args:
        customer: argument that gets the verified customer's id; no model sees or fills it.
        amount: argument that is the amount of money, which the limits count.
        subject: argument that names the thing it is about.
        key: argument that gets the idempotency key; without one, a call whose outcome is not known goes to people.
    """

    amount: str = ""
    subject: str = ""
    key: str = ""


_LISTED = {"type": "array", "items": {"type": "string"}}


def _as_rules(value: Any) -> Any:
    """A list of names is as good as names without rules."""
    return {name: {} for name in value} if isinstance(value, list) else value


Reads = Annotated[Mapping[str, ReadRule], BeforeValidator(_as_rules), Also(_LISTED)]
Actions = Annotated[Mapping[str, ActionRule], BeforeValidator(_as_rules), Also(_LISTED)]


class McpServerConfig(Section):
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
    read: Reads = Field(default_factory=dict)
    actions: Actions = Field(default_factory=dict)
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
class McpTool:
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
class McpAnswer:
    """What a call returned.

    Args:
        failed: whether the tool says that it did not work.
    """

    text: str
    failed: bool = False


class Unreachable(Exception):
    """The server cannot be reached: nothing was asked of it."""


class Misfit(Unreachable):
    """The server's tool is not what the desk says of it: nothing was asked of it."""


class Unanswered(Exception):
    """The server was asked and did not answer: it may have done it."""


@dataclass(frozen=True)
class McpFinding:
    """Something that keeps a desk's tool from being used.

    Args:
        path: of the part of `desk.yml` that is wrong, below the server's name.
        binds: whether an argument that it names is not there, so that nobody would fill it, or the model.
    """

    server: str
    what: str
    mend: str
    path: tuple[str, ...] = ()
    binds: bool = False


class ToolServers(Protocol):
    """The servers of a desk, by the names that `desk.yml` gives them."""

    async def tools(self, server: str) -> Mapping[str, McpTool]:
        """Return what the server offers.

        Raises:
            Unreachable: it cannot be reached.
        """

    async def call(self, server: str, tool: str, arguments: Mapping[str, Any]) -> McpAnswer:
        """Call a tool, once.

        Raises:
            Unreachable: it cannot be reached; nothing was asked.
            Unanswered: it was asked and did not answer in time.
        """


async def examine(configs: Mapping[str, McpServerConfig], servers: ToolServers) -> list[McpFinding]:
    """Return what is wrong with a desk's servers: who cannot be reached, and which tools are not what the desk says."""
    found = await asyncio.gather(*[_examined(name, config, servers) for name, config in configs.items()])
    return [finding for findings in found for finding in findings]


async def _examined(name: str, config: McpServerConfig, servers: ToolServers) -> list[McpFinding]:
    try:
        offered = await servers.tools(name)
    except Unreachable:
        mend = f"look whether `{' '.join(config.command) or config.url}` works"
        return [McpFinding(name, f"the MCP server `{name}` cannot be reached", mend)]
    found: list[McpFinding] = []
    for kind, rules in (("read", config.read), ("actions", config.actions)):
        for tool, rule in rules.items():
            if tool not in offered:
                mend = nearest(tool, list(offered)) or "take it out"
                found.append(McpFinding(name, f"`{name}` has no tool `{tool}`", mend, (kind, tool)))
                continue
            if kind == "read" and offered[tool].changes:
                what = f"`{name}` says that `{tool}` changes something"
                found.append(McpFinding(name, what, "put it under `actions`", (kind, tool)))
            found += [
                McpFinding(name, misfit.what, misfit.mend, (kind, tool, misfit.role), binds=True)
                for misfit in misfits(rule, offered[tool])
            ]
    return found


@dataclass(frozen=True)
class Wrong:
    """A role whose argument the tool has not, or has as something else."""

    role: str
    what: str
    mend: str


def misfits(rule: ReadRule, tool: McpTool) -> list[Wrong]:
    """Return what the desk says of a tool's arguments that is not so."""
    arguments = tool.schema.get("properties")
    known: Mapping[str, Any] = arguments if isinstance(arguments, Mapping) else {}
    found: list[Wrong] = []
    for role, name in rule.bound.items():
        if name not in known:
            its = ", ".join(f"`{each}`" for each in known) or "none"
            what = f"`{tool.name}` has no argument `{name}` (`{role}` names it); its arguments: {its}"
            found.append(Wrong(role, what, nearest(name, list(known)) or "name one of them at the right"))
        elif (kinds := _kinds(known[name])) and not kinds & _TAKE[role]:
            what = f"the argument `{name}` of `{tool.name}` cannot be the {role}: it is {' or '.join(sorted(kinds))}"
            found.append(Wrong(role, what, "name another one at the right"))
    return found


async def fitting(servers: ToolServers, server: str, name: str, rule: ReadRule) -> McpTool:
    """Return the tool as its server has it now, where it is what the desk says of it.

    Raises:
        Unreachable: nobody can tell.
        Misfit: it is not.
    """
    tool = (await servers.tools(server)).get(name)
    if tool is None or misfits(rule, tool) or (tool.changes and not isinstance(rule, ActionRule)):
        raise Misfit(server)
    return tool


def known_arguments(tool: McpTool, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return those arguments that the tool has by its own description; all where it describes none."""
    known = tool.schema.get("properties")
    return {name: value for name, value in given.items() if not known or name in known}


_TAKE: Mapping[str, frozenset[str]] = {
    "customer": frozenset({"string", "integer", "number"}),
    "key": frozenset({"string"}),
    "subject": frozenset({"string", "integer", "number"}),
    "amount": frozenset({"string", "integer", "number"}),
}
"""JSON types that an argument of each role may have."""


def _kinds(argument: Any) -> frozenset[str]:
    """Return the JSON types an argument may have, none where its schema does not say."""
    if not isinstance(argument, Mapping):
        return frozenset()
    alternatives = [*argument.get("anyOf", ()), *argument.get("oneOf", ())]
    options = [option for option in alternatives if isinstance(option, Mapping)]
    if any("type" not in option for option in options):
        return frozenset()  # a reference may be anything
    return frozenset().union(*map(_own_kinds, [argument, *options])) - {"null"}


def _own_kinds(schema: Mapping[str, Any]) -> frozenset[str]:
    said = schema.get("type")
    if not said:
        return frozenset()
    return frozenset(said if isinstance(said, list) else [said])
