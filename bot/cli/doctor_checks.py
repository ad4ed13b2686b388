"""The checks of `frontdesk doctor` that concern no vendor, one function each; every finding says how to fix it.

It reads and changes nothing but what a first start would make (the embedded Redis and the desk's tables).
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Sequence

import httpx

from bot.app.environment import broken_lines
from bot.app.settings import Settings, strangers
from bot.domain.errors import ConfigError, FrontdeskError
from bot.runtime.connectors import CheckResult, Look
from bot.store.redis import Client, check

LOOK_SECONDS = 30.0
LONGER = {"Model calls": 180.0}
"""A server on this machine may load its model first."""
MODEL_SECONDS = 10.0
OPENAI = "https://api.openai.com/v1"


async def examine(looks: Sequence[tuple[str, Look]]) -> AsyncIterator[CheckResult]:
    """Yield the lines of each look, in order; one that fails or takes too long is a finding itself."""
    for name, look in looks:
        try:
            async with asyncio.timeout(LONGER.get(name, LOOK_SECONDS)):
                lines = await look()
        except ConfigError as error:
            lines = [CheckResult(name, part) for part in str(error).splitlines()]
        except FrontdeskError as error:
            lines = [
                CheckResult(name, str(error) or type(error).__name__, "see that it is reachable and the token is valid")
            ]
        except Exception as error:
            lines = [CheckResult(name, type(error).__name__, "see that it is reachable from this machine")]
        for line in lines:
            yield line


def look_at_settings(slips: Iterable[CheckResult]) -> Look:
    """Return the look at what the environment says by itself; whole sets of variables were checked when it was read.

    Args:
        slips: what the connectors say of their own settings.
    """

    async def look() -> Sequence[CheckResult]:
        return sorted(slips, key=lambda line: bool(line.problem)) or [CheckResult("Environment")]

    return look


def look_at_names(known: Callable[[], Collection[str]]) -> Look:
    """Return the look at what stands in the environment or in `.env` and is not read.

    Args:
        known: returns names of further variables, which the desk reads.
    """

    async def look() -> Sequence[CheckResult]:
        lines = [CheckResult(name, "is not read", mend) for name, mend in strangers(known())]
        return lines + [
            CheckResult(f".env, line {number}", "is no NAME=VALUE, and is not read") for number in broken_lines()
        ]

    return look


def look_at_mail(reach: Callable[[], Awaitable[None]]) -> Look:
    """Return the look at the server that takes the one-time codes; nothing is sent."""

    async def look() -> Sequence[CheckResult]:
        await reach()
        return [CheckResult("Mail for one-time codes")]

    return look


def look_at_redis(client: Client) -> Look:
    """Return the look at the store."""

    async def look() -> Sequence[CheckResult]:
        findings = await check(client)
        return [CheckResult("Redis", finding.problem, finding.mend) for finding in findings] or [CheckResult("Redis")]

    return look


def look_at_database(ping: Callable[[], Awaitable[None]]) -> Look:
    """Return the look at the desk's business data."""

    async def look() -> Sequence[CheckResult]:
        await ping()
        return [CheckResult("Database")]

    return look


def look_at_model(settings: Settings, transport: httpx.AsyncBaseTransport | None = None) -> Look:
    """Return the look at the model server: whether it takes the key and knows the models.

    Args:
        transport: the tests' own.
    """
    names = sorted({settings.frontdesk_model, settings.frontdesk_router_model} - {"", "offline"})

    async def look() -> Sequence[CheckResult]:
        if not names:
            return [CheckResult("Model: the offline rule model (no AI)")]
        headers = {"Authorization": f"Bearer {settings.openai_api_key.get_secret_value()}"}
        base = (settings.openai_base_url or OPENAI).rstrip("/")
        async with httpx.AsyncClient(timeout=MODEL_SECONDS, transport=transport) as server:
            answer = await server.get(f"{base}/models", headers=headers)
        if answer.status_code in {401, 403}:
            return [
                CheckResult("Model", "the server refuses the key", "set OPENAI_API_KEY to a valid key of that server")
            ]
        if answer.status_code != 200:
            return [CheckResult(f"Model: {', '.join(names)} (the server does not list its models)")]
        known = {model.get("id") for model in answer.json().get("data", [])}
        return [
            CheckResult(f"Model: {name}")
            if name in known
            else CheckResult(
                "Model", f"the server does not know {name}", f"choose another; it knows {len(known)} models"
            )
            for name in names
        ]

    return look
