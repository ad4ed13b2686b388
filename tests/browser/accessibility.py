"""What a page makes hard to read or to reach, found by axe-core: https://github.com/dequelabs/axe-core."""

from pathlib import Path
from typing import Any

from selenium.webdriver import Chrome

AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text("utf-8")
VIOLATIONS = """
const done = arguments[arguments.length - 1];
axe.run().then(found => done(found.violations.map(each => [each.id, each.nodes.map(node => node.html.slice(0, 200))])));
"""


def violations(browser: Chrome) -> list[Any]:
    """Return what axe finds on the page that is shown, each with its rule and its elements."""
    # As a debugger does: the page's own policy lets no script in.
    browser.execute_cdp_cmd("Runtime.evaluate", {"expression": AXE})
    found: list[Any] = browser.execute_async_script(VIOLATIONS)
    return found
