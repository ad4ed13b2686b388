"""The whole story on the real page of the real demo, in a real browser."""

import pytest
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.remote.webelement import WebElement

from tests.browser.accessibility import violations
from tests.browser.chromium import LAPTOP, PHONE, TABLET, missing, resize
from tests.browser.demo_process import DemoProcess
from tests.browser.page import AGENT_BOT, BOT, Said, SandboxPage
from tests.words import lacking

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(bool(missing()), reason=f"no story on the real page: {missing()}"),
]

SARAH, MARCUS, DANA, LEE = "Sarah Chen", "Marcus Johnson", "Dana Reyes", "Lee Park"
ANGRY = "This is unacceptable, I want a manager"


def answered_order(page: SandboxPage) -> str:
    """Sarah asks for her order by the example, and is answered; return the thread."""
    ts = page.new_thread(lambda: page.click("example-order"))
    page.until_message(ts, "A1001")
    return ts


def escalated(page: SandboxPage) -> str:
    """Sarah asks, is answered and gets angry, a ticket with its note comes up; return the thread."""
    ts = answered_order(page)
    page.reply(ts, ANGRY)
    page.until_message(ts, "ticket #")
    page.until_comment("Frontdesk summary", AGENT_BOT)
    return ts


def from_bot(said: list[Said]) -> list[str]:
    return [each.text for each in said if each.author in {BOT, AGENT_BOT} and each.is_public]


def test_a_question_in_a_direct_message_is_answered_from_the_database_and_remembered(
    page: SandboxPage, demo: DemoProcess
) -> None:
    ts = answered_order(page)
    answer = from_bot(page.messages(ts))[0]
    page.reply(ts, "and can I return it?")
    remembered = page.until_message(ts, "30-day window").text

    assert page.chosen("slack-user") == SARAH
    assert "Wireless Headset" in answer
    assert "1Z999AA10123456784" in answer
    assert remembered.startswith("Order A1001")
    known = demo.conversation(f"slack:T0FRONTDSK:D0SARAH:{ts}")
    looked_up = {
        (entry["role"], entry.get("agent")) for entry in known["transcript"] if "lookup_order" in entry["text"]
    }
    assert ("tool_call", "orders") in looked_up
    assert (known["owner"], known["total_turns"]) == ("bot", 2)


def test_a_thumb_down_under_an_answer_asks_what_was_wrong_and_brings_a_human(page: SandboxPage) -> None:
    ts = answered_order(page)
    page.press_thumb(ts, "Not helpful")
    page.until_message(ts, "What was wrong")
    page.reply(ts, "The date is wrong.")
    page.until(lambda: len(from_bot(page.messages(ts))) > 2, "an answer to what was wrong")

    page.press_in(ts, "frontdesk_human")
    page.until_message(ts, "ticket #")


def test_an_angry_customer_reaches_a_human_and_comes_back_to_the_bot(page: SandboxPage) -> None:
    ts = escalated(page)
    assert_ticket_tells_all(page, ts)

    page.answer("The parcel is lost, I think", by=LEE, note=True)
    page.until_comment("The parcel is lost", LEE)
    page.answer("I am on it and write to you within the hour.", by=DANA)
    relayed = page.until_message(ts, "I am on it")
    assert relayed.text == "Dana: I am on it and write to you within the hour."
    whys = page.driver.find_elements("css selector", f'{page.thread(ts)} [data-testid="why"]')
    assert len(whys) == len(from_bot(page.messages(ts))) - 1, "what a colleague writes, the bot has not to explain"
    assert [said.is_public for said in page.comments()] == [True, False, False, True]

    page.reply(ts, "Where is it now?")
    assert page.until_comment("Where is it now?", SARAH).is_public

    page.click("ticket-solve")
    page.until(lambda: "frontdesk_escalated" not in page.tags(), "the release")
    page.until_message(ts, "How did we do?")
    page.reply(ts, "Where is my order A1001?")
    page.until(lambda: len(from_bot(page.messages(ts))) == 5, "an answer by the bot")
    answers = from_bot(page.messages(ts))
    assert "Wireless Headset" in answers[4], "while a human was in charge, the bot said nothing"
    assert not any("lost" in said.text for said in page.messages(ts)), "an internal note stays internal"
    assert page.chosen("ticket-status") == "Solved"


