"""Every page of the console in a real browser: no violation that axe-core finds, nothing wider than a phone."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest
import uvicorn
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from bot.store.records.review_entries import ReviewEntries
from integrations.web.console.layout import NAVIGATION
from tests.browser.accessibility import violations
from tests.browser.chromium import LAPTOP, PHONE, missing, open_browser, resize
from tests.browser.console_desk import SETTLED, WAITS, fill
from tests.conftest import PATIENCE_SECONDS, wait_until
from tests.ports import free_port
from tests.unit.store.redis_harness import RedisHarness, open_redis_harness
from tests.unit.web.console.made_figures import MadeFigures
from tests.unit.web.webapp import web_app

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(bool(missing()), reason=f"no console in a browser: {missing()}"),
]

PAGES = (
    *(tab.path for tab in NAVIGATION),
    "/console/figures?by=specialist",
    "/console/conversations?figure=escalated",
    f"/console/conversations/{WAITS}",
)
ON_A_PHONE = (
    "/console/review",
    "/console?days=364",
    "/console/figures",
    "/console/health",
    f"/console/conversations/{SETTLED}",
)
EMPTY = ("/console", "/console/figures", "/console/health")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    with open_browser(tmp_path_factory.mktemp("profile")) as driver:
        yield driver


@pytest.fixture
async def room(redis_url: str) -> AsyncIterator[RedisHarness]:
    async with open_redis_harness(redis_url) as opened:
        yield opened


@asynccontextmanager
async def served(room: RedisHarness, figures: MadeFigures) -> AsyncIterator[str]:
    """Yield the console's address."""
    port = free_port()
    app = web_app(room, figures=figures)
    server = uvicorn.Server(uvicorn.Config(app, "127.0.0.1", port, log_level="warning", lifespan="off"))
    task = asyncio.create_task(server.serve())
    await wait_until(lambda: server.started, what="the server")
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task


async def test_no_page_has_a_violation_and_none_is_wider_than_the_screen(room: RedisHarness, browser: Chrome) -> None:
    await fill(room)
    async with served(room, MadeFigures(listed=(SETTLED, WAITS, "zendesk:9"))) as url:
        found = await asyncio.to_thread(_signed_in, browser, url)
        found += await asyncio.to_thread(_look_at, browser, url, PAGES, LAPTOP, "light")
        found += await asyncio.to_thread(_look_at, browser, url, ON_A_PHONE, PHONE, "dark")
    assert found == []


async def test_an_empty_desk_has_no_violation_either(room: RedisHarness, browser: Chrome) -> None:
    async with served(room, MadeFigures(daily=0)) as url:
        found = await asyncio.to_thread(_signed_in, browser, url)
        found += await asyncio.to_thread(_look_at, browser, url, EMPTY, PHONE, "light")
    assert found == []


async def test_the_keys_decide_on_reviews_one_after_the_other(room: RedisHarness, browser: Chrome) -> None:
    await fill(room)
    async with served(room, MadeFigures()) as url:
        await asyncio.to_thread(_press_good, browser, url)
    kept = await ReviewEntries(room.scripts.client, 90).decided()
    assert sorted(one.verdict for one in kept) == ["good", "good", "wrong_tone"]


def _press_good(browser: Chrome, url: str) -> None:
    _signed_in(browser, url)
    browser.get(f"{url}/console/review")
    for left in (1, 0):
        browser.find_element(By.TAG_NAME, "body").send_keys("1")
        WebDriverWait(browser, PATIENCE_SECONDS).until(partial(_waiting, left))


def _waiting(left: int, browser: Chrome) -> bool:
    """Whether so many reviews wait, on a page that listens to keys already: its script stands at the end."""
    is_whole = browser.execute_script("return document.readyState") == "complete"
    return is_whole and len(browser.find_elements(By.CSS_SELECTOR, "article[data-entry]")) == left


async def test_the_keyboard_skips_the_navigation_and_sees_where_it_is(room: RedisHarness, browser: Chrome) -> None:
    async with served(room, MadeFigures()) as url:
        focused, outline = await asyncio.to_thread(_skip, browser, url)
    assert (focused, outline) == ("main", "solid")


def _signed_in(browser: Chrome, url: str) -> list[Any]:
    """Sign in; return what is wrong with the form for the key."""
    browser.delete_all_cookies()
    found = _violations(browser, url, "/console")
    _sign_in(browser, url)
    return found


def _look_at(browser: Chrome, url: str, pages: Sequence[str], size: tuple[int, int], theme: str) -> list[Any]:
    resize(browser, size)
    media = {"features": [{"name": "prefers-color-scheme", "value": theme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    found = []
    for path in pages:
        found += _violations(browser, url, path)
        width = browser.execute_script("return document.documentElement.scrollWidth")
        found += [(path, "is wider than the screen", width)] if width > size[0] else []
    return found


def _violations(browser: Chrome, url: str, path: str) -> list[Any]:
    browser.get(f"{url}{path}")
    return [(path, *each) for each in violations(browser)]


def _sign_in(browser: Chrome, url: str) -> None:
    browser.get(f"{url}/console")
    browser.find_element(By.NAME, "key").send_keys("ops-secret", Keys.ENTER)
    browser.find_element(By.CSS_SELECTOR, "nav")


def _skip(browser: Chrome, url: str) -> tuple[str, str]:
    browser.delete_all_cookies()
    _sign_in(browser, url)
    browser.get(f"{url}/console")
    browser.switch_to.active_element.send_keys(Keys.TAB)
    link = browser.switch_to.active_element
    outline = link.value_of_css_property("outline-style")
    link.send_keys(Keys.ENTER)
    return str(browser.execute_script("return document.activeElement.id")), outline
