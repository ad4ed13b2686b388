"""The doctor at a whole Frontdesk: the real adapters on the simulated vendors."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from bot.app.account_settings import SetupSettings
from bot.app.demo import demo_settings
from bot.app.server import serving
from bot.app.settings import Settings, load_settings
from bot.cli.doctor import looks_of
from bot.cli.doctor_checks import examine
from bot.cli.zendesk_setup import Wish, run_setup
from bot.runtime.connectors import CheckResult
from integrations.sandbox import SandboxOptions
from integrations.sandbox import create_app as create_sandbox

OPTIONS = SandboxOptions(random_seed=7)
STORE = Path(__file__).resolve().parents[3] / "bot" / "desks" / "store"
WEBHOOK = {
    "name": "Frontdesk",
    "endpoint": "https://support.example.com/zendesk/webhook",
    "http_method": "POST",
    "request_format": "json",
    "status": "active",
    "subscriptions": ["conditional_ticket_events"],
}


@pytest.fixture
async def page() -> AsyncIterator[str]:
    async with serving(create_sandbox(OPTIONS), "127.0.0.1", 0) as url:
        yield url


@pytest.fixture
def settings(page: str, redis_url: str, tmp_path: Path) -> Settings:
    base = load_settings(redis_url=redis_url, frontdesk_data_dir=tmp_path, _env_file=None)
    return demo_settings(base, OPTIONS, page)


async def report(settings: Settings) -> list[CheckResult]:
    async with AsyncExitStack() as stack:
        return [line async for line in examine(looks_of(settings, stack))]


async def test_what_the_doctor_says_mends_what_it_found(settings: Settings, page: str) -> None:
    before = [line for line in await report(settings) if line.problem]
    await mend(page)
    after = await report(settings)

    assert [line.what for line in before] == ["Zendesk webhook", "Zendesk triggers"]
    assert [str(line) for line in after if line.problem] == []
    shown = "\n".join(str(line) for line in after)
    assert "Slack: " in shown
    assert str(WEBHOOK["endpoint"]) in shown


async def mend(page: str) -> None:
    """Do in the account what the findings ask for."""
    credentials = (f"{OPTIONS.zendesk_email}/token", OPTIONS.zendesk_api_token)
    async with httpx.AsyncClient(base_url=f"{page}/api/v2", auth=credentials) as admin:
        (await admin.post("/webhooks", json={"webhook": WEBHOOK})).raise_for_status()
        for trigger in (await admin.get("/triggers.json")).json()["triggers"]:
            spared = {"field": "current_tags", "operator": "not_includes", "value": "frontdesk_slack"}
            conditions = {**trigger["conditions"], "all": [*trigger["conditions"]["all"], spared]}
            answer = await admin.put(f"/triggers/{trigger['id']}.json", json={"trigger": {"conditions": conditions}})
            answer.raise_for_status()


async def test_a_token_that_is_not_valid_is_a_finding_and_does_not_hide_the_others(
    settings: Settings,
) -> None:
    wrong = settings.model_copy(update={"slack_bot_token": type(settings.slack_bot_token)("xoxb-wrong")})

    findings = [line for line in await report(wrong) if line.problem]

    assert [line.what for line in findings] == ["Slack", "Zendesk webhook", "Zendesk triggers"]
    assert "xoxb-wrong" not in "".join(map(str, findings))


async def test_a_group_that_the_desk_needs_and_the_account_lacks_is_named(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    folder.mkdir()
    for part in STORE.iterdir():
        if part.name not in {"desk.yml", "__pycache__"}:
            (folder / part.name).symlink_to(part)
    (folder / "desk.yml").write_text((STORE / "desk.yml").read_text().replace("Billing:", "Money:"))

    findings = [
        line for line in await report(settings.model_copy(update={"frontdesk_desk": str(folder)})) if line.problem
    ]

    assert replace(findings[0], mend="") == CheckResult("Zendesk groups", "there is no group Money")


async def test_a_field_that_is_required_to_solve_is_named_and_one_that_is_not_is_not(
    settings: Settings, page: str
) -> None:
    await mend(page)
    credentials = (f"{OPTIONS.zendesk_email}/token", OPTIONS.zendesk_api_token)
    async with httpx.AsyncClient(base_url=f"{page}/api/v2", auth=credentials) as admin:
        for title, required in (("Type of request", True), ("Region", False)):
            field = {"type": "tagger", "title": title, "required": required}
            (await admin.post("/ticket_fields.json", json={"ticket_field": field})).raise_for_status()

    findings = [str(line) for line in await report(settings) if line.problem]

    assert len(findings) == 1
    assert "“Type of request” is required to solve" in findings[0]


async def test_after_a_setup_nothing_is_left_to_mend(settings: Settings, page: str) -> None:
    known = settings.model_dump(include=set(Settings.model_fields)) | {
        "frontdesk_public_url": "https://support.example.com"
    }
    await run_setup(SetupSettings(_env_file=None, **known), Wish(yes=True))

    lines = await report(settings)

    assert [str(line) for line in lines if line.problem] == []
    assert "ok    Zendesk macros and views" in [str(line) for line in lines]


async def test_what_a_setup_warns_of_the_doctor_says_and_does_not_count(settings: Settings, page: str) -> None:
    await mend(page)
    async with httpx.AsyncClient(base_url=f"{page}/_sandbox") as admin:
        await admin.post(
            "/zendesk/account", json={"brand": "Acme Pro", "for_bot": False, "status": "Waiting for parts"}
        )

    warned = [line for line in await report(settings) if line.problem]

    assert [(line.what, line.is_finding) for line in warned] == [("Zendesk brands", False), ("Zendesk statuses", False)]


NOWHERE = "http://127.0.0.1:9"
"""Port 9 is closed on every machine that runs the tests."""


async def test_what_cannot_be_reached_is_one_finding_with_the_address_that_was_tried(settings: Settings) -> None:
    key = type(settings.openai_api_key)("k")
    model = {"openai_base_url": f"{NOWHERE}/v1", "openai_api_key": key, "frontdesk_model": "big"}
    away = {"slack_api_url": f"{NOWHERE}/api/", "zendesk_url": NOWHERE, "frontdesk_router_model": "small", **model}
    lines = await report(settings.model_copy(update=away))

    findings = {line.what: line.problem for line in lines if line.problem}
    unseen = [str(line) for line in lines if line.unseen]
    assert list(findings) == ["Model", "Slack", "Zendesk"]
    assert [told.partition(" ")[0] for told in findings.values()] == [f"{NOWHERE}/v1", f"{NOWHERE}/api/", NOWHERE]
    assert unseen == [
        "--    Slack: FRONTDESK_APPROVALS_CHANNEL: not looked at until then",
        "--    Zendesk: groups, webhook, triggers, fields, account: not looked at until then",
    ]


async def test_a_channel_that_there_is_not_and_a_lease_over_the_redelivery_are_findings(settings: Settings) -> None:
    wrong = {
        "frontdesk_channels": "C0SHARED,C0NOWHERE",
        "frontdesk_triage_channel": "C0NOBODY",
        "frontdesk_lease_seconds": 60.0,
    }
    findings = [line for line in await report(settings.model_copy(update=wrong)) if line.problem]

    variables = [line for line in findings if line.what.startswith("FRONTDESK_")]
    assert [line.what for line in variables] == [
        *("FRONTDESK_LEASE_SECONDS", "FRONTDESK_TRIAGE_CHANNEL", "FRONTDESK_CHANNELS")
    ]
    assert "60 s" in variables[0].problem
    assert "C0NOBODY" in variables[1].problem
    assert "C0NOWHERE" in variables[2].problem


async def test_a_lease_as_long_as_the_redelivery_is_well(settings: Settings) -> None:
    looks = dict(looks_of(settings.model_copy(update={"frontdesk_lease_seconds": 30.0}), AsyncExitStack()))

    assert await looks["Times"]() == []
