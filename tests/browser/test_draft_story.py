"""A support lead's way on the real page: drafts first, then one topic public, and the brake."""

import pytest
from selenium.webdriver import Chrome

from tests.browser.chromium import PHONE, missing, resize
from tests.browser.page import AGENT_BOT, BOT, SandboxPage

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(bool(missing()), reason=f"no story on the real page: {missing()}"),
]

SARAH, DANA = "Sarah Chen", "Dana Reyes"
EDIT = "frontdesk_draft_edit"


def test_a_draft_is_edited_and_sent_from_the_triage_channel(page: SandboxPage) -> None:
    page.switch("mode-draft", shows="drafts")
    asked = page.new_thread(lambda: page.click("example-order"))
    card = in_triage(page, "A1001")
    assert "Where is my order A1001?" in page.messages(card)[0].text

    page.press_in(card, EDIT)
    page.type_into("modal-input", "Your headset is on its way. Dana")
    page.click("modal-submit")
    assert f"Sent with changes by {DANA}" in page.until_message(card, "Sent with changes").text

    page.choose("slack-user", SARAH)
    page.go_to("D0SARAH")
    page.until_message(asked, "Your headset is on its way. Dana")
    assert [said.author for said in page.messages(asked)] == [SARAH, BOT], "the answer alone, and once"


def test_a_draft_on_a_ticket_is_sent_as_it_is_and_another_one_discarded(page: SandboxPage) -> None:
    page.switch("mode-draft", shows="drafts")
    page.click("example-ticket")
    note = page.until_comment("Frontdesk draft", AGENT_BOT)
    assert not note.is_public
    page.until(lambda: "frontdesk_draft" in page.tags(), "the tag of an open draft")

    page.click("draft-send")
    sent = page.until(lambda: [said for said in page.comments() if said.is_public][1:], "the answer")[0]
    assert "2 minutes" in sent.text
    page.until(lambda: not page.tags() & {"frontdesk_draft", "frontdesk_send"}, "a ticket without an open draft")
    assert not page.all_parts("draft-send"), "what is sent is not sent again"

    page.answer("How long does shipping take?", by=f"{SARAH} (requester)")
    page.click("draft-discard")
    page.until(lambda: not page.tags() & {"frontdesk_draft", "frontdesk_discard"}, "the draft taken away")
    assert len([said for said in page.comments() if said.is_public]) == 3, "nothing more was said to the customer"


def test_one_topic_is_public_and_the_brake_holds_it_back(page: SandboxPage) -> None:
    page.switch("mode-draft", shows="drafts")
    page.switch(("switch-topic", "What orders answers"), shows="drafts, orders public")
    asked = page.new_thread(lambda: page.click("example-order"))
    page.until_message(asked, "A1001")

    page.switch("brake", shows="brake on")
    page.reply(asked, "And where is my order ord_1002?")
    in_triage(page, "ord_1002")
    page.choose("slack-user", SARAH)
    page.go_to("D0SARAH")
    assert [said.author for said in page.messages(asked)] == [SARAH, BOT, SARAH]
    page.switch("brake", shows="drafts, orders public")


def test_a_share_is_shown_with_each_conversation_and_keeps_its_side(page: SandboxPage) -> None:
    page.switch("mode-draft", shows="drafts")
    page.switch(("switch-topic", "What orders answers"), shows="drafts, orders public")
    page.switch(("switch-share", "in 50 % of them"), shows="drafts, orders public 50 %")
    asked = page.new_thread(lambda: page.click("example-order"))
    side = page.part("share", page.thread(asked)).text
    assert side in {"50 %: answered in public", "50 %: answered by drafts"}


def test_the_switches_fit_a_phone(page: SandboxPage, browser: Chrome) -> None:
    resize(browser, PHONE)
    page.click("mode")
    page.part("switches-close")
    width = browser.execute_script("return document.scrollingElement.scrollWidth")
    wide = browser.execute_script("return document.getElementById('switches').scrollWidth")
    page.click("switches-close")
    assert width == PHONE[0]
    assert wide <= PHONE[0], "nothing sticks out at the side"


def in_triage(page: SandboxPage, words: str) -> str:
    """Look into the colleagues' channel as Dana; return the thread of the card with these words."""
    page.choose("slack-user", f"{DANA} (colleague)")
    page.go_to("C0TRIAGE")

    def card() -> str | None:
        return next((ts for ts in page.threads() if any(words in said.text for said in page.messages(ts))), None)

    return str(page.until(card, f"a card with “{words}”"))
