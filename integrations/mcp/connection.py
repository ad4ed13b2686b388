"""The connection to one MCP server: opened on first use, closed when it breaks, opened again later.

The SDK's server objects want to be connected and closed by one and the same task
(https://github.com/openai/openai-agents-python/issues/1288), so it lives in a task of its own.
"""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from time import monotonic
from typing import Any

import structlog
from agents.mcp import MCPServer, MCPServerStdio, MCPServerStreamableHttp
from mcp import MCPError
from mcp_types import INVALID_PARAMS, INVALID_REQUEST, METHOD_NOT_FOUND, PARSE_ERROR
from pydantic_core import to_jsonable_python

from bot.desk.tools.mcp import McpAnswer, McpServerConfig, McpTool, Unanswered, Unreachable

PAUSE_SECONDS = 20.0
"""A server that could not be reached is not tried again before."""
CLOSE_SECONDS = 5.0
MOST_CHARS = 20_000
"""Of one answer: what is longer would crowd out the conversation."""
MOST_PAGES = 10
REFUSALS = frozenset({PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS})
"""Errors by which a server says that it has not run the tool."""

log = structlog.get_logger(__name__)

Variables = Callable[[Sequence[str]], Mapping[str, str]]
"""Returns environment variables by name, those that are set."""


class Connection:
    """One server, connected or not."""

    def __init__(self, name: str, server: McpServerConfig, variables: Variables) -> None:
        self._name = name
        self._config = server
        self._variables = variables
        self._turn = asyncio.Lock()
        self._life: asyncio.Task[None] | None = None
        self._end = asyncio.Event()
        self._server: MCPServer | None = None
        self._tools: dict[str, McpTool] = {}
        self._not_before = 0.0
        self._calls = 0

    async def tools(self) -> Mapping[str, McpTool]:
        """Return what the server offers.

        Raises:
            Unreachable: it cannot be reached.
        """
        await self._connected()
        return self._tools

    async def call(self, tool: str, arguments: Mapping[str, Any]) -> McpAnswer:
        """Call a tool, once.

        Raises:
            Unreachable: the server cannot be reached; nothing was asked.
            Unanswered: it was asked and did not answer in time.
        """
        server = await self._connected()
        self._calls += 1
        try:
            async with asyncio.timeout(self._config.seconds):
                result = await server.call_tool(tool, dict(arguments))
        except Exception as error:
            log.warning("mcp.unanswered", server=self._name, tool=tool, error=type(error).__name__)
            if isinstance(error, MCPError) and error.code in REFUSALS:
                return McpAnswer("", failed=True)
            if self._calls == 1:  # others may still be answered on it
                await self.close()
            raise Unanswered(self._name) from error
        finally:
            self._calls -= 1
        return McpAnswer(_text(result)[:MOST_CHARS], bool(result.is_error))

    async def _connected(self) -> MCPServer:
        async with self._turn:
            if self._server and self._life and not self._life.done():
                return self._server
            if monotonic() < self._not_before:
                raise Unreachable(self._name)
            try:
                return await self._connect()
            except Exception as error:
                log.warning("mcp.unreachable", server=self._name, error=type(error).__name__)
                self._not_before = monotonic() + PAUSE_SECONDS
                await self._stop(at_once=True)
                raise Unreachable(self._name) from error

    async def _connect(self) -> MCPServer:
        ready: asyncio.Future[MCPServer] = asyncio.get_running_loop().create_future()
        self._end = asyncio.Event()
        self._life = asyncio.create_task(self._live(ready, self._end))
        async with asyncio.timeout(self._config.seconds):
            self._server = await ready
        log.info("mcp.connected", server=self._name, tools=len(self._tools))
        return self._server

    async def _live(self, ready: asyncio.Future[MCPServer], end: asyncio.Event) -> None:
        server = self._make()
        try:
            await server.connect()  # type: ignore[no-untyped-call]
            offered = await server.list_tools()
            self._tools = {tool.name: _served(tool) for tool in offered}
            if not ready.done():
                ready.set_result(server)
            await end.wait()
        except Exception as error:
            if not ready.done():
                ready.set_exception(error)
        finally:
            with suppress(Exception):
                await server.cleanup()  # type: ignore[no-untyped-call]

    def _make(self) -> MCPServer:
        config = self._config
        if config.command:
            program, *arguments = config.command
            given = dict(self._variables(config.environment))
            return MCPServerStdio(
                {"command": program, "args": arguments, "env": given},
                name=self._name,
                client_session_timeout_seconds=config.seconds,
                max_list_pages=MOST_PAGES,
            )
        values = self._variables(list(config.headers.values()))
        headers = {name: values[variable] for name, variable in config.headers.items() if variable in values}
        return MCPServerStreamableHttp(
            {"url": config.url, "headers": headers, "timeout": config.seconds, "sse_read_timeout": config.seconds},
            name=self._name,
            client_session_timeout_seconds=config.seconds,
            max_list_pages=MOST_PAGES,
        )

    async def close(self) -> None:
        """Close it, and end the program that was started."""
        async with self._turn:
            await self._stop()

    async def _stop(self, *, at_once: bool = False) -> None:
        life, self._life, self._server = self._life, None, None
        self._end.set()
        if life is None:
            return
        if at_once:
            life.cancel()
        _, late = await asyncio.wait({life}, timeout=CLOSE_SECONDS)
        for task in late:
            task.cancel()
            await asyncio.wait({task}, timeout=CLOSE_SECONDS)


def _served(tool: Any) -> McpTool:
    hints = tool.annotations
    changes = bool(hints and (hints.read_only_hint is False or hints.destructive_hint))
    return McpTool(tool.name, tool.description or "", tool.input_schema, changes)


def _text(result: Any) -> str:
    """Return the text of a result; what is no text is named, not carried."""
    parts = [getattr(part, "text", None) or f"[{part.type}]" for part in result.content]
    if parts or result.structured_content is None:
        return "\n".join(parts)
    return json.dumps(to_jsonable_python(result.structured_content), ensure_ascii=False)
