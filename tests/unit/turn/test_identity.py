"""Whose address may stand for a person, and who shares what with whom."""

from pathlib import Path
from typing import Any, cast

import pytest

from bot.desk import load_desk
from bot.desk.database import Database
from bot.desks.store.data import order_of
from bot.domain.events import Author, CustomerMessage
from bot.domain.ids import AuthorId, ConversationId
from bot.domain.ports import Channel, Profile
from bot.runtime.author_directory import AuthorDirectory
from integrations.slack.outbound.profiles import profile_of, teams_of
from tests.doubles.clock import ManualClock

ERIN = "slack:T0PARTNER:U0EXT"
DOMAINS = {"Partner.example": "T0PARTNER"}


class Slack:
    """Answers with one user, as users.info has it."""

    def __init__(self, **user: Any) -> None:
        self._user = {"id": "U0EXT", "team_id": "T0PARTNER", "is_email_confirmed": True, **user}

    def within(self, _conversation: str, _place: str) -> "Slack":
        return self

    async def profile(self, author_id: str) -> Profile:
        email = self._user.get("email", "erin@partner.example")
        return profile_of(author_id, {**self._user, "profile": {"real_name": "Erin", "email": email}}, "T0FRONTDSK")


async def erin(domains: dict[str, str], author: str = ERIN, **user: Any) -> Profile:
    authors = AuthorDirectory(cast("Database", None), {"slack": cast("Channel", Slack(**user))}, domains)
    return await authors.profile(
        CustomerMessage("m1", ConversationId("slack:T0FRONTDSK:C1:1.0"), Author(AuthorId(author)))
    )


async def test_a_connected_workspace_speaks_for_the_domain_that_is_mapped_to_it() -> None:
    profile = await erin(DOMAINS)
    assert profile.verified
    assert not profile.is_member


@pytest.mark.parametrize(
    ("domains", "user"),
    [
        ({}, {}),
        ({"partner.example": "T0OTHER"}, {}),
        (DOMAINS, {"email": "marcus.johnson@example.com"}),
        (DOMAINS, {"email": "erin@evil-partner.example"}),
        (DOMAINS, {"is_email_confirmed": False}),
        (DOMAINS, {"is_email_confirmed": None}),
        (DOMAINS, {"is_restricted": True}),
        (DOMAINS, {"is_stranger": True}),
        (DOMAINS, {"deleted": True}),
        (DOMAINS, {"team_id": "T0OTHER"}),
        (DOMAINS, {"email": ""}),
    ],
)
async def test_nobody_else_is_taken_at_their_word(domains: dict[str, str], user: dict[str, Any]) -> None:
    assert not (await erin(domains, **user)).verified


async def test_people_of_one_organisation_share_its_orders_and_nobody_else_does(tmp_path: Path) -> None:
    desk, url = load_desk("store"), f"sqlite+aiosqlite:///{tmp_path / 'desk.db'}"
    together = {"Johnson & Chen": ("cust_001", "Marcus.Johnson@example.com", "cust_404")}
    for organisations, seen in ((together, True), ({}, False), ({"Chen": ("cust_001",)}, False)):
        data = await Database.open(url, desk, ManualClock(), organisations)
        sarah = await data.customer_by_email("sarah.chen@example.com")
        assert sarah is not None
        async with data.session() as session:
            assert (await order_of(session, sarah, "A1002") is not None) is seen
        await data.close()


@pytest.mark.parametrize(
    ("channel", "teams"),
    [
        ({}, set()),
        ({"is_ext_shared": True, "connected_team_ids": ["T1", "T2"]}, {"T1", "T2"}),
        ({"is_ext_shared": True}, {"unknown"}),
        ({"is_pending_ext_shared": True, "pending_connected_team_ids": ["T3"]}, {"T3"}),
    ],
)
def test_a_channel_names_the_workspaces_that_read_it(channel: dict[str, Any], teams: set[str]) -> None:
    assert teams_of(channel) == teams
