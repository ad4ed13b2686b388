"""A vendor that does not say whose account it is: asked again and again, told once for each reason."""

import asyncio
from typing import cast

import pytest
import structlog
from typing_extensions import override

from bot.app import connectors
from bot.app.connectors import keep_claiming
from bot.domain.errors import FrontdeskError, SignedOut, TemporaryFailure
from bot.runtime.connectors import Account, Side
from bot.store.redis import Client


class Silent(Side):
    """Fails with each of these in turn, and then says that nothing is connected."""

    def __init__(self, *failures: FrontdeskError) -> None:
        self.failures = list(failures)

    @override
    async def account(self) -> Account | None:
        if self.failures:
            raise self.failures.pop(0)
        return None


async def test_why_a_vendor_says_nothing_is_told_when_it_is_another_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connectors, "LOOK_SECONDS", 0.001)
    side = Silent(*[SignedOut("invalid_auth")] * 3, *[TemporaryFailure("timeout")] * 2)

    with structlog.testing.capture_logs() as told:
        await keep_claiming(cast("Client", None), "slack", side, lambda: None)

    assert side.failures == []
    assert [line["error"] for line in told] == ["SignedOut", "TemporaryFailure"]
    assert asyncio.all_tasks() == {asyncio.current_task()}
