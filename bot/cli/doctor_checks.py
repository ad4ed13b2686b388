"""The checks of `frontdesk doctor` that concern no vendor, one function each; every finding says how to fix it.

It reads and changes nothing but what a first start would make (the embedded Redis and the desk's tables).
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Sequence
from pathlib import Path

import httpx

from bot.app.environment import ENV_FILE, broken_lines
from bot.app.settings import Settings, strangers
from bot.domain.errors import ConfigError, FrontdeskError
from bot.domain.models.faults import TOLD, Why
from bot.runtime.connectors import CheckResult, Look
from bot.store.redis import Client
from bot.store.server_check import check

LOOK_SECONDS = 30.0
LONGER = {"Model calls": 180.0}
"""A server on this machine may load its model first."""
MODEL_SECONDS = 10.0
OPENAI = "https://api.openai.com/v1"
SHOWN_MODELS = 8


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

    file = Path(ENV_FILE).absolute()
    where = CheckResult(f"Environment, with {file}" if file.exists() else f"Environment; no .env in {file.parent}")

    async def look() -> Sequence[CheckResult]:
        return [where, *sorted(slips, key=lambda line: bool(line.problem))]

    return look


def look_at_times(settings: Settings) -> Look:
    """Return the look at how long a worker holds a conversation, and how soon another one looks after it."""
    lease, redelivery = settings.frontdesk_lease_seconds, settings.frontdesk_redelivery_seconds

    async def look() -> Sequence[CheckResult]:
        if lease <= redelivery:
            return []
        problem = (
            f"a lease of {lease:g} s is longer than the redelivery ({redelivery:g} s): what a dead worker had is looked"
            f" for after {redelivery:g} s, found held, and answered after {lease:g}"
        )
        mend = f"set it to {redelivery:g} or less, or FRONTDESK_REDELIVERY_SECONDS to {lease * 1.5:g}"
        return [CheckResult("FRONTDESK_LEASE_SECONDS", problem, mend)]

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


def look_at_model(
    settings: Settings, transport: httpx.AsyncBaseTransport | None = None, faulty: set[str] | None = None
) -> Look:
    """Return the look at the model server: whether it takes the key and knows the models.

    Args:
        transport: the tests' own.
        faulty: learns the models that are not worth a call, as what is wrong with them is told already.
    """
    names = {
        "FRONTDESK_MODEL": settings.frontdesk_model,
        "FRONTDESK_ROUTER_MODEL": settings.frontdesk_router_model,
    }
    wanted = {name: variable for variable, name in reversed(names.items()) if name not in {"", "offline"}}
    base = (settings.openai_base_url or OPENAI).rstrip("/")

    async def look() -> Sequence[CheckResult]:
        if not wanted:
            return [CheckResult("Model: the offline rule model (no AI)")]
        headers = {"Authorization": f"Bearer {settings.openai_api_key.get_secret_value()}"}
        try:
            async with httpx.AsyncClient(timeout=MODEL_SECONDS, transport=transport) as server:
                answer = await server.get(f"{base}/models", headers=headers)
        except httpx.TransportError as error:
            return nobody(f"{base} does not answer ({type(error).__name__})", TOLD[Why.AWAY].mend)
        if answer.status_code in {401, 403}:
            return nobody(f"{base} refuses the key", "set OPENAI_API_KEY to a valid key of that server")
        if answer.status_code != 200:
            return [CheckResult(f"Model: {', '.join(sorted(wanted))} ({base} does not list its models)")]
        known = sorted(str(model.get("id")) for model in answer.json().get("data", []))
        return [judged(name, known) for name in sorted(wanted)]

    def nobody(problem: str, mend: str) -> Sequence[CheckResult]:
        told.update(wanted)
        return [CheckResult("Model", problem, mend)]

    def judged(name: str, known: Sequence[str]) -> CheckResult:
        if name in known:
            return CheckResult(f"Model: {name}")
        told.add(name)
        more = [f"and {len(known) - SHOWN_MODELS} more"] if len(known) > SHOWN_MODELS else []
        mend = f"set {wanted[name]} to one that it has: {', '.join([*known[:SHOWN_MODELS], *more]) or 'none'}"
        return CheckResult("Model", f"{base} does not know {name}", mend)

    told = set[str]() if faulty is None else faulty
    return look
