"""Collects the checks of `frontdesk doctor` for the given settings: store, desk, database, model, vendors."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack

from bot.app.connectors import open_sides, variables_of_connectors
from bot.app.container import open_mail
from bot.app.database_look import database_url
from bot.app.desk_runtime import open_servers
from bot.app.settings import Settings
from bot.app.store import WallClock, open_store
from bot.cli.causes import behind
from bot.cli.doctor_checks import (
    look_at_database,
    look_at_mail,
    look_at_model,
    look_at_names,
    look_at_redis,
    look_at_settings,
    look_at_times,
)
from bot.cli.model_checks import look_at_calls
from bot.cli.sentence_checks import look_at_sentences
from bot.desk.database import Database
from bot.desk.loading.desk import Desk
from bot.desk.loading.loader import load_desk
from bot.desk.tools.mcp import examine
from bot.domain.ports import Clock
from bot.runtime.connectors import CheckResult, Look, Side, Sides, Way
from bot.store.redis import Client, Scripts

_UNHEARD = CheckResult(
    "People",
    "who asks for a human is told that nobody can be reached: no help desk, no channel of colleagues",
    "connect Zendesk, or set FRONTDESK_APPROVALS_CHANNEL; or say in desk.yml (`contact`) where people are reached",
    warns=True,
)


def looks_of(settings: Settings, stack: AsyncExitStack) -> Sequence[tuple[str, Look]]:
    """Return the looks in order; what they open is closed with `stack`."""
    clock = WallClock()
    sides = open_sides(settings, clock)
    stack.push_async_callback(sides.close)
    loaded: list[Desk] = []
    faulty = set[str]()

    stores: list[Client] = []

    async def redis() -> Sequence[CheckResult]:
        stores.append(await stack.enter_async_context(open_store(settings)))
        return await look_at_redis(stores[0])()

    async def desk() -> Sequence[CheckResult]:
        loaded.append(await asyncio.to_thread(load_desk, settings.frontdesk_desk))
        return [CheckResult(f"Desk: {loaded[0].id}")]

    async def servers() -> Sequence[CheckResult]:
        configs = loaded[0].policy.mcp_servers if loaded else {}
        if not configs:
            return []
        connections = open_servers(loaded[0])
        stack.push_async_callback(connections.close)
        findings = await examine(configs, connections)
        well = [name for name in configs if name not in {finding.server for finding in findings}]
        lines = [CheckResult(f"MCP server {name}") for name in well]
        return [*lines, *(CheckResult("MCP server", finding.what, finding.mend) for finding in findings)]

    async def database() -> Sequence[CheckResult]:
        if not loaded:
            return []
        data = await Database.open(database_url(settings), loaded[0], clock)
        stack.push_async_callback(data.close)
        return await look_at_database(data.ping)()

    looks: list[tuple[str, Look]] = [
        ("Environment", look_at_settings([line for side in sides for line in side.slips()])),
        ("Times", look_at_times(settings)),
        ("Redis", redis),
        ("Desk", desk),
        (
            "Variables",
            look_at_names(lambda: {*variables_of_connectors(), *(loaded[0].policy.variables if loaded else ())}),
        ),
        ("MCP servers", servers),
        ("Database", database),
        ("Sentences", _sentences(settings, loaded, clock)),
        ("Model", look_at_model(settings, faulty=faulty)),
        ("Model calls", look_at_calls(settings, lambda: loaded[0] if loaded else None, clock, faulty=faulty)),
    ]
    for side in sides:
        looks += behind(side.checks(lambda: _groups(loaded)), side.way)
        looks.append(("Kept", _kept(side, stores)))
    if mail := open_mail(settings):
        server = f"{mail.host}:{mail.port}"
        way = Way(server, "FRONTDESK_SMTP_URL", "user and password in FRONTDESK_SMTP_URL")
        looks += behind([("Mail", look_at_mail(mail.reach))], way)
    off = [connector.title for connector, side in sides.reachable if not side.is_connected]
    looks += [(name, _not_connected(name)) for name in off]
    return [*looks, ("People", _people(settings, sides))]


def next_step(settings: Settings, findings: int) -> str:
    """Return what to do now."""
    if findings:
        return "Next: mend what says FIX, from the top, and run `frontdesk doctor` again."
    has_slack = settings.has_slack or settings.installs_many
    tries = [
        *(["write the bot a direct message in Slack"] if has_slack else []),
        *(["run `frontdesk zendesk try`"] if settings.has_zendesk else []),
        *(["post to `/chat`"] if settings.frontdesk_api_keys else []),
    ]
    if tries:
        return f"Next: `frontdesk serve`, and beside it {', then '.join(tries)}."
    return (
        "Next: `frontdesk demo` plays all of it on this machine. To connect Slack, Zendesk or `/chat`, set their"
        " variables (deploy/configuration.md), and run `frontdesk doctor` again."
    )


def _people(settings: Settings, sides: Sides) -> Look:
    async def look() -> Sequence[CheckResult]:
        return [_UNHEARD] if _nobody_hears_of_hand_overs(settings, sides) else []

    return look


def _nobody_hears_of_hand_overs(settings: Settings, sides: Sides) -> bool:
    """Return whether customers are answered while no ticket and no channel tells people that one asks for them."""
    is_used = bool(settings.frontdesk_api_keys) or any(side.is_connected for _, side in sides.reachable)
    channels = settings.frontdesk_approvals_channel or settings.frontdesk_triage_channel
    return is_used and not channels and sides.desk_side is None


def _sentences(settings: Settings, loaded: Sequence[Desk], clock: Clock) -> Look:
    async def look() -> Sequence[CheckResult]:
        return await look_at_sentences(settings, loaded[0].policy, clock) if loaded else []

    return look


def _kept(side: Side, stores: Sequence[Client]) -> Look:
    """Return the look at what the store keeps for a side, once the store was opened."""

    async def look() -> Sequence[CheckResult]:
        kept = side.kept(Scripts(stores[0])) if stores else None
        return await kept() if kept else []

    return look


def _groups(loaded: Sequence[Desk]) -> Sequence[str]:
    """Every group that the desk names."""
    policy = loaded[0].policy if loaded else None
    return tuple(dict.fromkeys([*policy.groups, *policy.answer_groups])) if policy else ()


def _not_connected(name: str) -> Look:
    async def look() -> Sequence[CheckResult]:
        return [CheckResult(f"{name}: not connected")]

    return look
