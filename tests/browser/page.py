"""The sandbox page as its users meet it: what they read is what is shown, what they do is clicks and keys."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException, TimeoutException
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

PATIENCE_SECONDS = 60.0
LOOK_SECONDS = 0.05
MOST_TABS = 80
BOT = "Frontdesk"
AGENT_BOT = "Frontdesk Bot"

_MESSAGES = """
const thread = document.querySelector(`[data-testid="slack-thread"][data-ts="${arguments[0]}"]`);
return [...(thread?.querySelectorAll(".message") ?? [])]
    .filter(node => node.getAttribute("aria-busy") !== "true")
    .map(node => ({
        author: node.querySelector(".author").innerText,
        text: [".text", ".blocks"].map(part => node.querySelector(part).innerText).join("\\n").trim(),
    }));
"""
_COMMENTS = """
return [...document.querySelectorAll('[data-testid="ticket-comment"]')].map(node => ({
    author: node.querySelector(".author").innerText,
    text: node.querySelector(".text").innerText,
    is_public: node.dataset.public === "true",
}));
"""
_THREADS = """return [...document.querySelectorAll('[data-testid="slack-thread"]')].map(node => node.dataset.ts);"""

T = TypeVar("T")


@dataclass(frozen=True)
class Said:
    """One finished message of a thread, or one comment of a ticket, as shown.

    Args:
        is_public: False for an internal note.
    """

    author: str
    text: str
    is_public: bool = True


@dataclass(frozen=True)
class SandboxPage:
    """The page in a browser; every wait has a condition and an end."""

    driver: Chrome

    def open(self, url: str) -> None:
        """Load the page and wait until it is live and shows who may write."""
        self.driver.get(url)
        self.until_live()
        self.until(lambda: Select(self.part("slack-user")).options, "people to write as")

    def until(self, look: Callable[[], T], what: str) -> T:
        """Return the first true result of a look at the page.

        Raises:
            AssertionError: it never came; what the page shows is told.
        """
        wait: WebDriverWait[Chrome] = WebDriverWait(
            self.driver,
            PATIENCE_SECONDS,
            LOOK_SECONDS,
            ignored_exceptions=[StaleElementReferenceException, NoSuchElementException],
        )
        try:
            return wait.until(lambda _: look())
        except TimeoutException:
            shown = self.driver.find_element(By.TAG_NAME, "main").text
            raise AssertionError(f"{what} never came; the page shows:\n{shown}") from None

    def until_live(self) -> None:
        """Wait until news arrive at once."""
        self.until(lambda: self.part("connection").text == "live", "a live page")

    def all_parts(self, name: str, within: str = "") -> list[WebElement]:
        """Return all visible elements with this test id."""
        found = self.driver.find_elements(By.CSS_SELECTOR, f'{within} [data-testid="{name}"]')
        return [element for element in found if element.is_displayed()]

    def part(self, name: str, within: str = "") -> WebElement:
        """Return the visible element with this test id, once there is one."""
        return self.until(lambda: self.all_parts(name, within), name)[0]

    def click(self, name: str, within: str = "") -> None:
        """Press a button once it may be pressed."""
        self.until(lambda: self.part(name, within).is_enabled(), f"{name} enabled")
        self.part(name, within).click()

    def choose(self, name: str, label: str) -> None:
        """Choose an option by what it says."""
        self.until(lambda: label in self.options(name), f"{label} among {name}")
        Select(self.part(name)).select_by_visible_text(label)

    def options(self, name: str) -> list[str]:
        """Return what a list offers."""
        return [option.text for option in Select(self.part(name)).options]

    def chosen(self, name: str) -> str:
        """Return what a list has chosen."""
        return str(Select(self.part(name)).first_selected_option.text)

    def start_over(self) -> None:
        """Delete everything by the page's own button, and wait until the bot is there again."""
        before = self.part("reset").get_attribute("data-times")
        self.click("reset")
        self.click("confirm-yes")
        self.until(lambda: self.part("reset").get_attribute("data-times") != before, "the end of the reset")
        self.until(lambda: not self.threads() and not self.all_parts("ticket-item"), "an empty sandbox")

    def switch(self, what: str | tuple[str, str], *, shows: str) -> None:
        """Turn one switch in the dialog of the button *Mode*, and wait until the button says so.

        Args:
            what: a radio button or a box, or a list and the option in it.
        """
        self.click("mode")
        if isinstance(what, tuple):
            self.choose(*what)
        elif not (self.part(what).get_attribute("type") == "radio" and self.part(what).is_selected()):
            self.click(what)
        self.until(lambda: self.part("mode").text == f"Mode: {shows}", f"the mode {shows}")
        self.click("switches-close")

    def type_into(self, name: str, text: str) -> None:
        """Write a text in the place of what stands in a field."""
        self.part(name).clear()
        self.part(name).send_keys(text)

    # The Slack pane

    def go_to(self, channel: str) -> None:
        """Look into a place of Slack by its id; what a list calls it changes with what is new there."""

        def chosen() -> bool:
            Select(self.part("slack-channel")).select_by_value(channel)
            return self.part("slack-channel").get_attribute("value") == channel

        self.until(chosen, f"the place {channel}")

    def threads(self) -> list[str]:
        """Return the shown threads, oldest first, each by its first message's `ts`."""
        return [str(ts) for ts in self.driver.execute_script(_THREADS)]

    def new_thread(self, start: Callable[[], None]) -> str:
        """Do what starts a thread; return its `ts`."""
        before = self.threads()
        start()
        return self.until(lambda: [ts for ts in self.threads() if ts not in before], "a new thread")[0]

    def write(self, text: str) -> None:
        """Write a new message in Slack as whoever is chosen."""
        self.part("slack-composer").send_keys(text, Keys.ENTER)

    def reply(self, ts: str, text: str) -> None:
        """Write into a thread."""
        self.part("thread-reply-input", self.thread(ts)).send_keys(text)
        self.click("thread-reply-send", self.thread(ts))

    @staticmethod
    def thread(ts: str) -> str:
        """Return the selector of a thread."""
        return f'[data-testid="slack-thread"][data-ts="{ts}"]'

    def press_in(self, ts: str, action: str) -> None:
        """Press a button in a thread by its `action_id`."""
        where = f'{self.thread(ts)} [data-action="{action}"]'
        self.until(lambda: self.driver.find_elements(By.CSS_SELECTOR, where), action)[0].click()

    def press_thumb(self, ts: str, label: str) -> None:
        """Press one of the feedback buttons in a thread, the newest of this label."""
        button = f'{self.thread(ts)} [data-testid="slack-button"][aria-label="{label}"]'
        self.until(lambda: self.driver.find_elements(By.CSS_SELECTOR, button), f"a button {label}")[-1].click()

    def messages(self, ts: str) -> list[Said]:
        """Return a thread's finished messages, the first one included."""
        return [Said(**message) for message in self.driver.execute_script(_MESSAGES, ts)]

    def until_message(self, ts: str, words: str, author: str = BOT) -> Said:
        """Wait until a thread shows a finished message of this author with these words."""
        return self.until(
            lambda: next((said for said in self.messages(ts) if said.author == author and words in said.text), None),
            f"“{words}” by {author} in the thread",
        )  # type: ignore[return-value]

    # The Zendesk pane

    def comments(self) -> list[Said]:
        """Return the shown ticket's comments and notes."""
        return [Said(**comment) for comment in self.driver.execute_script(_COMMENTS)]

    def until_comment(self, words: str, author: str) -> Said:
        """Wait until the shown ticket has a comment or note of this author with these words."""
        return self.until(
            lambda: next((said for said in self.comments() if said.author == author and words in said.text), None),
            f"“{words}” by {author} on the ticket",
        )  # type: ignore[return-value]

    def answer(self, text: str, *, by: str, note: bool = False) -> None:
        """Write on the shown ticket: as a human agent publicly or as a note, or as the requester."""
        self.choose("agent-user", by)
        if not by.endswith("(requester)"):
            self.click("agent-note-toggle" if note else "agent-public-toggle")
            self.until(lambda: self.is_note() is note, "the kind of comment")
        self.part("agent-reply").send_keys(text)
        self.click("agent-send")

    def is_note(self) -> bool:
        """Return whether what is being written is an internal note."""
        return self.part("agent-note-toggle").get_attribute("aria-pressed") == "true"

    def ticket_fields(self) -> dict[str, str]:
        """Return the shown ticket's fields, each as its list shows it."""
        return {name: self.chosen(f"ticket-{name}") for name in ("status", "priority", "group", "assignee")}

    def tags(self) -> set[str]:
        """Return the shown ticket's tags."""
        rows = self.part("ticket-tags").find_elements(By.TAG_NAME, "li")
        return {row.text.partition("\n")[0].removesuffix("×") for row in rows}

    def ticket_number(self) -> str:
        """Return the shown ticket's number."""
        return str(self.driver.find_element(By.CSS_SELECTOR, ".ticket-title .muted").text).strip("# ")

    def press(self, *keys: str) -> None:
        """Type on the keyboard, wherever the focus is."""
        self.driver.switch_to.active_element.send_keys(*keys)

    def tab_to(self, name: str, *, back: bool = False) -> None:
        """Go on with the tabulator key until an element has the focus.

        Raises:
            AssertionError: the key does not lead there.
        """
        for _ in range(MOST_TABS):
            self.press(Keys.SHIFT + Keys.TAB if back else Keys.TAB)
            if self.focused() == name:
                return
        raise AssertionError(f"the keyboard does not reach {name}")

    def focused(self) -> str:
        """Return the test id or else the element id of what has the focus."""
        active: Any = self.driver.switch_to.active_element
        return active.get_attribute("data-testid") or active.get_attribute("id") or ""
