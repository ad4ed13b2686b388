"""What is done in the simulated Zendesk again and again: a ticket is opened, changed, read."""

import base64
import hashlib
import hmac
from typing import Any

import httpx

from tests.contract.sandbox.kit import Heard, World

DANA, LEE, SARAH, BOT = 1002, 1003, 2001, 1001
SUPPORT, BILLING = 5001, 5002


async def opened(world: World, **more: Any) -> int:
    """A ticket by Sarah, its two events heard and forgotten."""
    made = await world.control("zendesk/ticket", requester=SARAH, subject="Late", body="Where is it?", **more)
    await world.quiet()
    world.bot.heard.clear()
    number: int = made["id"]
    return number


async def put(world: World, number: int, **fields: Any) -> httpx.Response:
    """Update a ticket as the bot."""
    return await world.zendesk("PUT", f"tickets/{number}.json", {"ticket": fields})


async def ticket(world: World, number: int) -> Any:
    """A ticket as the API shows it."""
    return (await world.zendesk("GET", f"tickets/{number}.json")).json()["ticket"]


def signed(delivery: Heard, secret: str) -> bool:
    """Whether a delivery carries Zendesk's signature, computed here from the documented rule."""
    stamp = delivery.headers["x-zendesk-webhook-signature-timestamp"]
    digest = hmac.new(secret.encode(), stamp.encode() + delivery.raw, hashlib.sha256).digest()
    return delivery.headers["x-zendesk-webhook-signature"] == base64.b64encode(digest).decode()
