"""A desk's MCP servers by name; the client of the protocol is loaded for a desk that has one."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bot.desk.tools.mcp import McpAnswer, McpServerConfig, McpTool

if TYPE_CHECKING:
    from integrations.mcp.connection import Connection, Variables


class McpServers:
    """A desk's servers (the `ToolServers` port); nothing is connected before it is needed.

    Args:
        variables: returns environment variables by name, those that are set.
    """

    def __init__(self, servers: Mapping[str, McpServerConfig], variables: "Variables") -> None:
        self._connections = {name: _connection(name, server, variables) for name, server in servers.items()}

    async def tools(self, server: str) -> Mapping[str, McpTool]:
        """Return what the server offers."""
        return await self._connections[server].tools()

    async def call(self, server: str, tool: str, arguments: Mapping[str, Any]) -> McpAnswer:
        """Call a tool, once."""
        return await self._connections[server].call(tool, arguments)

    async def close(self) -> None:
        """Close every connection, and end the programs that were started."""
        await asyncio.gather(*[connection.close() for connection in self._connections.values()])


def _connection(name: str, server: McpServerConfig, variables: "Variables") -> "Connection":
    from integrations.mcp.connection import Connection  # it loads `mcp`: 20 MB

    return Connection(name, server, variables)
