"""The form of our messages."""

from bot.domain.effects import Button
from integrations.slack.outbound.blocks import Draft, conversation_of, in_markdown, in_mrkdwn, label

HUMAN = Button("frontdesk_human", "Talk to a human", "opaque")
CONVERSATION = "slack:T1:C1:1700000000.000100"


def test_a_plain_answer_is_markdown_text_with_its_label() -> None:
    assert in_markdown(Draft("**hi**", label("e1"))) == {
        "markdown_text": "**hi**",
        "metadata": {"event_type": "frontdesk_effect", "event_payload": {"effect_id": "e1"}},
    }


def test_buttons_need_blocks_and_blocks_need_a_text() -> None:
    said = in_markdown(Draft("**hi** <!here>", label("e1"), buttons=(HUMAN,), conversation=CONVERSATION))

    assert said["text"] == "*hi* &lt;!here&gt;"
    assert "markdown_text" not in said
    text, row = said["blocks"]
    assert text == {"type": "markdown", "text": "**hi** &lt;!here&gt;"}
    assert row["block_id"] == CONVERSATION == conversation_of(row["block_id"])
    assert row["elements"] == [
        {
            "type": "button",
            "action_id": "frontdesk_human",
            "text": {"type": "plain_text", "text": "Talk to a human"},
            "value": "opaque",
        }
    ]


def test_a_buttons_label_fits_slacks_limit_and_a_style_is_sent_only_when_set() -> None:
    said = in_markdown(Draft("x", buttons=(Button("a", "y" * 100, "v", "danger"), HUMAN)))
    first, second = said["blocks"][1]["elements"]
    assert (len(first["text"]["text"]), first["style"]) == (75, "danger")
    assert "style" not in second
    assert "block_id" not in said["blocks"][1]


def test_a_relayed_text_begins_with_the_name_in_both_forms() -> None:
    said = in_markdown(Draft("It is **fixed**.", name="Dana"))
    assert said["text"] == "Dana: It is *fixed*."
    assert said["blocks"][0]["text"] == "**Dana:** It is **fixed**."
    assert in_mrkdwn(Draft("It is **fixed**.", name="Dana"))["text"] == "Dana: It is *fixed*."


def test_a_name_cannot_change_the_text_around_it() -> None:
    said = in_markdown(Draft("hi", name="**<!channel>** [x](https://evil.example)\n# Boss"))
    assert said["text"].startswith("!channel x(https://evil.example) # Boss: hi")
    assert in_markdown(Draft("hi", name="***"))["text"] == "Support: hi"


def test_an_edit_keeps_its_whole_text_in_blocks_where_slack_cuts_the_text() -> None:
    text = "word " * 2_000
    said = in_mrkdwn(Draft(text), update=True)
    assert len(said["text"]) <= 4_000
    assert " ".join(block["text"]["text"] for block in said["blocks"]).split() == text.split()
    assert all(len(block["text"]["text"]) <= 3_000 for block in said["blocks"])
    with_buttons = in_markdown(Draft(text, buttons=(HUMAN,)), update=True)
    assert len(with_buttons["text"]) <= 4_000
    assert with_buttons["blocks"][0]["text"] == text


def test_the_label_tells_parts_and_files() -> None:
    assert label("e", 3, ["F1"])["event_payload"] == {"effect_id": "e", "parts": 3, "files": ["F1"]}


def test_foreign_blocks_belong_to_no_conversation() -> None:
    for block_id in ("", "b1", "slack:T1:C1", CONVERSATION + ":x", "mail:K:1", CONVERSATION + "\n"):
        assert conversation_of(block_id) == ""


THUMBS = (Button("frontdesk_feedback", "Helpful", "up-1"), Button("frontdesk_feedback", "Not helpful", "down-1"))


def test_thumbs_are_slacks_own_feedback_buttons_below_all_others() -> None:
    said = in_markdown(Draft("hi", buttons=(*THUMBS, HUMAN), conversation=CONVERSATION))
    _, row, thumbs = said["blocks"]

    assert row["elements"][0]["action_id"] == "frontdesk_human"
    assert conversation_of(thumbs["block_id"]) == CONVERSATION
    assert thumbs["type"] == "context_actions"
    assert thumbs["elements"] == [
        {
            "type": "feedback_buttons",
            "action_id": "frontdesk_feedback",
            "positive_button": {
                "text": {"type": "plain_text", "text": "Helpful"},
                "accessibility_label": "Helpful",
                "value": "up-1",
            },
            "negative_button": {
                "text": {"type": "plain_text", "text": "Not helpful"},
                "accessibility_label": "Not helpful",
                "value": "down-1",
            },
        }
    ]
