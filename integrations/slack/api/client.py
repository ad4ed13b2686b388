"""Makes one Web API call: rate-limited, timed, never resent; its error names the reaction it needs."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import RemoteError, SignedOut, TemporaryFailure
from bot.domain.ports import Clock, RateLimiter
from integrations.slack.api.errors import refusal, unanswered
from integrations.slack.api.rate_limits import SlackPacing
from integrations.slack.api.tokens import OneToken, Tokens

SLACK_API_URL = "https://slack.com/api/"
_FORMS = frozenset({"files.getUploadURLExternal", "files.completeUploadExternal"})
"""Methods that take no JSON body."""

# The library logs requests with their text at DEBUG, and builds those lines even when nobody listens.
_QUIET = logging.getLogger("integrations.slack.sdk")
_QUIET.setLevel(logging.ERROR)


@dataclass(frozen=True)
class SlackSettings:
    """How to reach Slack.

    Args:
        token: the bot's token, `xoxb-…`.
        api_url: base of the Web API, ends in `/api/`.
        timeout: seconds for one call in all; half of the worker's lease.
        current_token: returns the token where it may be changed while we run.
    """

    token: str = field(repr=False)
    api_url: str = SLACK_API_URL
    timeout: float = 10.0
    current_token: Callable[[], str] | None = field(default=None, repr=False)

    def token_now(self) -> str:
        """Return the token of now."""
        return self.current_token() if self.current_token else self.token

    def signed_with(self, token: str) -> "SlackSettings":
        """Return the same with another token, which is no secret of the settings that may be changed."""
        return replace(self, token=token, current_token=None)


class SlackApi:
    """The Web API of one workspace over one shared connection pool.

    Args:
        tokens: the workspace's, in place of the one in the settings.
        workspace: its id, which keeps its limits apart from those of others; empty where there is but one.
    """

    def __init__(
        self,
        settings: SlackSettings,
        clock: Clock,
        pacing: RateLimiter | None = None,
        tokens: Tokens | None = None,
        workspace: str = "",
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.tokens = tokens or OneToken(settings.token_now)
        self.workspace = workspace
        self.pacing = SlackPacing(clock, pacing, workspace)
        self._session: aiohttp.ClientSession | None = None
        self._client: AsyncWebClient | None = None

    async def write(self, method: str, /, **arguments: Any) -> Mapping[str, Any]:
        """Call a method that changes something; arguments that are None are left out.

        Raises:
            UnknownOutcome: it was sent, and the answer is missing: read back before sending again.
            TemporaryFailure: it was certainly not carried out; `retry_after` when Slack named it (`Paced`: not sent).
            PermanentFailure: Slack refuses it as it stands (`NotFound` when its object is gone).
        """
        channel = str(arguments.get("channel") or arguments.get("channel_id") or "")
        await self.pacing.enter(method, channel, str(arguments.get("thread_ts") or arguments.get("ts") or ""))
        sent = {name: value for name, value in arguments.items() if value is not None}
        is_form = method in _FORMS
        return await self._call(
            method, channel, write=True, data=sent if is_form else None, json=None if is_form else sent
        )

    async def read(self, method: str, /, **arguments: Any) -> Mapping[str, Any]:
        """Call a method that only reads.

        Raises:
            TemporaryFailure: no sensible answer, or limited.
            PermanentFailure: Slack refuses it as it stands (`NotFound` when its object is gone).
        """
        await self.pacing.enter(method)
        return await self._call(method, http_verb="GET", params=arguments)

    async def headers_of_test(self) -> tuple[Mapping[str, Any], str]:
        """Return auth.test's answer and the granted scopes as the header gives them.

        Raises:
            RemoteError: as for `read`.
        """
        scopes = ""

        def note(headers: Mapping[str, str]) -> None:
            nonlocal scopes
            scopes = headers.get("x-oauth-scopes") or ""

        await self.pacing.enter("auth.test")
        answer = await self._call("auth.test", headers_to=note)
        return answer, scopes

    @property
    def session(self) -> aiohttp.ClientSession:
        """The shared pool; made at the first call, as it belongs to the running loop."""
        if self._session is None or self._session.closed:
            seconds = self.settings.timeout
            timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=seconds / 2)
            self._session = aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar())
            self._client = None
        return self._session

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
        self._session = self._client = None

    async def _call(
        self,
        method: str,
        channel: str = "",
        *,
        write: bool = False,
        headers_to: Callable[[Mapping[str, str]], None] | None = None,
        **how: Any,
    ) -> Mapping[str, Any]:
        """Make the call; where Slack refuses the token, once more with another one, if there is one by now."""
        token = await self.tokens.current()
        try:
            response = await self._answer(method, self._sdk(token).api_call(method, **how), channel, write=write)
        except SignedOut:
            if not await self.tokens.renewed(token):
                raise
            token = await self.tokens.current()
            response = await self._answer(method, self._sdk(token).api_call(method, **how), channel, write=write)
        if headers_to:
            headers_to(response.headers)
        data: Mapping[str, Any] = response.data
        return data

    def _sdk(self, token: str) -> AsyncWebClient:
        session = self.session
        if self._client is None or self._client.token != token:
            self._client = AsyncWebClient(
                token=token,
                base_url=self.settings.api_url,
                session=session,
                logger=_QUIET,
                # The library's default resends a write after a dropped connection: a second message.
                retry_handlers=[],
            )
        return self._client

    async def _answer(self, method: str, call: Any, channel: str, *, write: bool) -> Any:
        try:
            response = await call
        except SlackApiError as error:
            failure = _refusal(method, error, write=write)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            failure = TemporaryFailure(f"{method}: {type(error).__name__}")
        except (aiohttp.ClientError, SlackClientError, OSError, ValueError, AttributeError) as error:
            # The last two are the library's way of meeting an answer that is no JSON object.
            failure = unanswered(f"{method}: {type(error).__name__}", write=write)
        else:
            return response
        if isinstance(failure, TemporaryFailure) and failure.retry_after is not None:
            await self.pacing.rest(method, channel, failure.retry_after)
        raise failure


def _refusal(method: str, error: SlackApiError, *, write: bool) -> RemoteError:
    response: Any = error.response
    data = getattr(response, "data", None)
    code = str(data.get("error") or "") if isinstance(data, dict) else ""
    # Where the body was no JSON the library hands over aiohttp's response instead of its own.
    status = int(getattr(response, "status_code", None) or getattr(response, "status", None) or 0)
    headers = getattr(response, "headers", None) or {}
    retry_after = str(headers.get("Retry-After") or headers.get("retry-after") or "")
    return refusal(method, status, code, retry_after, write=write)
