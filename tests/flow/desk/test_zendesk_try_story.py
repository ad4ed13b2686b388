"""`frontdesk zendesk try`: a ticket through a whole Frontdesk, each hop told, and nothing left of it."""

from typing import Any

import pytest

from bot.app.account_settings import AccountSettings
from bot.app.settings import Settings
from bot.cli import zendesk_try
from bot.cli.zendesk_try import run_trial
from bot.domain.errors import PermanentFailure
from tests.flow.harness.frontdesk import Stage


def settings_of(stage: Stage, **changed: Any) -> AccountSettings:
    """What the command would read beside that Frontdesk."""
    known = {name: getattr(stage.engine.settings, name) for name in Settings.model_fields}
    return AccountSettings(_env_file=None, **known | {"frontdesk_public_url": stage.bot} | changed)


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zendesk_try, "LOOK_SECONDS", 0.05)


async def test_every_hop_is_told_and_nothing_is_left(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    people = [user["email"] for user in (await stage.state())["zendesk"]["users"]]

    assert await run_trial(settings_of(stage), 30)

    told = [line.split("s  ", 1)[1] for line in capsys.readouterr().out.splitlines()]
    number = int(told[0].removeprefix("ticket #").removesuffix(" is opened"))
    assert [line.partition(" (")[0] for line in told] == [
        f"ticket #{number} is opened",
        "the webhook was delivered",
        "the ticket's words are stored",
        "a turn was taken",
        "the bot answered in public",
        f"ticket #{number} is removed",
        "its requester is removed",
        "its conversation is removed",
    ]
    assert (await stage.ticket(number))["status"] == "deleted"
    assert await stage.engine.conversations.read(f"zendesk:{number}") is None
    active = (await stage.state())["zendesk"]["users"]
    assert [user["email"] for user in active if user["active"]] == people


async def test_a_hop_that_fails_is_told_with_what_to_mend_and_the_ticket_goes_all_the_same(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    await stage.control("config", {"zendesk_webhook_secret": "another"})

    assert not await run_trial(settings_of(stage), 30)

    told = capsys.readouterr().out
    assert "webhook: our side answered 401" in told
    assert "--env-file" in told
    assert "is removed" in told
    await stage.control("config", {"zendesk_webhook_secret": "sandbox-webhook-secret"})


async def test_a_ticket_that_zendesk_refuses_leaves_no_requester(stage: Stage) -> None:
    people = [user["email"] for user in (await stage.state())["zendesk"]["users"]]
    await stage.fails("zendesk:POST /api/v2/tickets", "status", status=422)

    with pytest.raises(PermanentFailure):
        await run_trial(settings_of(stage), 1)

    users = (await stage.state())["zendesk"]["users"]
    assert [user["email"] for user in users if user["active"]] == people


async def test_our_own_address_need_not_be_known_to_it(stage: Stage) -> None:
    assert await run_trial(settings_of(stage, frontdesk_public_url=""), 30)


async def test_a_webhook_that_is_not_there_is_told(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    assert not await run_trial(settings_of(stage, frontdesk_public_url="https://elsewhere.example.com"), 1)

    assert "frontdesk zendesk setup`" in capsys.readouterr().out
