"""The real demo and a real browser, one of each for a file's stories."""

from collections.abc import Iterator

import pytest
from selenium.webdriver import Chrome

from tests.browser.chromium import LAPTOP, open_browser, resize
from tests.browser.demo_process import DemoProcess
from tests.browser.page import SandboxPage


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoProcess]:
    """One demo for all stories; each begins with an empty sandbox."""
    process = DemoProcess(tmp_path_factory.mktemp("demo"))
    try:
        process.start()
        yield process
    finally:
        process.close()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """One browser for all stories."""
    with open_browser(tmp_path_factory.mktemp("profile")) as driver:
        yield driver


@pytest.fixture
def page(demo: DemoProcess, browser: Chrome) -> Iterator[SandboxPage]:
    """The page at a laptop's size, everything deleted; at the end it must not have complained."""
    resize(browser, LAPTOP)
    shown = SandboxPage(browser)
    shown.open(demo.url)
    shown.start_over()
    demo.switch(mode="public", topic="", brake="off")
    yield shown
    log = browser.get_log("browser")  # type: ignore[no-untyped-call]
    complaints = [line["message"] for line in log if line["level"] == "SEVERE"]
    assert not [text for text in complaints if "net::ERR_" not in text], "a killed demo cannot be reached, no more"
