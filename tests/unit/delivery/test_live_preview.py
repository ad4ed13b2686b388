"""What a listener of `/chat` hears while a turn runs."""

import pytest

from bot.delivery.preview import LivePreview

CONVERSATION = "chat:web:1"


class Listeners:
    """Somebody, or nobody, who listens."""

    def __init__(self, *, there: bool) -> None:
        self.there = there
        self.heard: list[tuple[str, str]] = []

    async def publish(self, conversation: str, event: str, data: str) -> bool:
        assert conversation == CONVERSATION
        self.heard.append((event, data))
        return self.there


async def _shown(listeners: Listeners, *, retaken: bool = False) -> LivePreview:
    preview = LivePreview(listeners, CONVERSATION, ["m1"], retaken=retaken)
    await preview.status("is thinking")
    await preview.text("It comes ")
    await preview.text("tomorrow.")
    await preview.clear()
    return preview


async def test_whoever_listens_hears_whose_turn_it_is_and_then_all_of_it() -> None:
    listeners = Listeners(there=True)

    await _shown(listeners)

    assert listeners.heard == [
        ("begin", '["m1"]'),
        ("status", "is thinking"),
        ("delta", "It comes "),
        ("delta", "tomorrow."),
        ("status", ""),
    ]


@pytest.mark.parametrize("retaken", [False, True])
async def test_where_nobody_listens_nothing_is_said_after_the_first_event(retaken: bool) -> None:
    listeners = Listeners(there=False)

    await _shown(listeners, retaken=retaken)

    assert listeners.heard == [("begin", '["m1"]')]


async def test_a_listener_who_may_have_a_dead_attempts_sentences_gets_no_others_beside_them() -> None:
    listeners = Listeners(there=True)

    preview = await _shown(listeners, retaken=True)

    assert [event for event, _ in listeners.heard] == ["begin", "status", "status"]
    assert not preview.is_seen
