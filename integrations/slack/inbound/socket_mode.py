"""Socket Mode, for development without a public address: the same listeners over an outgoing connection.

https://docs.slack.dev/apis/events-api/using-socket-mode
"""

import logging

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_sdk.web.async_client import AsyncWebClient

from integrations.slack.api.client import SLACK_API_URL
from integrations.slack.inbound.admission import EVERYONE, Admission
from integrations.slack.inbound.bolt_app import create_bolt_app
from integrations.slack.inbound.event_sink import EventSink

# At DEBUG the library logs every message it receives.
_QUIET = logging.getLogger("integrations.slack.socket")
_QUIET.setLevel(logging.WARNING)


class SocketMode:
    """One connection to Slack; events that are not stored are not acknowledged, so Slack sends them again.

    Args:
        app_token: app-level token, `xapp-…`; one per environment, as Slack deals events out among all who share it.
    """

    def __init__(
        self, acceptor: EventSink, app_token: str, api_url: str = SLACK_API_URL, admission: Admission = EVERYONE
    ) -> None:
        self._app = create_bolt_app(acceptor, api_url, admission)
        self._app_token = app_token
        self._client = AsyncWebClient(base_url=api_url, timeout=10, logger=_QUIET)
        self._handler: AsyncSocketModeHandler | None = None

    async def start(self) -> None:
        """Connect; the library reconnects by itself."""
        self._handler = AsyncSocketModeHandler(self._app, self._app_token, logger=_QUIET, web_client=self._client)
        await self._handler.connect_async()  # type: ignore[no-untyped-call]

    async def close(self) -> None:
        """Disconnect."""
        if self._handler is not None:
            await self._handler.close_async()  # type: ignore[no-untyped-call]
            self._handler = None
