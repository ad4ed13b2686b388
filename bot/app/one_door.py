"""Lets one address answer for the demo's two apps: what customers' programs and operators call is the bot's."""

from starlette.types import ASGIApp, Receive, Scope, Send

OF_THE_BOT = frozenset({"chat", "conversation", "console", "rate", "healthz", "readyz", "metrics"})
"""First parts of the bot's paths; vendors deliver to the bot's own port."""


class OneDoor:
    """An ASGI app in front of two: the sandbox from the start, the bot once it is there."""

    def __init__(self, sandbox: ASGIApp) -> None:
        self._sandbox = sandbox
        self._bot: ASGIApp | None = None

    def lead_to(self, bot: ASGIApp) -> None:
        """Let the bot answer from now on what is its own."""
        self._bot = bot

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        is_bots = scope["type"] == "http" and scope["path"].split("/")[1] in OF_THE_BOT
        app = self._bot if is_bots and self._bot is not None else self._sandbox
        await app(scope, receive, send)
