"""What an operator reads during a whole story; every other story is searched for the same at its end."""

import json

from tests.flow.harness.checks import leaks
from tests.flow.harness.frontdesk import DANA_ID, SARAH, SARAH_DM, Stage


async def test_the_log_tells_what_happened_but_no_words_addresses_or_tokens(stage: Stage) -> None:
    await stage.fails("zendesk:POST /api/v2/tickets", "status", 1, status=500, error="internal_error")
    ts = await stage.writes(SARAH, SARAH_DM, "I want to speak to a human, write to sarah.chen@example.com")
    await stage.answers(SARAH_DM, ts)
    ticket_id = (await stage.tickets())[0]["id"]
    await stage.comments(ticket_id, DANA_ID, "I call you at once, Sarah.")
    await stage.answers(SARAH_DM, ts, 2)
    await stage.quiet()
    log = stage.log.getvalue()
    lines = [json.loads(line) for line in log.splitlines()]

    assert {"turn.taken"} <= {line["event"] for line in lines}
    assert {line["conversation"] for line in lines if line["event"] == "turn.taken"} >= {
        f"slack:T0FRONTDSK:{SARAH_DM}:{ts}"
    }
    assert leaks(log, await stage.state(), ()) == []


async def test_the_search_finds_what_must_not_stand_there(stage: Stage) -> None:
    await stage.writes(SARAH, SARAH_DM, "I want to speak to a human")
    await stage.quiet()
    state = await stage.state()

    for told in ("I want to speak to a human", "sarah.chen@example.com", "xoxb-sandbox"):
        assert set(leaks(f'{{"event": "said: {told}"}}', state, ("xoxb-sandbox",))) == {told}