def assert_ticket_tells_all(page: SandboxPage, ts: str) -> None:
    """The page shows the ticket with the customer's words and a note for colleagues, and leads to it."""
    number = page.ticket_number()
    own_words, note = page.comments()
    assert page.ticket_fields() == {"status": "Open", "priority": "High", "group": "Support", "assignee": "Nobody"}
    assert page.tags() == {"frontdesk", "frontdesk_escalated", "frontdesk_slack"}
    assert (own_words.author, own_words.is_public, note.is_public) == (SARAH, True, False)
    assert ANGRY in own_words.text
    assert lacking(note.text, "verified", "A1001", "Wireless Headset", "Suggested next step") == []
    assert f"ticket #{number}" in page.messages(ts)[-1].text
    assert page.part("thread-ticket", page.thread(ts)).text == f"Ticket #{number} · open"


def test_a_conversation_that_began_as_a_ticket_goes_to_a_human_and_back(page: SandboxPage, demo: DemoProcess) -> None:
    page.click("example-ticket")
    page.until_comment("2 minutes", AGENT_BOT)
    assert page.chosen("ticket-status") == "Pending"
    assert page.tags() == {"frontdesk"}
    number, requester = page.ticket_number(), f"{SARAH} (requester)"

    page.answer(ANGRY, by=requester)
    told = page.until_comment(f"ticket #{number}", AGENT_BOT)
    note = page.until_comment("Frontdesk summary", AGENT_BOT)
    assert told.is_public
    assert not note.is_public
    page.until(lambda: page.tags() == {"frontdesk", "frontdesk_escalated"}, "the tag")
    assert page.ticket_fields() == {"status": "Open", "priority": "High", "group": "Support", "assignee": "Nobody"}

    page.answer("She may have two accounts", by=LEE, note=True)
    page.until_comment("two accounts", LEE)
    page.answer("I have sent you a new link.", by=DANA)
    page.until_comment("a new link", DANA)
    page.answer("How do I reset my password with it?", by=requester)
    page.until_comment("with it", SARAH)
    page.until(lambda: "with it" in str(demo.conversation(f"zendesk:{number}")["transcript"]), "the bot's knowledge")
    page.click("ticket-solve")
    page.until(lambda: "frontdesk_escalated" not in page.tags(), "the release")
    before = len(from_bot(page.comments()))

    page.answer("How long does shipping take?", by=requester)
    # Whichever passage: a busy machine searches by words.
    page.until(lambda: any("business days" in text for text in from_bot(page.comments())[before:]), "an answer")
    assert before == 2, "while a human was in charge, the bot said nothing"
    assert not page.threads(), "a ticket is answered on the ticket"


def test_nothing_is_lost_when_everything_is_killed_between_two_messages(page: SandboxPage, demo: DemoProcess) -> None:
    ts = answered_order(page)
    demo.kill()
    page.until(lambda: page.part("connection").text != "live", "a page that notices")
    demo.start()
    page.until_live()
    page.until(lambda: len(page.messages(ts)) == 2, "the conversation as it was")

    page.reply(ts, "and can I return it?")
    assert page.until_message(ts, "30-day window").text.startswith("Order A1001")
    assert len(page.messages(ts)) == 4


def test_on_a_phone_one_pane_is_shown_and_tabs_lead_to_the_other(page: SandboxPage, browser: Chrome) -> None:
    resize(browser, PHONE)
    ts = page.new_thread(lambda: page.click("example-manager"))
    page.until_message(ts, "ticket #")
    assert page.chosen("slack-user") == MARCUS
    assert not page.all_parts("ticket-item")
    badge = browser.find_element("css selector", "#tab-zendesk .badge")
    page.until(lambda: badge.text.endswith("new"), "the other tab's count")

    browser.find_element("id", "tab-zendesk").click()
    page.until_comment("Frontdesk summary", AGENT_BOT)
    assert not page.all_parts("slack-composer")
    page.answer("Hello Marcus, I read everything.", by=DANA)
    browser.find_element("id", "tab-slack").click()
    page.until_message(ts, "Hello Marcus")
    width = browser.execute_script("return document.scrollingElement.scrollWidth")
    assert width == PHONE[0], "nothing sticks out at the side"


