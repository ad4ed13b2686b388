"""Which token is good for which workspace: the first one's from the start, others' once the app was installed there."""

from dataclasses import replace

from integrations.sandbox.slack.call import Slack, SlackError


def signed_in(slack: Slack, token: str, team: str = "") -> Slack:
    """The workspace as the token's owner acts on it; raises what Slack says to a token that is none.

    Args:
        team: which workspace an organisation's token is meant for, where the call says so.
    """
    if token == slack.world.options.slack_token:
        return slack
    install = slack.world.slack.installs.get(token)
    if install is None:
        raise SlackError("invalid_auth")
    if install.revoked:
        raise SlackError("token_revoked" if install.revoked == "tokens" else "account_inactive")
    return replace(slack, team=install.team or team, organisation="" if install.team else install.organisation)
