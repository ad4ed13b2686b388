"""Serves one vendor request, or breaks it on the way as a fault rule says."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.types import Receive, Send

from integrations.sandbox.core.faults import Faults, Rule, fault_answer
from integrations.sandbox.core.record import Record
from integrations.sandbox.core.wire import JSON, Answer, Call, send_answer
from integrations.sandbox.core.world import World

Work = Callable[[], Awaitable[tuple[Answer, Any]]]
"""Does what the request asks; returns the answer, and the body as the log shows it."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its connection.

    Args:
        vendor: ``slack`` or ``zendesk``.
        subject: what fault rules match, after ``vendor:``.
        path: how the log names it.
    """

    vendor: str
    subject: str
    path: str
    call: Call
    receive: Receive
    send: Send


class FaultyWire:
    """Stands between a vendor's API and the bot."""

    def __init__(self, world: World, faults: Faults, record: Record) -> None:
        self._world = world
        self._faults = faults
        self._record = record

    async def serve(self, exchange: Exchange, work: Work) -> None:
        """Do the work and answer, or what a fault rule makes of it."""
        rule = self._faults.strike(f"{exchange.vendor}:{exchange.subject}")
        if rule is None:
            await send_answer(exchange.send, await self._worked(exchange, work))
            return

        match rule.kind:
            case "network_delay":
                await self._world.clock.sleep(rule.seconds)
                await send_answer(exchange.send, await self._worked(exchange, work))
            case "timeout" | "reset":
                await self._break(rule, exchange)
                self._note(exchange, Answer(0, {"error": rule.kind}))
            case "lost_answer":
                await self._worked(exchange, work)
                await self._lose_answer(rule, exchange)
            case _:
                answer = fault_answer(rule, exchange.vendor)
                self._note(exchange, answer)
                await send_answer(exchange.send, answer)

    async def _worked(self, exchange: Exchange, work: Work) -> Answer:
        answer, body = await work()
        await self._world.kept()
        self._record.add(exchange.vendor, exchange.path, exchange.call, body, answer)
        return answer

    def _note(self, exchange: Exchange, answer: Answer) -> None:
        """Keep a request that nobody worked on in the log."""
        self._record.add(exchange.vendor, exchange.path, exchange.call, logged(exchange.call), answer)

    async def _lose_answer(self, rule: Rule, exchange: Exchange) -> None:
        if "status" in rule.given:
            await send_answer(exchange.send, Answer(rule.status))
        else:
            await self._break(rule, exchange)

    async def _break(self, rule: Rule, exchange: Exchange) -> None:
        """Break the connection; a hanging one breaks after `seconds` or when the caller gives up."""
        if rule.kind == "timeout" or "seconds" in rule.given:
            await self._hang(rule.seconds, exchange.receive)
        transport = getattr(getattr(exchange.send, "__self__", None), "transport", None)
        if transport is None:
            raise ConnectionResetError("fault: connection reset")
        transport.abort()
        await _disconnected(exchange.receive)

    async def _hang(self, seconds: float, receive: Receive) -> None:
        pause = asyncio.ensure_future(self._world.clock.sleep(seconds))
        gone = asyncio.ensure_future(_disconnected(receive))
        await asyncio.wait({pause, gone}, return_when=asyncio.FIRST_COMPLETED)
        for task in (pause, gone):
            task.cancel()


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def logged(call: Call) -> JSON:
    """The body as the log keeps it: JSON and forms parsed, files by their size."""
    if not call.body:
        return {}
    if call.content_type.endswith("json"):
        try:
            value = json.loads(call.body)
        except ValueError:
            return {"bytes": len(call.body)}
        return value if isinstance(value, dict) else {"value": value}
    if "form-urlencoded" in call.content_type:
        return dict(call.form())
    return {"bytes": len(call.body)}
