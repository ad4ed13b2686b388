"""What brings a human without anybody's asking for one: fury, and the same question over and over."""

from tests.flow.harness.frontdesk import Stage
from tests.words import lacking

QUESTION = "How long does express shipping take?"


async def posts(stage: Stage, message: str, session: str = "") -> tuple[str, str]:
    """Post as Sarah; return the answer and the session."""
    keys = {key.scope: key.secret.get_secret_value() for key in stage.engine.settings.frontdesk_api_keys}
    body = {"message": message, "customer_id": "cust_001", **({"session_id": session} if session else {})}
    answer = await stage.http.post(f"{stage.bot}/chat", json=body, headers={"Authorization": f"Bearer {keys['chat']}"})
    assert answer.status_code == 200
    return answer.json()["response"], answer.json()["session_id"]


async def test_the_same_question_a_third_time_and_fury_bring_a_human_who_is_told_why(stage: Stage) -> None:
    first, session = await posts(stage, QUESTION)
    second, _ = await posts(stage, "so how long does express shipping take??", session)
    third, _ = await posts(stage, QUESTION.upper(), session)
    upset, _ = await posts(stage, "The parcel is garbage, your shop is pathetic and I am livid")
    view = await stage.engine.conversations.read(f"chat:chat:{session}")
    await stage.quiet()
    tickets = await stage.tickets(2)
    notes = "\n".join(comment["body"] for ticket in tickets for comment in ticket["comments"] if not comment["public"])

    assert ["passed this on" in answer for answer in (first, second, third, upset)] == [False, False, True, True]
    assert view is not None
    assert len(view.conversation.sentiments) == 3
    assert lacking(notes, "asks the same again", "upset") == []
    assert sorted(ticket["priority"] for ticket in tickets) == ["high", "normal"]
