"""Who said what, as the note of an escalation tells it to people who cannot open the thread."""

from dataclasses import replace

from bot.domain.conversation import Conversation
from bot.domain.events import Author, CustomerMessage
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