def test_a_long_thread_hides_no_control_and_nothing_is_hard_to_reach(
    page: SandboxPage, demo: DemoProcess, browser: Chrome
) -> None:
    ts = escalated(page)
    long = {"user": "U0SARAH", "channel": "D0SARAH", "thread_ts": ts, "text": "And one more thing.\n" * 80}
    demo.post("slack/post", long)
    page.until_comment("And one more thing.", SARAH)
    assert "I'm sorry about the trouble." in page.until_message(ts, "ticket #").text
    page.new_thread(lambda: page.click("example-order"))

    for size in (LAPTOP, TABLET, PHONE):
        resize(browser, size)
        for pane, control in (("slack", "slack-channel"), ("zendesk", "ticket-new")):
            if size != LAPTOP:
                browser.find_element("id", f"tab-{pane}").click()
            assert is_whole(browser, page.part(control)), (control, size)
            assert violations(browser) == [], (pane, size)
        assert "store" in page.part("desk").text, "which desk answers"


def is_whole(browser: Chrome, control: WebElement) -> bool:
    """Return whether nothing cuts off a control, or lies on it, at any of its corners."""
    script = """
        const { left, right, top, bottom } = arguments[0].getBoundingClientRect();
        const corners = [[left + 9, top + 2], [right - 9, top + 2], [left + 9, bottom - 2], [right - 9, bottom - 2]];
        return corners.every(([x, y]) => arguments[0].contains(document.elementFromPoint(x, y)));
    """
    return bool(browser.execute_script(script, control))


def test_an_answer_tells_why_and_survives_the_death_of_its_worker(page: SandboxPage) -> None:
    ts = page.new_thread(lambda: page.click("kill-worker"))
    page.until(lambda: "answered, once" in page.part("crash").text, "an answer in spite of it all")
    killed = page.until_message(ts, "A1001")
    assert [said.author for said in page.messages(ts)] == [SARAH, BOT], killed

    page.click("why", page.thread(ts))
    told = page.part("why-dialog").text
    assert lacking(told, "“orders”", "lookup_order(order_id: A1001)", "otherwise", "attempt 2", "stored in Redis") == []
    page.click("why-close")
    page.click("crash-close")


def test_a_reset_forgets_a_refund_so_that_the_example_plays_again(page: SandboxPage) -> None:
    for _ in range(2):
        ts = page.new_thread(lambda: page.click("example-refund"))
        page.until_message(ts, "299.98")
        page.press_in(ts, "frontdesk_confirm")
        page.until_message(ts, "I also need the reason")
        page.reply(ts, "It arrived too late for what I needed it for.")
        page.until_message(ts, "Done: Refund of 299.98 USD")
        page.start_over()


def test_examples_are_there_in_each_language_of_the_desk(page: SandboxPage) -> None:
    assert page.options("example-language") == ["English", "Deutsch", "Français", "Español"]
    page.choose("example-language", "Deutsch")
    ts = page.new_thread(lambda: page.click("example-manager"))
    assert "Mit einem Menschen" not in page.messages(ts)[0].text
    page.until_message(ts, "Ich bin ein KI-Assistent.")


def test_people_s_buttons_are_there_only_where_they_do_something(page: SandboxPage) -> None:
    page.click("example-ticket")
    page.until_comment("2 minutes", AGENT_BOT)
    page.until(lambda: page.all_parts("ticket-off"), "the bot's ticket")
    assert not page.all_parts("ticket-resume"), "the bot has it"

    page.answer(ANGRY, by=f"{SARAH} (requester)")
    page.click("ticket-resume")
    page.until(lambda: not page.all_parts("ticket-resume"), "a ticket that the bot has again")
    page.click("ticket-off")
    page.until(lambda: "frontdesk_off" in page.tags(), "a silenced bot")
    assert page.part("ticket-off").text.startswith("Let the bot speak again")


def test_the_keyboard_is_enough(page: SandboxPage, demo: DemoProcess) -> None:
    page.open(demo.url)
    page.press(Keys.TAB, Keys.ENTER)  # the first link skips to the message box
    assert page.focused() == "slack-composer"
    ts = page.new_thread(lambda: page.press("Where is my order A1001?", Keys.ENTER))
    page.until_message(ts, "A1001")

    page.tab_to("thread-reply-input", back=True)
    page.press(ANGRY, Keys.ENTER)
    page.until_message(ts, "ticket #")
    page.until_comment("Frontdesk summary", AGENT_BOT)

    page.tab_to("agent-reply")
    page.press("Good day, Sarah.", Keys.CONTROL + Keys.ENTER)
    page.until_message(ts, "Good day, Sarah.")


def test_interrupting_the_demo_ends_it_cleanly(demo: DemoProcess, page: SandboxPage) -> None:
    assert page.until(lambda: page.part("connection").text == "live", "an open page")
    assert demo.stop() == 0
    assert "Traceback" not in demo.printed()
    assert not demo.redis_runs()
