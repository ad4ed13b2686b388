"""Take the README's pictures: `python -m tests.browser.picture` plays a scene in the demo, and films the page."""

import base64
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from selenium.webdriver import ActionChains, Chrome

from tests.browser.chromium import LAPTOP, PHONE, missing, open_browser, resize
from tests.browser.demo_process import ROOT, DemoProcess
from tests.browser.moving_picture import Frame, animated
from tests.browser.page import AGENT_BOT, SandboxPage

PICTURES = ROOT / "deploy" / "pictures"
DANA, MARCUS = "Dana Reyes", "Marcus Johnson"
LETTERS = 6
"""So many letters are typed between two frames."""
QUALITY = 72
MOST_BYTES = 3_000_000


class Film:
    """The frames that were taken of the page, one after the other."""

    def __init__(self, driver: Chrome) -> None:
        self._driver = driver
        self._frames: list[Frame] = []

    def shows(self, milliseconds: int) -> None:
        """Take what is shown now, for so long."""
        taken = self._driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
        self._frames.append(Frame(base64.b64decode(taken["data"]), milliseconds))

    def types(self, text: str, write: Callable[[str], None]) -> None:
        """Take a text while it is written."""
        for end in range(LETTERS, len(text) + LETTERS, LETTERS):
            write(text[end - LETTERS : end])
            self.shows(110)
        self.shows(500)

    def save(self, file: Path) -> None:
        """Write the film.

        Raises:
            OSError: it is larger than a page should load.
        """
        film = animated(self._frames, *LAPTOP)
        if len(film) > MOST_BYTES:
            raise OSError(f"{file.name} has {len(film)} bytes; lower QUALITY, or take fewer frames")
        file.write_bytes(film)


def play(page: SandboxPage, film: Film) -> None:
    """Marcus asks, is answered, gets angry; Dana takes over in Zendesk, and he answers her in Slack."""
    page.choose("slack-user", MARCUS)
    film.shows(1_200)
    ts = page.new_thread(lambda: _asks(page, film, "Where is my order A1002?"))
    film.shows(700)
    page.until_message(ts, "A1002")
    film.shows(3_000)
    page.reply(ts, "This is unacceptable, I want a manager!")
    film.shows(900)
    page.until_message(ts, "ticket #")
    page.until_comment("Frontdesk summary", AGENT_BOT)
    film.shows(4_000)
    page.answer("Hello Marcus, I am sorry for the wait. Your keyboard leaves today, by express.", by=DANA)
    film.shows(900)
    page.until_message(ts, "by express")
    film.shows(3_000)
    page.reply(ts, "Thank you, Dana. That helps.")
    page.until_comment("That helps", MARCUS)
    film.shows(4_000)


def _asks(page: SandboxPage, film: Film, text: str) -> None:
    field = page.part("slack-composer")
    film.types(text, field.send_keys)
    page.write("")


def photograph(driver: Chrome, name: str) -> None:
    """Save what is shown, without a caret and with the mouse out of the way."""
    driver.execute_script("document.activeElement.blur()")
    ActionChains(driver).move_to_element(driver.find_element("id", "logo")).perform()
    PICTURES.mkdir(parents=True, exist_ok=True)
    if not driver.save_screenshot(str(PICTURES / name)):
        raise OSError(f"{name} could not be written")


def take_pictures(folder: Path) -> None:
    """Play the scene once, film it, and take its end on a laptop and on a phone."""
    demo = DemoProcess(folder)
    try:
        demo.start()
        with open_browser(folder / "profile") as driver:
            driver.execute_cdp_cmd("Emulation.setLocaleOverride", {"locale": "en-GB"})
            driver.execute_cdp_cmd("Emulation.setScrollbarsHidden", {"hidden": True})
            resize(driver, LAPTOP, zoom=0.76)  # so that the whole scene fits
            page, film = SandboxPage(driver), Film(driver)
            page.open(demo.url)
            play(page, film)
            film.save(PICTURES / "sandbox.webp")
            photograph(driver, "sandbox.png")
            resize(driver, PHONE)
            driver.find_element("id", "tab-slack").click()
            photograph(driver, "sandbox-phone.png")
    finally:
        demo.close()


if __name__ == "__main__":
    if missing():
        sys.exit(missing())
    with tempfile.TemporaryDirectory() as folder:
        take_pictures(Path(folder))
