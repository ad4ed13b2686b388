"""The simulated Zendesk limits who may ask, and how often."""

from typing import Any

import httpx
import pytest

from tests.contract.sandbox import kit
from tests.contract.sandbox.kit import World
from tests.contract.sandbox.zendesk_steps import BOT, opened, put

world = kit.world


async def test_thirty_updates_of_a_ticket_in_ten_minutes(world: World) -> None:
    number = await opened(world)
    other = await opened(world)
    answers = [await put(world, number, subject=f"s{n}") for n in range(31)]
    assert [a.status_code for a in answers] == [200] * 30 + [429]
    assert (await put(world, other, subject="s")).status_code == 200
    world.clock.advance(int(answers[-1].headers["retry-after"]))
    assert (await put(world, number, subject="later")).status_code == 200


async def test_four_hundred_requests_a_minute(world: World) -> None:
    answers = [await world.zendesk("GET", "users/me.json") for _ in range(401)]
    assert [a.status_code for a in answers[-2:]] == [200, 429]
    assert answers[0].headers["x-rate-limit-remaining"] == "399"
    assert int(answers[-1].headers["retry-after"]) >= 1
    await world.control("limits", enabled=False)
    assert (await world.zendesk("GET", "users/me.json")).status_code == 200


GRANT = {"grant_type": "client_credentials", "client_id": "sandbox", "client_secret": "sandbox-secret"}


async def token(world: World, **more: Any) -> str:
    answer = (await world.client.post("/oauth/tokens", json=GRANT | more)).json()
    assert answer["token_type"] == "bearer"
    return str(answer["access_token"])


async def status(world: World, path: str, bearer: str) -> int:
    headers = {"Authorization": f"Bearer {bearer}"}
    return (await world.client.get(f"/api/v2/{path}", headers=headers)).status_code


async def test_oauth_tokens_work_until_they_expire_and_within_their_scope(world: World) -> None:
    number = await opened(world)
    full = await token(world)
    narrow = await token(world, scope="tickets:read", expires_in=3600)

    assert await status(world, "users/me.json", full) == 200
    assert await status(world, f"tickets/{number}.json", narrow) == 200
    assert await status(world, f"tickets/{number}/audits.json", narrow) == 403
    assert await status(world, "users/me.json", narrow) == 403
    world.clock.advance(1801)
    assert await status(world, "users/me.json", full) == 401
    assert await status(world, f"tickets/{number}", narrow) == 200


async def test_the_request_log_has_no_oauth_token_and_no_client_secret(world: World) -> None:
    secret = await token(world)

    log = (await world.client.get("/_sandbox/requests")).text
    assert secret not in log
    assert "sandbox-secret" not in log


async def test_an_oauth_token_tells_what_it_is_and_can_be_revoked(world: World) -> None:
    bearer = await token(world)
    headers = {"Authorization": f"Bearer {bearer}"}
    current = (await world.client.get("/api/v2/oauth/tokens/current.json", headers=headers)).json()["token"]
    assert (current["user_id"], current["scopes"]) == (BOT, ["read", "write"])

    revoked = await world.client.delete(f"/api/v2/oauth/tokens/{current['id']}.json", headers=headers)
    assert revoked.status_code == 204
    assert await status(world, "users/me.json", bearer) == 401


async def test_a_wrong_client_secret_gets_no_oauth_token(world: World) -> None:
    assert (await world.client.post("/oauth/tokens", json=GRANT | {"client_secret": "x"})).status_code == 401


@pytest.mark.parametrize("auth", [None, ("bot@acme.example/token", "wrong"), ("bot@acme.example", "sandbox-token")])
async def test_wrong_credentials_are_401(world: World, auth: tuple[str, str] | None) -> None:
    response = await world.client.get("/api/v2/users/me.json", auth=auth or httpx.USE_CLIENT_DEFAULT)
    assert (response.status_code, response.json()["error"]) == (401, "Couldn't authenticate you")
