"""No loops: machines that answer machines."""

from tests.flow.harness.frontdesk import BOT_ID, HELP, SARAH, SARAH_DM, SARAH_ID, TEAM, Stage

UNKNOWN = "Hyvää päivää, palaamme asiaan mahdollisimman pian."  # a machine that nothing of ours knows


async def test_two_machines_that_thank_each_other_end_with_a_human(stage: Stage) -> None:
    await stage.takes_all()
    ts = await stage.writes(SARAH, SARAH_DM, "Where is my order A1001?")
    for count in range(1, 11):
        await stage.answers(SARAH_DM, ts, count)
        await stage.writes(SARAH, SARAH_DM, "Thank you!", thread_ts=ts)
    await stage.answers(SARAH_DM, ts, 11)
    await stage.owned_by(f"slack:{TEAM}:{SARAH_DM}:{ts}", "escalated")
    await stage.writes(SARAH, SARAH_DM, "Thank you!", thread_ts=ts)
    await stage.quiet()
    answers = await stage.answers(SARAH_DM, ts)

    assert len(answers) == 11
    assert "passed this on" in answers[10]


async def test_a_machine_that_nobody_knows_ends_with_a_human(stage: Stage) -> None:
    await stage.takes_all()
    ticket_id = await stage.opens("Where is my order A1001?")
    conversation = f"zendesk:{ticket_id}"
    answers = 0
    while await stage.owner(conversation) in {"", "bot"} and answers <= 10:
        answers += 1
        await stage.bot_comments(ticket_id, answers)
        await stage.comments(ticket_id, SARAH_ID, UNKNOWN)
        await stage.quiet()
    for _ in range(2):
        await stage.comments(ticket_id, SARAH_ID, UNKNOWN)
        await stage.quiet()
    public = await stage.bot_comments(ticket_id)

    assert await stage.owner(conversation) == "escalated"
    assert len(public) <= 11
    assert f"#{ticket_id}" in public[-1]["body"]


async def test_bots_are_not_answered(stage: Stage) -> None:
    ts = await stage.writes(SARAH, HELP, "<@U0BOT> Where is my order A1001?")
    await stage.answers(HELP, ts)
    headers = {"Authorization": "Bearer xoxb-sandbox"}
    body = {"channel": HELP, "thread_ts": ts, "text": "<@U0BOT> I am a bot: where is my order A1001?"}
    posted = await stage.http.post(f"{stage.page}/slack/api/chat.postMessage", json=body, headers=headers)
    assert posted.json()["ok"]
    await stage.quiet()

    assert len(await stage.thread(HELP, ts)) == 2


async def test_comments_of_the_bots_user_are_not_answered_whoever_wrote_them(stage: Stage) -> None:
    ticket_id = await stage.opens("Where is my order A1001?")
    await stage.bot_comments(ticket_id)
    await stage.comments(ticket_id, BOT_ID, "Where is my order A1001?")
    await stage.quiet()

    assert await stage.owner(f"zendesk:{ticket_id}") == "bot"
    assert len(await stage.bot_comments(ticket_id)) == 2
