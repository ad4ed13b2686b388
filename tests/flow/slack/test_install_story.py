"""Installing the app in a browser: what is asked of Slack, what is refused, and what is kept."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from bot.domain.errors import TemporaryFailure
from bot.store import keys
from bot.store.records.sealed_records import SealedRecords
from tests.flow.harness.frontdesk import open_stage
from tests.flow.harness.installs import BRANCH, Browser, open_places


@pytest.mark.parametrize(
    ("query", "team"),
    [
        ("", None),
        (f"?team={BRANCH}", [BRANCH]),
        ("?team=T1%26scope%3Dadmin", None),
        ("?team=T1%0d%0aSet-Cookie:x", None),
        ("?team=https://evil.example", None),
        ("?team=t0branch", None),
    ],
)
async def test_nothing_slips_into_the_address_of_slack(
    redis_url: str, tmp_path: Path, query: str, team: list[str] | None
) -> None:
    async with open_places(redis_url, tmp_path) as stage:
        answer = await Browser(stage).asks(query)

    address = urlsplit(answer.headers["location"])
    asked = parse_qs(address.query)
    assert answer.status_code == 302
    assert address.path == "/slack/oauth/v2/authorize"
    assert asked.pop("team", None) == team
    assert set(asked) == {"client_id", "scope", "redirect_uri", "state"}
    assert asked["redirect_uri"] == ["http://localhost/slack/oauth_redirect"]
    assert "admin" not in asked["scope"][0]
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert asked["state"][0] in answer.headers["set-cookie"]


async def test_a_state_is_good_once_and_for_one_browser(redis_url: str, tmp_path: Path) -> None:
    async with open_places(redis_url, tmp_path) as stage:
        browser, other = Browser(stage), Browser(stage)
        consent = (await browser.asks()).headers["location"]
        back = await browser.allows(consent, team=BRANCH)
        foreign = await other.returns(back)
        cookies = httpx.Cookies(browser.cookies)
        installed = await browser.returns(back)
        browser.cookies = cookies
        replayed = await browser.returns(back)
        forged = await browser.returns("code=1&state=2")
        bare = await Browser(stage).returns("")

    assert [page.status_code for page in (foreign, installed, replayed, forged, bare)] == [400, 200, 400, 400, 400]
    assert "another browser" in foreign.text
    assert "used before" in replayed.text
    assert "/invite @frontdesk" in installed.text


async def test_who_cancels_and_what_slack_refuses_install_nothing(redis_url: str, tmp_path: Path) -> None:
    async with open_places(redis_url, tmp_path) as stage:
        browser = Browser(stage)
        denied = await browser.installs(deny="1")
        consent = (await browser.asks()).headers["location"]
        state = parse_qs(urlsplit(consent).query)["state"][0]
        refused = await browser.returns(f"code=made-up&state={state}")
        strange = await browser.returns("error=%3Cscript%3E")
        kept = await stage.engine.client.exists(keys.INSTALLS)

    assert [page.status_code for page in (denied, refused, strange)] == [400, 400, 400]
    assert "Nothing was installed" in denied.text
    assert "did not accept the code" in refused.text
    assert "<script>" not in strange.text
    assert not kept


async def test_a_store_that_is_down_when_slack_comes_back_is_told_and_keeps_no_half(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise TemporaryFailure("store: ConnectionError")

    async with open_places(redis_url, tmp_path) as stage:
        monkeypatch.setattr(SealedRecords, "put", away)
        page = await Browser(stage).installs(team=BRANCH)
        monkeypatch.undo()
        kept = await stage.engine.client.exists(keys.INSTALLS)
        again = await Browser(stage).installs(team=BRANCH)

    assert page.status_code == 503
    assert "install it again" in page.text
    assert not kept
    assert again.status_code == 200


async def test_slack_that_does_not_answer_is_no_bare_500(redis_url: str, tmp_path: Path) -> None:
    async with open_places(redis_url, tmp_path) as stage:
        await stage.fails("slack:oauth.v2.access", "reset")
        page = await Browser(stage).installs(team=BRANCH)

    assert page.status_code == 503
    assert "did not answer" in page.text


@pytest.mark.parametrize("missing", ["slack_client_id", "frontdesk_secret_key", "frontdesk_public_url"])
async def test_without_its_variables_nobody_installs(redis_url: str, tmp_path: Path, missing: str) -> None:
    async with open_places(redis_url, tmp_path, **{missing: "", "slack_bot_token": "xoxb-sandbox"}) as stage:
        answers = [await Browser(stage).asks(), await Browser(stage).returns("code=1&state=2")]

    assert [answer.status_code for answer in answers] == [503, 503]


async def test_one_workspace_by_its_token_is_served_as_before(redis_url: str, tmp_path: Path) -> None:
    async with open_stage(redis_url, tmp_path) as stage:
        answer = await Browser(stage).asks()

    assert answer.status_code == 503
