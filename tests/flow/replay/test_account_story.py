"""`frontdesk replay` of an account, over HTTP: exports with pages and limits, and search where they are not ours."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.app.server import serving
from integrations.sandbox import SandboxOptions
from integrations.sandbox import create_app as create_sandbox
from integrations.sandbox.zendesk import exports
from integrations.zendesk.history import account as history
from tests.flow.harness.checks import misunderstood
from tests.flow.replay.kit import leaks, replay, report

OPTIONS = SandboxOptions(random_seed=7)
SARAH, AGENT = 2001, 1002
TOLD = "Standard shipping takes 5-7 business days."


@dataclass
class Account:
    """An account with past tickets, as its people and its owner see it."""

    control: httpx.AsyncClient

    async def post(self, path: str, **fields: Any) -> Any:
        answer = await self.control.post(f"/_sandbox/{path}", json=fields)
        answer.raise_for_status()
        return answer.json()

    async def solved(self, question: str, answer: str = TOLD, status: str = "solved") -> str:
        """A customer asked, an agent answered and was done."""
        ticket = (await self.post("zendesk/ticket", requester=SARAH, subject="Hello", body=question))["id"]
        await self.post("zendesk/comment", ticket_id=ticket, author_id=AGENT, body=answer)
        await self.post("zendesk/update", ticket_id=ticket, actor_id=AGENT, status=status)
        return str(ticket)

    async def requests(self) -> list[Any]:
        """What was asked of the account."""
        return [each for each in (await self.control.get("/_sandbox/requests")).json()["requests"] if _is_api(each)]

    async def asked(self) -> list[str]:
        """Methods and paths, each once."""
        return sorted({f"{each['method']} {each['path'].partition('?')[0]}" for each in await self.requests()})


def _is_api(request: Any) -> bool:
    return "/api/v2/" in request["path"]


@pytest.fixture
async def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Account]:
    """An account without delays, and variables that lead to it."""
    monkeypatch.chdir(tmp_path)
    async with serving(create_sandbox(OPTIONS), "127.0.0.1", 0) as url, httpx.AsyncClient(base_url=url) as control:
        made = Account(control)
        await made.post("config", incremental_lag_seconds=0, search_lag_seconds=0)
        variables = {
            "FRONTDESK_DATA_DIR": str(tmp_path / "data"),
            "FRONTDESK_MODEL": "offline",
            "ZENDESK_URL": url,
            "ZENDESK_CLIENT_ID": OPTIONS.zendesk_client_id,
            "ZENDESK_CLIENT_SECRET": OPTIONS.zendesk_client_secret,
        }
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        yield made
        assert misunderstood([each for each in await made.requests() if each["status"] < 400]) == []


async def test_the_account_is_read_by_its_exports_page_by_page_and_nothing_is_written(
    account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "PAGE", 2)
    monkeypatch.setattr(exports, "EVENTS_PAGE", 2)
    solved = [await account.solved(f"How long does standard shipping take, {n} weeks?") for n in range(4)]
    await account.solved("Is anybody there?", status="pending")

    assert await replay("--out", tmp_path / "out") == 0

    told = report(tmp_path / "out")
    assert [(each["ticket"], each["verdict"]) for each in told["tickets"]] == [(name, "settles") for name in solved]
    assert (told["tickets"][0]["human"], told["problems"]) == (TOLD, [])
    assert (await account.asked(), leaks(tmp_path / "out")) == (
        [
            "GET /api/v2/groups.json",
            "GET /api/v2/help_center/articles.json",
            "GET /api/v2/help_center/user_segments.json",
            "GET /api/v2/incremental/ticket_events.json",
            "GET /api/v2/incremental/tickets/cursor.json",
            "GET /api/v2/users/show_many.json",
        ],
        [],
    )


async def test_an_agents_credentials_read_by_search_and_ticket_by_ticket(account: Account, tmp_path: Path) -> None:
    solved = await account.solved("How long does standard shipping take?")
    await account.post("zendesk/account", role="agent")

    assert await replay("--out", tmp_path / "out") == 0

    assert [each["ticket"] for each in report(tmp_path / "out")["tickets"]] == [solved]
    assert f"GET /api/v2/tickets/{solved}/comments.json" in await account.asked()
    assert not [each for each in await account.asked() if not each.startswith("GET ")]


async def test_a_limit_is_waited_for(account: Account, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    await account.solved("How long does standard shipping take?")
    limited = {"kind": "429", "retry_after": 0, "times": 2}
    rules = [{"match": f"zendesk:GET*incremental/{name}*", **limited} for name in ("tickets", "ticket_events")]
    await account.post("faults", rules=rules)

    assert await replay("--out", tmp_path / "out") == 0

    assert "the account asks to wait 0 s" in capsys.readouterr().err
    statuses = [each["status"] for each in await account.requests() if "incremental" in each["path"]]
    assert statuses == [429, 429, 200, 429, 429, 200]


async def test_only_one_group_is_replayed_where_one_is_named(account: Account, tmp_path: Path) -> None:
    await account.solved("How long does standard shipping take?")
    other = await account.solved("Who pays customs?")
    groups = (await account.control.get("/_sandbox/state")).json()["zendesk"]["groups"]
    billing = next(int(each["id"]) for each in groups if each["name"] == "Billing")
    await account.post("zendesk/update", ticket_id=int(other), actor_id=AGENT, group_id=billing)

    assert await replay("--out", tmp_path / "out", "--group", "billing", "--since", "7d") == 0

    told = report(tmp_path / "out")
    assert ([each["ticket"] for each in told["tickets"]], told["sample"]["left_out"]) == (
        [other],
        {"of another group": 1},
    )


async def test_an_account_that_does_not_know_us_is_said_so(
    account: Account, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ZENDESK_CLIENT_SECRET", "wrong")
    assert (account.control.is_closed, await replay()) == (False, 1)
    assert "frontdesk:" in capsys.readouterr().err
