"""Several workspaces install the app: each is answered with its own token, and ends for itself."""

from pathlib import Path

from bot.domain.ids import ConversationId
from bot.store import keys
from tests.conftest import wait_until
from tests.flow.harness.frontdesk import SARAH, SARAH_DM, TEAM, Stage
from tests.flow.harness.installs import (
    BELLA,
    BRANCH,
    BRANCH_HELP,
    NORA,
    NORTH,
    NORTH_HELP,
    ORGANISATION,
    SAM,
    SOUTH,
    SOUTH_HELP,
    Browser,
    all_values,
    open_places,
)
from tests.flow.harness.sides import slack_side

SARAHS = "sarah.chen@example.com"
ORDER = "<@U0BOT> where is my order A1001?"


async def tokens(stage: Stage) -> list[str]:
    """Return every token that Slack gave for further workspaces."""
    many = slack_side(stage.engine).many
    assert many
    return [install.token for install in (await many.installations.all()).values() if install]


async def installed(stage: Stage) -> list[bytes]:
    """Return the names of what the store holds of installations."""
    return sorted(await stage.engine.client.hkeys(keys.INSTALLS))


async def test_two_installs_side_by_side_and_the_end_of_one_leaves_the_other_untouched(
    redis_url: str, tmp_path: Path
) -> None:
    async with open_places(redis_url, tmp_path) as stage:
        pages = [await Browser(stage).installs(team=team) for team in (BRANCH, NORTH)]
        branch = await stage.writes(BELLA, BRANCH_HELP, ORDER)
        north = await stage.writes(NORA, NORTH_HELP, ORDER)
        home = await stage.writes(SARAH, SARAH_DM, "Where is my order A1001?")
        places = ((BRANCH_HELP, branch), (NORTH_HELP, north), (SARAH_DM, home))
        answers = [await stage.answers(channel, ts) for channel, ts in places]
        await stage.quiet()
        before = await installed(stage)
        await stage.control("slack/uninstall", {"team": NORTH})
        await stage.delivered()
        after = await installed(stage)
        again = await stage.writes(BELLA, BRANCH_HELP, ORDER)
        answers.append(await stage.answers(BRANCH_HELP, again))

    assert [page.status_code for page in pages] == [200, 200]
    assert [bool(answer) for answer in answers] == [True] * 4
    assert before == [b"team:T0BRANCH", b"team:T0NORTH"]
    assert after == [b"team:T0BRANCH"]


async def test_no_token_is_readable_in_the_store_or_in_the_log(redis_url: str, tmp_path: Path) -> None:
    async with open_places(redis_url, tmp_path) as stage:
        for team in (BRANCH, NORTH):
            await Browser(stage).installs(team=team)
        await Browser(stage).installs(organisation=ORGANISATION)
        ts = await stage.writes(BELLA, BRANCH_HELP, ORDER)
        await stage.answers(BRANCH_HELP, ts)
        await stage.quiet()
        given = await tokens(stage)
        values = await all_values(stage.engine.client)
        log = stage.log.getvalue()

    assert len(given) == 3
    assert len(values) > 3
    assert [name for name, value in values.items() for token in given if token.encode() in value] == []
    assert [token for token in given if token in log] == []


async def test_what_was_still_to_be_said_to_a_removed_workspace_is_not_tried_for_a_day(
    redis_url: str, tmp_path: Path
) -> None:
    async with open_places(redis_url, tmp_path) as stage:
        await Browser(stage).installs(team=BRANCH)
        ts = await stage.writes(BELLA, BRANCH_HELP, "<@U0BOT> this is unacceptable, I want a manager!")
        await stage.answers(BRANCH_HELP, ts)
        ticket_id = (await stage.tickets())[0]["id"]
        await stage.quiet()
        await stage.control("slack/uninstall", {"team": BRANCH})
        await stage.delivered()
        await stage.comments(ticket_id, 1002, "I have it, Bella.")
        note = await wait_until(lambda: stage.comment(ticket_id, "has not read it"))

    assert not note["public"]


