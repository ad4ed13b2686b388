"""Tools of other programs over the Model Context Protocol, as a desk names them."""

from integrations.mcp.servers import McpServers

__all__ = ["McpServers"]
