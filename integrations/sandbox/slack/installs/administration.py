"""What administrators do with further workspaces: make them, remove the app, revoke its token, give and take access."""

from integrations.sandbox.core.wire import JSON
from integrations.sandbox.slack.call import Slack
from integrations.sandbox.slack.people import Misuse
from integrations.sandbox.slack.state import BOT_USER, AppInstall, Channel, SlackUser, Workspace


def add_workspace(slack: Slack, wanted: JSON) -> JSON:
    """A company has another workspace: `people` and `channels` in it, with the bot once it is installed and invited."""
    state = slack.world.slack
    team = str(wanted["team"])
    if team in state.workspaces:
        raise Misuse("there is such a workspace")
    state.workspaces[team] = Workspace(team, str(wanted.get("name") or team), str(wanted.get("organisation") or ""))
    people = [SlackUser(**{"name": "somebody", "real_name": "Some Body", **each, "team_id": team})
              for each in wanted.get("people") or ()]  # fmt: skip
    state.users |= {person.id: person for person in people}
    for each in wanted.get("channels") or ():
        members = [person.id for person in people] + [BOT_USER]
        state.channels[each["id"]] = Channel(each["id"], str(each.get("name")), "channel", members, team_id=team)
    slack.world.changed()
    return {"team": team}


def remove_app(slack: Slack, wanted: JSON) -> JSON:
    """https://docs.slack.dev/reference/events/app_uninstalled, with tokens_revoked before or after it."""
    install = _install(slack, wanted)
    install.revoked = "app"
    kinds: list[JSON] = [{"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [BOT_USER]}}]
    kinds.append({"type": "app_uninstalled"})
    slack.world.random.shuffle(kinds)
    for event in kinds:
        slack.events.tell(event, install, str(wanted.get("seen_from") or ""))
    slack.world.changed()
    return {}


def revoke_token(slack: Slack, wanted: JSON) -> JSON:
    """https://docs.slack.dev/reference/events/tokens_revoked alone: the app itself stays."""
    install = _install(slack, wanted)
    install.revoked = "tokens"
    event: JSON = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [BOT_USER]}}
    slack.events.tell(event, install, str(wanted.get("seen_from") or ""))
    slack.world.changed()
    return {}


def change_access(slack: Slack, wanted: JSON) -> JSON:
    """https://docs.slack.dev/reference/events/team_access_revoked, or its opposite where `granted` says so."""
    install = _install(slack, wanted)
    teams = [str(team) for team in wanted.get("teams") or ()]
    granted = bool(wanted.get("granted"))
    kept = [team for team in slack.world.slack.withheld if team not in teams]
    slack.world.slack.withheld = kept if granted else [*kept, *teams]
    kind = "team_access_granted" if granted else "team_access_revoked"
    slack.events.tell({"type": kind, "team_ids": teams}, install)
    slack.world.changed()
    return {}


def _install(slack: Slack, wanted: JSON) -> AppInstall:
    """The newest living installation of a `team`, or of a whole `organisation`."""
    team, organisation = str(wanted.get("team") or ""), str(wanted.get("organisation") or "")
    for install in reversed(slack.world.slack.installs.values()):
        is_same = install.team == team if team else not install.team and install.organisation == organisation
        if is_same and not install.revoked:
            return install
    raise Misuse("the app is not installed there")
