"""What the stories about money need: an attacker's or a script's model, clicks, tags, and the desk's own books."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tests.conftest import wait_until
from tests.flow.harness.frontdesk import Stage, open_stage, said
from tests.flow.harness.scripted_model import Script, ScriptedModel, call

DANA, APPROVALS = "U0DANA", "C0APPROVE"

REFUNDS: Script = {
    "refund ord_1002": [
        call("transfer_to_billing"),
        call("propose_refund", order_id="ord_1002", reason="not needed", amount=None),
        "I've asked for your yes.",
    ],
    "refund ord_1001": [
        call("transfer_to_billing"),
        call("propose_refund", order_id="ord_1001", reason="it broke", amount=None),
        "Please confirm.",
    ],
    "refund ord_2001": [
        call("transfer_to_billing"),
        call("propose_refund", order_id="ord_2001", reason="unused", amount=None),
        "Please confirm.",
    ],
    "cancel": [call("transfer_to_orders"), call("propose_cancel", order_id="ord_1002"), "Please confirm."],
}


@dataclass
class RefundHarness:
    """A stage with its model and its books."""

    stage: Stage
    model: ScriptedModel

    async def rows(self, query: str, **values: Any) -> list[dict[str, Any]]:
        """Return what the desk's database holds, money in cents wherever that is."""
        async with self.stage.engine.data.session() as session:
            found = (await session.execute(text(query), values)).mappings().all()
        return [{name: _in_cents(value) for name, value in row.items()} for row in found]

    async def committed(self) -> list[dict[str, Any]]:
        """Return the audit rows."""
        return await self.rows("SELECT * FROM frontdesk_audit ORDER BY at")

    async def refunded(self, order_id: str) -> int:
        """Return the cents given back on an order."""
        rows = await self.rows("SELECT refunded FROM store_refunds WHERE order_id = :id", id=order_id)
        return int(rows[0]["refunded"]) if rows else 0

    async def button(self, channel: str, action: str, ts: str = "") -> tuple[str, str]:
        """Return the message and the value of the newest button with this action, once it is there."""

        async def find() -> tuple[str, str] | None:
            messages = (await self.stage.state())["slack"]["messages"]
            for message in reversed(messages):
                if message["channel"] != channel or ts not in {"", message["thread_ts"]}:
                    continue
                for block in message["blocks"] or ():
                    for element in block.get("elements", ()):
                        if element.get("action_id") == action:
                            return message["ts"], element["value"]
            return None

        found: tuple[str, str] = await wait_until(find, what=f"a button {action}")
        return found

    async def clicks(self, user: str, channel: str, action: str, ts: str = "") -> None:
        """A person presses the newest such button."""
        message, value = await self.button(channel, action, ts)
        await self.presses(user, channel, message, action, value)

    async def presses(self, user: str, channel: str, message: str, action: str, value: str) -> None:
        """A person presses a button of a message."""
        body = {"user": user, "channel": channel, "ts": message, "action_id": action, "value": value}
        await self.stage.control("slack/click", body)
        await self.stage.delivered()

    async def asks(self, user: str, channel: str, line: str, thread_ts: str | None = None) -> str:
        """A person writes and is answered; return the thread."""
        before = len(await self.stage.thread(channel, thread_ts)) if thread_ts else 0
        ts = await self.stage.writes(user, channel, line, thread_ts)
        await self.stage.quiet()
        assert len(await self.stage.thread(channel, thread_ts or ts)) > before
        return thread_ts or ts

    async def last(self, channel: str, ts: str) -> str:
        """Return the newest message of a thread."""
        await self.stage.quiet()
        return said((await self.stage.thread(channel, ts))[-1])

    async def announced(self) -> list[str]:
        """Return what stands in the approvals channel."""
        await self.stage.quiet()
        messages = (await self.stage.state())["slack"]["messages"]
        return [said(message) for message in messages if message["channel"] == APPROVALS]


@asynccontextmanager
async def open_refunds(
    redis_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch, script: Script = REFUNDS, **settings: Any
) -> AsyncIterator[RefundHarness]:
    """Yield a running Frontdesk whose model follows the script."""
    model = ScriptedModel(script)
    monkeypatch.setattr("bot.app.container.create_models", lambda *_: model.models())
    async with open_stage(redis_url, folder, **settings) as stage:
        yield RefundHarness(stage, model)


def _in_cents(value: Any) -> Any:
    """SQLite keeps money as cents, PostgreSQL as a number with two places."""
    return int(value * 100) if isinstance(value, Decimal) else value
