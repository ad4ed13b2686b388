"""The web app: the routes of the connected vendors, `/chat`, health and console, on one engine."""

from functools import partial

from fastapi import FastAPI
from starlette.routing import BaseRoute

from bot.app.container import Engine
from bot.app.slack_inbox import slack_intake
from bot.store.admin.overview import look_over
from bot.store.records.stuck_effects import Stuck
from bot.store.redis import Scripts
from integrations.slack.inbound.receiver import create_router as slack_router
from integrations.web import create_web
from integrations.web.access import Access
from integrations.web.chat import ChatLimits, ChatRoutes
from integrations.web.console import console_router
from integrations.web.conversation import conversation_router
from integrations.web.health import Check, Readiness, health_router
from integrations.zendesk.inbound.intake import ZendeskIntake
from integrations.zendesk.inbound.receiver import MAX_BODY_BYTES as MAX_WEBHOOK_BYTES
from integrations.zendesk.inbound.receiver import PATH as WEBHOOK_PATH
from integrations.zendesk.inbound.receiver import webhook_route

CONSOLE_ROWS = 50


def create_app(engine: Engine) -> FastAPI:
    """Return the web app: the vendors' routes that are configured, `/chat`, health and console."""
    settings = engine.settings
    access = Access(settings.frontdesk_api_keys)
    limits = ChatLimits(settings.frontdesk_max_message_chars, settings.frontdesk_rate_per_minute)

    def first() -> str:
        return engine.desk.first

    chat = ChatRoutes(
        access, engine.inbox, engine.conversations, engine.rate, engine.clock, limits, first_specialist=first
    )
    return create_web(
        *_vendor_routes(engine),
        chat.router(),
        conversation_router(access, engine.conversations, first_specialist=first),
        health_router(Readiness(_reachable(engine), backlog=Stuck(engine.client, engine.clock).look)),
        console_router(access, partial(look_over, Scripts(engine.client), CONSOLE_ROWS)),
        body_limits={WEBHOOK_PATH: MAX_WEBHOOK_BYTES},
    )


def _vendor_routes(engine: Engine) -> list[BaseRoute]:
    settings = engine.settings
    routes: list[BaseRoute] = []
    if settings.signing_secrets:
        router = slack_router(slack_intake(engine), settings.signing_secrets, engine.clock, settings.slack_api_url)
        routes += router.routes
    if settings.has_zendesk:
        hints = ZendeskIntake(engine.inbox, engine.conversations)
        routes.append(webhook_route(hints, settings.webhook_secrets, engine.clock))
    return routes


def _reachable(engine: Engine) -> dict[str, Check]:
    checks: dict[str, Check] = {"redis": engine.client.ping, "database": partial(_database, engine)}
    if engine.takes_turns:
        checks["worker"] = engine.worker.ping
    if engine.chat:
        checks["slack"] = engine.chat.ping
    if engine.helpdesk:
        checks["zendesk"] = engine.helpdesk.ping
    return checks


async def _database(engine: Engine) -> None:
    await engine.data.ping()  # of the desk that is at work now