async def test_an_organisations_install_answers_in_all_its_workspaces_and_ends_in_all(
    redis_url: str, tmp_path: Path
) -> None:
    async with open_places(redis_url, tmp_path) as stage:
        page = await Browser(stage).installs(organisation=ORGANISATION)
        await Browser(stage).installs(team=BRANCH)
        north = await stage.writes(NORA, NORTH_HELP, ORDER)
        south = await stage.writes(SAM, SOUTH_HELP, ORDER)
        answers = [await stage.answers(NORTH_HELP, north), await stage.answers(SOUTH_HELP, south)]
        await stage.quiet()
        known = await stage.engine.conversations.read(ConversationId.in_slack(NORTH, NORTH_HELP, north))
        await stage.control("slack/uninstall", {"organisation": ORGANISATION, "seen_from": SOUTH})
        await stage.delivered()
        left = await stage.engine.client.hkeys(keys.INSTALLS)

    assert "workspaces/add" in page.text
    assert all(answers)
    assert known is not None
    assert b"org:E0ACME" not in left
    assert b"team:T0BRANCH" in left


async def test_an_organisation_may_take_the_app_from_one_of_its_workspaces_and_give_it_back(
    redis_url: str, tmp_path: Path
) -> None:
    async with open_places(redis_url, tmp_path) as stage:
        await Browser(stage).installs(organisation=ORGANISATION)
        ts = await stage.writes(NORA, NORTH_HELP, ORDER)
        await stage.answers(NORTH_HELP, ts)
        await stage.quiet()
        await stage.control("slack/access", {"organisation": ORGANISATION, "teams": [NORTH]})
        await stage.delivered()
        withheld = await stage.engine.client.hget(keys.INSTALLS, "in:T0NORTH")
        south = await stage.writes(SAM, SOUTH_HELP, ORDER)
        others = await stage.answers(SOUTH_HELP, south)
        stage.clock.advance(2)
        await stage.control("slack/access", {"organisation": ORGANISATION, "teams": [NORTH], "granted": True})
        await stage.delivered()
        again = await stage.writes(NORA, NORTH_HELP, ORDER)
        answer = await stage.answers(NORTH_HELP, again)

    assert b'"revoked": 0' not in withheld
    assert others
    assert answer


async def test_events_of_an_unknown_install_are_dropped_counted_and_named(redis_url: str, tmp_path: Path) -> None:
    async with open_places(redis_url, tmp_path) as stage:
        await Browser(stage).installs(team=BRANCH)
        await stage.engine.client.hdel(keys.INSTALLS, "team:T0BRANCH")
        side_effects = await stage.engine.client.zcard(keys.ALL)
        stage.clock.advance(10)
        for _ in range(2):
            await stage.writes(BELLA, BRANCH_HELP, ORDER)
        await stage.delivered()
        await stage.quiet()
        metrics = (await stage.http.get(f"{stage.bot}/metrics")).text
        answered = await stage.engine.client.zcard(keys.ALL) - side_effects
        log = stage.log.getvalue()

    [count] = [
        line.split()[-1] for line in metrics.splitlines() if line.startswith("frontdesk_unknown_install_events_total")
    ]
    assert float(count) >= 2
    assert "slack.unknown_install" in log
    assert BRANCH in log
    assert answered == 0
    assert TEAM not in [line.rsplit("workspace=", 1)[-1] for line in log.splitlines() if "unknown_install" in line]


async def test_a_strangers_workspace_cannot_vouch_for_a_customers_address(redis_url: str, tmp_path: Path) -> None:
    eve = {"id": "U0EVE", "email": SARAHS, "more": {"is_email_confirmed": True}}
    place = {"team": "T0EVE", "name": "Eve", "people": [eve], "channels": [{"id": "C0EVE", "name": "help"}]}
    async with open_places(redis_url, tmp_path) as stage:
        await stage.control("slack/workspace", place)
        await Browser(stage).installs(team="T0EVE")
        hers = await stage.writes("U0EVE", "C0EVE", ORDER)
        sarahs = await stage.writes(SARAH, SARAH_DM, "Where is my order A1001?")
        told = str(await stage.answers("C0EVE", hers)), str(await stage.answers(SARAH_DM, sarahs))
        await stage.quiet()
        profiles = slack_side(stage.engine).channel
        assert profiles
        there = profiles.within(ConversationId.in_slack("T0EVE", "C0EVE", hers))
        claimed = await there.profile("slack:T0EVE:U0EVE")

    assert (claimed.email, claimed.confirmed, claimed.verified) == (SARAHS, True, False)
    assert ("UPS" in told[0], "UPS" in told[1]) == (False, True), told
