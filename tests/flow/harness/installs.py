"""Several workspaces on the stage: made, installed through the browser's way, and looked for in the store."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from bot.domain.secret_keys import new_key
from bot.store.redis import Client
from integrations.sandbox import SandboxOptions
from tests.flow.harness.frontdesk import Stage, open_stage

BRANCH, NORTH, SOUTH = "T0BRANCH", "T0NORTH", "T0SOUTH"
ORGANISATION = "E0ACME"
BELLA, NORA, SAM = "U0BELLA", "U0NORA", "U0SAM"
BRANCH_HELP, NORTH_HELP, SOUTH_HELP = "C0BRANCH", "C0NORTH", "C0SOUTH"


@dataclass(frozen=True)
class Place:
    """A further workspace, with one person and one channel."""

    team: str
    user: str
    channel: str
    organisation: str = ""


PLACES = (
    Place(BRANCH, BELLA, BRANCH_HELP),
    Place(NORTH, NORA, NORTH_HELP, ORGANISATION),
    Place(SOUTH, SAM, SOUTH_HELP, ORGANISATION),
)


@dataclass
class Browser:
    """Somebody who installs the app."""

    stage: Stage
    cookies: httpx.Cookies = field(default_factory=httpx.Cookies)

    async def asks(self, query: str = "") -> httpx.Response:
        """Open the install link."""
        return await self._sends("GET", f"{self.stage.bot}/slack/install{query}")

    async def allows(self, consent: str, **where: str) -> str:
        """Choose on Slack's page; return the query that Slack sends back."""
        answer = await self._sends("POST", consent, data=where)
        assert answer.status_code == 302, answer.text
        return urlsplit(answer.headers["location"]).query

    async def returns(self, query: str) -> httpx.Response:
        """Come back from Slack."""
        return await self._sends("GET", f"{self.stage.bot}/slack/oauth_redirect?{query}")

    async def installs(self, **where: str) -> httpx.Response:
        """Go the whole way; return the last page."""
        consent = (await self.asks()).headers["location"]
        return await self.returns(await self.allows(consent, **where))

    async def _sends(self, method: str, url: str, **more: Any) -> httpx.Response:
        async with httpx.AsyncClient(cookies=self.cookies, follow_redirects=False) as client:
            answer = await client.request(method, url, **more)
            self.cookies = httpx.Cookies(client.cookies)
        return answer


@asynccontextmanager
async def open_places(redis_url: str, folder: Path, **settings: Any) -> AsyncIterator[Stage]:
    """Yield a stage on which further workspaces exist, none of them with the app."""
    options = SandboxOptions(random_seed=7)
    own = {
        "slack_client_id": options.slack_client_id,
        "slack_client_secret": options.slack_client_secret,
        "frontdesk_secret_key": new_key(),
        "slack_signing_secret": options.slack_signing_secret,
        "frontdesk_model": "offline",
        "frontdesk_public_url": "http://localhost",
    }
    async with open_stage(redis_url, folder, sandbox=options, **own | settings) as stage:
        for place in PLACES:
            people = [{"id": place.user, "email": f"{place.user.lower()}@example.com"}]
            channels = [{"id": place.channel, "name": "help"}]
            workspace = {"team": place.team, "organisation": place.organisation, "name": f"Acme {place.team}"}
            await stage.control("slack/workspace", {**workspace, "people": people, "channels": channels})
        yield stage


async def all_values(client: Client) -> Mapping[str, bytes]:
    """Return everything that the store holds, each value in one piece."""
    readers = {
        b"string": client.get,
        b"hash": client.hgetall,
        b"list": lambda key: client.lrange(key, 0, -1),
        b"zset": lambda key: client.zrange(key, 0, -1),
        b"set": client.smembers,
        b"stream": client.xrange,
    }
    found = {}
    async for key in client.scan_iter(count=1000):
        value = await readers[await client.type(key)](key)
        found[key.decode()] = key + repr(value).encode()
    return found
