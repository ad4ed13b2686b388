"""What `frontdesk doctor` looks at in Zendesk: user, groups, webhook, triggers and the fields that solving asks for."""

from collections.abc import Callable, Sequence
from typing import Protocol
from urllib.parse import urlsplit

from bot.domain.errors import PermanentFailure
from bot.runtime.connectors import CheckResult, Look

WEBHOOK_PATH = "/zendesk/webhook"


class ZendeskUser(Protocol):
    """The user whom Zendesk's credentials act as."""

    @property
    def name(self) -> str: ...
    @property
    def role(self) -> str: ...


class ZendeskTrigger(Protocol):
    """A trigger that would mail the requester of a ticket that began in Slack."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...


class Zendesk(Protocol):
    """What is asked of Zendesk."""

    async def whoami(self) -> ZendeskUser: ...
    async def group_id(self, name: str) -> str: ...
    async def triggers(self) -> Sequence[ZendeskTrigger]: ...
    async def webhooks(self) -> Sequence[str]: ...
    async def fields_to_solve(self) -> Sequence[str]: ...


def look_at_zendesk(zendesk: Zendesk, groups_of: Callable[[], Sequence[str]]) -> Sequence[tuple[str, Look]]:
    """Return the looks at the token and its user, the desk's groups, the webhook and the triggers.

    Args:
        groups_of: returns the names of the groups the desk needs, once it was loaded.
    """

    async def user() -> Sequence[CheckResult]:
        me = await zendesk.whoami()
        return [CheckResult(f"Zendesk: {me.name or 'the bot'} ({me.role})")]

    async def desk_groups() -> Sequence[CheckResult]:
        groups = groups_of()
        missing = [name for name in groups if not await zendesk.group_id(name)]
        if not missing:
            return [CheckResult(f"Zendesk groups: {', '.join(groups) or 'none needed'}")]
        mend = "run `frontdesk zendesk setup`, which makes what is missing, or change `groups` in desk.yml"
        return [CheckResult("Zendesk groups", f"there is no group {', '.join(missing)}", mend)]

    async def webhook() -> Sequence[CheckResult]:
        try:
            ours = [url for url in await zendesk.webhooks() if urlsplit(url).path.endswith(WEBHOOK_PATH)]
        except PermanentFailure:
            mend = "look yourself under Admin Center > Apps and integrations > Webhooks, or use an admin's credentials"
            return [CheckResult("Zendesk webhook", "only admins may list webhooks", mend)]
        mend = f"run `frontdesk zendesk setup`, which makes one to FRONTDESK_PUBLIC_URL{WEBHOOK_PATH}"
        return [CheckResult(f"Zendesk webhook: {url}") for url in ours] or [
            CheckResult("Zendesk webhook", "no active webhook sends to Frontdesk", mend)
        ]

    async def triggers() -> Sequence[CheckResult]:
        mend = "run `frontdesk zendesk setup`, or add the condition: Tags contains none of frontdesk_slack"
        found = [f"“{trigger.title}” ({trigger.id})" for trigger in await zendesk.triggers()]
        if not found:
            return [CheckResult("Zendesk triggers: none mails customers of Slack-born tickets")]
        verb = "mails" if len(found) == 1 else "mail"
        return [CheckResult("Zendesk triggers", f"{', '.join(found)} {verb} customers of Slack-born tickets", mend)]

    async def fields() -> Sequence[CheckResult]:
        try:
            names = await zendesk.fields_to_solve()
        except PermanentFailure:
            return [CheckResult("Zendesk fields: these credentials may not read which are required")]
        mend = "tickets that are thanked for stay pending: give it a default, or take “Required to solve” off"
        return [
            CheckResult(
                "Zendesk fields", f"“{name}” is required to solve a ticket, and Frontdesk does not fill it in", mend
            )
            for name in names
        ] or [CheckResult("Zendesk fields: none is required to solve a ticket")]

    return [
        ("Zendesk", user),
        ("Zendesk groups", desk_groups),
        ("Zendesk webhook", webhook),
        ("Zendesk triggers", triggers),
        ("Zendesk fields", fields),
    ]
