"""What `frontdesk doctor` looks at where many workspaces may install the app: what is set, and each installation."""

from collections.abc import Mapping, Sequence

from bot.domain.errors import PermanentFailure, SignedOut
from bot.domain.ports import Clock
from bot.runtime.connectors import CheckResult, Look
from integrations.slack.api.client import SlackApi, SlackSettings
from integrations.slack.checks import SLACK_SCOPES
from integrations.slack.installs.installation import Installation
from integrations.slack.installs.installations import Installations

INSTALL = "open /slack/install there once more"


def slips_of(named: Mapping[str, str]) -> Sequence[CheckResult]:
    """Return what is missing of the variables that installing needs, where one that nothing else needs is set.

    Args:
        named: their values by name.
    """
    missing = [name for name, value in named.items() if not value]
    if not (named["SLACK_CLIENT_ID"] or named["SLACK_CLIENT_SECRET"]) or not missing:
        return ()
    mend = f"set {', '.join(missing)}" + ("; frontdesk secret new" if "FRONTDESK_SECRET_KEY" in missing else "")
    return [CheckResult("SLACK_CLIENT_ID", "nobody can install the app: /slack/install is closed", mend)]


def look_at_installs(installations: Installations, settings: SlackSettings, clock: Clock) -> Look:
    """Return the look at every installation: its token, its scopes, and whether its key may go."""

    async def look() -> Sequence[CheckResult]:
        found = await installations.all()
        if not found:
            nobody = "no workspace has installed the app yet"
            return [CheckResult("Slack workspaces", nobody, "open /slack/install", warns=True)]
        lines = [await _line(name, each, settings, clock) for name, each in found.items()]
        if old := await installations.sealed_with_old_key():
            why = f"{old} installation(s) are still encrypted with an older key"
            lines.append(CheckResult("FRONTDESK_SECRET_KEY", why, "keep both keys until a worker ran", warns=True))
        return lines

    return look


async def _line(name: str, installation: Installation | None, settings: SlackSettings, clock: Clock) -> CheckResult:
    if installation is None:
        mend = f"set the key that it was installed with, or {INSTALL}"
        return CheckResult(f"Slack installation {name}", "FRONTDESK_SECRET_KEY does not open it", mend)
    who = f"Slack: {installation.name or name} ({installation.team or installation.organisation})"
    api = SlackApi(settings.signed_with(installation.token), clock)
    try:
        _, scopes = await api.headers_of_test()
    except (PermanentFailure, SignedOut) as error:
        return CheckResult(who, f"Slack refuses its token ({error})", INSTALL)
    finally:
        await api.close()
    granted = {scope.strip() for scope in scopes.split(",") if scope.strip()}
    missing = sorted(SLACK_SCOPES.keys() - granted) if granted else []
    return CheckResult(who, f"{', '.join(missing)} is missing", INSTALL) if missing else CheckResult(who)
