"""A headless Chromium from the system's packages, driven over its own chromedriver; nothing is downloaded."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
LAPTOP = (1366, 768)
TABLET = (820, 1180)
PHONE = (390, 844)


def missing() -> str:
    """Return what this machine lacks for the browser tests; empty where it lacks nothing."""
    lacking = [name for name, found in (("chromium", _browser()), ("chromedriver", _driver())) if not found]
    return f"no {' and no '.join(lacking)} on PATH (Debian: apt install chromium chromium-driver)" if lacking else ""


@contextmanager
def open_browser(profile: Path) -> Iterator[webdriver.Chrome]:
    """Yield a browser in the light theme.

    Args:
        profile: an empty folder for the browser's own data.
    """
    os.environ["SE_OFFLINE"] = "true"  # selenium's own manager must never look for a driver on the network
    options = webdriver.ChromeOptions()
    options.binary_location = _browser() or ""
    for flag in (
        *("headless=new", "no-sandbox", "disable-gpu", "disable-quic", "disable-dev-shm-usage", "no-first-run"),
        *("disable-background-networking", "disable-component-update", "disable-sync", "disable-extensions"),
        *("force-prefers-reduced-motion", f"user-data-dir={profile}"),
        f"window-size={LAPTOP[0]},{LAPTOP[1]}",
    ):
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(executable_path=_driver()))
    try:
        driver.set_page_load_timeout(30)
        driver.set_script_timeout(30)
        yield driver
    finally:
        driver.quit()


def resize(driver: webdriver.Chrome, size: tuple[int, int], *, zoom: float = 1) -> None:
    """Give the page a screen of exactly this many pixels; what is as narrow as a phone is a phone to it."""
    width, height = (round(pixels / zoom) for pixels in size)
    metrics = {"width": width, "height": height, "deviceScaleFactor": zoom, "mobile": size == PHONE}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def _browser() -> str | None:
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def _driver() -> str | None:
    return shutil.which("chromedriver")
