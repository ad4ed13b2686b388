"""Whose token a call is signed with: an installation's own stays its own while that of the settings may be changed."""

import pytest

from integrations.slack.api.client import SlackApi, SlackSettings
from tests.doubles.clock import ManualClock


@pytest.mark.parametrize("own", ["xoxb-installed", ""])
async def test_an_installations_token_is_not_that_of_the_settings_file(own: str) -> None:
    held = SlackSettings("xoxb-home", current_token=lambda: "xoxb-renewed")

    of_home, of_install = SlackApi(held, ManualClock()), SlackApi(held.signed_with(own), ManualClock())

    assert (await of_home.tokens.current(), await of_install.tokens.current()) == ("xoxb-renewed", own)
