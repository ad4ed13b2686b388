"""The client side of the Model Context Protocol, for the servers that a desk names."""

from integrations.mcp.servers import McpServers

__all__ = ["McpServers"]
