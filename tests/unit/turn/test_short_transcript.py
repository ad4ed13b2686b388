"""Who said what, as the note of an escalation tells it to people who cannot open the thread."""

from dataclasses import replace

from bot.domain.conversation import Conversation
from bot.domain.events import Author, CustomerMessage, File, Sent
from bot.domain.ids import AuthorId, ConversationId, Origin
from bot.domain.proposals import Proposal, Stage
from bot.domain.transcript import BY_MACHINE, Entry, Role
from bot.turn.handoff.short_transcript import MOST_LINES, short_transcript

CHAT = ConversationId("chat:a:b")
TALK = [
    Entry(Role.USER, "please refund ord_1002", 36_000.0, name="Sarah"),
    Entry(Role.TRANSFER, "triage → billing", 36_001.0),
    Entry(Role.TOOL_CALL, "propose_refund({})", 36_002.0),
    Entry(Role.ASSISTANT, "I can give *49.99* back.\nShall I?", 36_060.0, agent="billing"),
]


def line(text: str, at: float) -> CustomerMessage:
    author = Author(AuthorId("chat:a:sarah"), "Sarah")
    return CustomerMessage(id=text, conversation=CHAT, author=author, text=text, at=at, surface=Origin.CHAT)


def refund(stage: Stage, at: float) -> Proposal:
    return replace(PROPOSAL, stage=stage, settled_at=at)


PROPOSAL = Proposal(
    "p1", "propose_refund", "{}", AuthorId("chat:a:sarah"), "cust_001", "ord_1002", "49.99 USD for ord_1002"
)


def test_both_sides_stand_in_the_order_in_which_they_spoke_with_what_was_agreed_to() -> None:
    conversation = Conversation(CHAT, proposals=(refund(Stage.DONE, 36_120.0),))
    told = short_transcript(conversation, TALK, [line("and now a human please", 36_180.0)], "Sarah")

    assert told.splitlines()[1:] == [
        "  - 10:00 Sarah: please refund ord_1002",
        "  - 10:01 Frontdesk (billing): I can give \\*49.99\\* back. / Shall I?",
        "  - 10:02 Sarah: (agreed to “49.99 USD for ord_1002”)",
        "  - 10:03 Sarah: and now a human please",
    ]


def test_what_waits_or_lapsed_was_decided_by_nobody() -> None:
    for stage in (Stage.OFFERED, Stage.APPROVAL, Stage.EXPIRED):
        assert "agreed" not in short_transcript(Conversation(CHAT, proposals=(refund(stage, 1.0),)), TALK, [], "Sarah")


def test_only_the_newest_lines_stand_there_and_none_of_a_machine() -> None:
    many = [Entry(Role.USER, f"line {number}", float(number)) for number in range(40)]
    out_of_office = Entry(Role.USER, "I am away", 99.0, agent=BY_MACHINE)

    told = short_transcript(Conversation(CHAT), [*many, out_of_office], [], "Customer").splitlines()[1:]

    assert len(told) == MOST_LINES
    assert told[-1].endswith("Customer: line 39")


def test_what_was_pressed_and_sent_stands_there_too() -> None:
    sarah = AuthorId("chat:a:sarah")
    conversation = Conversation(
        CHAT,
        answers={"a1": 36_060.0},
        thumbs={f"a1 {sarah}": "up down"},
        files=(Sent(sarah, File("F1", "damage.png"), 36_000.0), Sent(sarah, File("F2", "receipt.pdf"), 36_120.0)),
    )
    newest = replace(line("", 36_120.0), files=(File("F2", "receipt.pdf"),))
    told = short_transcript(conversation, TALK, [newest], "Sarah", "pressed “Talk to a human”", 36_180.0)

    assert [row.partition(": ")[2] for row in told.splitlines()[1:]] == [
        "please refund ord_1002",
        "(sent damage.png)",
        "I can give \\*49.99\\* back. / Shall I?",
        "(pressed “Not helpful” under this answer)",
        "(sent receipt.pdf)",
        "(pressed “Talk to a human”)",
    ]


def test_bold_words_stand_there_without_their_marks() -> None:
    said = Entry(Role.ASSISTANT, "**Refund of 49.99 USD.** Shall I do this?", 1.0)
    assert "Refund of 49.99 USD. Shall I do this?" in short_transcript(Conversation(CHAT), [said], [], "Sarah")
