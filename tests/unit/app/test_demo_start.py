"""What `frontdesk demo` says at its start of the last time."""

from bot.app.demo import kept_of
from integrations.sandbox import Sandbox, SandboxOptions, create_app
from integrations.sandbox.slack.people import post


def write(sandbox: Sandbox, text: str) -> None:
    post(sandbox.slack, {"user": "U0SARAH", "channel": "D0SARAH", "text": text})


async def test_the_first_start_has_kept_nothing_and_a_later_one_counts_what_it_kept() -> None:
    sandbox = create_app(SandboxOptions())
    assert not kept_of(sandbox)
    write(sandbox, "Hello")
    assert kept_of(sandbox).startswith("as it was left, with 1 message; Reset")
    write(sandbox, "Hello again")
    assert "2 messages" in kept_of(sandbox)
