"""Take the README's pictures: `python -m tests.browser.picture` plays a scene in the demo and photographs the page."""

import sys
import tempfile
from pathlib import Path

from selenium.webdriver import ActionChains, Chrome

from tests.browser.chromium import LAPTOP, PHONE, missing, open_browser, resize
from tests.browser.demo_process import ROOT, DemoProcess
from tests.browser.page import AGENT_BOT, SandboxPage

PICTURES = ROOT / "deploy" / "pictures"
DANA, MARCUS = "Dana Reyes", "Marcus Johnson"


def play(page: SandboxPage) -> None:
    """Marcus asks, is answered, gets angry; Dana takes over in Zendesk, and he answers her in Slack."""
    page.choose("slack-user", MARCUS)
    ts = page.new_thread(lambda: page.write("Where is my order A1002?"))
    page.until_message(ts, "A1002")
    page.reply(ts, "This is unacceptable, I want a manager!")
    page.until_message(ts, "ticket #")
    page.until_comment("Frontdesk summary", AGENT_BOT)
    page.answer("Hello Marcus, I am sorry for the wait. Your keyboard leaves today, by express.", by=DANA)
    page.until_message(ts, "by express")
    page.reply(ts, "Thank you, Dana. That helps.")
    page.until_comment("That helps", MARCUS)


def photograph(driver: Chrome, name: str) -> None:
    """Save what is shown, without a caret and with the mouse out of the way."""
    driver.execute_script("document.activeElement.blur()")
    ActionChains(driver).move_to_element(driver.find_element("id", "logo")).perform()
    PICTURES.mkdir(parents=True, exist_ok=True)
    if not driver.save_screenshot(str(PICTURES / name)):
        raise OSError(f"{name} could not be written")


def take_pictures(folder: Path) -> None:
    """Play the scene once and take it on a laptop and on a phone."""
    demo = DemoProcess(folder)
    try:
        demo.start()
        with open_browser(folder / "profile") as driver:
            driver.execute_cdp_cmd("Emulation.setLocaleOverride", {"locale": "en-GB"})
            driver.execute_cdp_cmd("Emulation.setScrollbarsHidden", {"hidden": True})
            resize(driver, LAPTOP, zoom=0.912)  # so that the whole scene fits
            page = SandboxPage(driver)
            page.open(demo.url)
            play(page)
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
