"""What an administrator should know and would not see in Zendesk, each with what to grant or to change. Pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from bot.runtime.connectors import CheckResult
from integrations.zendesk.inbound.parse import TICKET
from integrations.zendesk.outbound.helpdesk import required_to_solve
from integrations.zendesk.outbound.triggers import SLACK_TAG, mails_requester
from integrations.zendesk.setup.found import Found
from integrations.zendesk.setup.plan import webhook_of
from integrations.zendesk.setup.wanted import EVENTS, Json, Kind, Piece, mark_of

_GRANTS: Mapping[Kind, tuple[str, object, str]] = {
    "trigger": ("manage_triggers", True, "triggers"),
    "group": ("manage_groups", True, "groups"),
    "macro": ("macro_access", "full", "shared macros"),
    "view": ("view_access", "full", "shared views"),
}
"""What a custom role says who may change each kind, and how Admin Center calls that.
https://developer.zendesk.com/api-reference/ticketing/account-configuration/custom_roles/"""

BY_TRIGGERS = "conditional_ticket_events"
"""What a webhook is subscribed to that triggers drive; which of them there are, it does not tell."""

_ALL_OF_IT = frozenset({"write", "*"})


def account_cautions(found: Found) -> list[CheckResult]:
    """Return what may go wrong with tickets: required fields, brands, custom statuses, replies that nobody mails."""
    return [*field_cautions(found), *place_cautions(found)]


def place_cautions(found: Found) -> list[CheckResult]:
    """The same without the fields."""
    return [*_brands(found), *_statuses(found), *_replies(found)]


def field_cautions(found: Found) -> Iterator[CheckResult]:
    """Yield the fields without which a ticket cannot be solved."""
    mend = "tickets that are thanked for stay pending: give it a default, or take “Required to solve” off"
    for name in required_to_solve(found.fields or ()):
        what = f"“{name}” is required to solve a ticket, and Frontdesk does not fill it in"
        yield CheckResult("Zendesk fields", what, mend, warns=True)


def webhook_cautions(found: Found, piece: Piece) -> Iterator[CheckResult]:
    """Yield what a webhook that somebody made by hand does not tell us; ours is repaired."""
    webhook = webhook_of(found, piece)
    if webhook is None or mark_of(webhook):
        return
    name = f"“{webhook.get('name')}” sends to Frontdesk and was made by hand"
    heard = set(map(str, webhook.get("subscriptions") or ()))
    missing = [event for event in EVENTS if f"{TICKET}{event}" not in heard]
    mend = "change it under Admin Center > Apps and integrations > Webhooks, or delete it and run the setup again"
    if webhook.get("status") != "active":
        yield CheckResult("Zendesk webhook", f"{name}, and is not active", mend, warns=True)
    elif missing and BY_TRIGGERS not in heard:
        what = f"{name}, without the events {', '.join(missing)}"
        yield CheckResult("Zendesk webhook", what, mend, warns=True)


def permission_cautions(found: Found, kinds: Collection[Kind]) -> Iterator[CheckResult]:
    """Yield what the credentials will not be allowed to do.

    Args:
        kinds: of the changes that are to be made.
    """
    if found.lists.get("webhook") is None and "webhook" not in found.too_long:
        yield CheckResult(
            "Zendesk webhook",
            "these credentials may neither see nor make webhooks",
            "only administrators may: make the OAuth client signed in as one (its tokens act as who made it)",
            warns=True,
        )
    yield from token_cautions(found)
    yield from _unseen(found)
    yield from _not_allowed(found, kinds)


def token_cautions(found: Found) -> Iterator[CheckResult]:
    """Yield what the token's scopes do not allow; tickets are written too."""
    if found.scopes is not None and not found.scopes & _ALL_OF_IT:
        has = " ".join(sorted(found.scopes)) or "none"
        mend = "give the OAuth client the scopes read and write"
        yield CheckResult("Zendesk token", f"its scopes ({has}) do not allow to write", mend, warns=True)


def _unseen(found: Found) -> Iterator[CheckResult]:
    for kind in sorted(found.too_long):
        mend = f"delete {kind}s that nobody needs, or make ours by hand"
        what = f"there are more {kind}s than a setup reads, so none of them is made, repaired or removed"
        yield CheckResult(f"Zendesk {kind}s", what, mend, warns=True)
    for kind in ("trigger", "macro", "view", "group"):
        if kind not in found.too_long and found.lists.get(kind) is None:
            mend = "use an administrator's credentials, with the scopes read and write"
            yield CheckResult(f"Zendesk {kind}s", f"these credentials may not see {kind}s", mend, warns=True)


def _not_allowed(found: Found, kinds: Collection[Kind]) -> Iterator[CheckResult]:
    if found.is_admin:
        return
    role = found.role or {}
    for kind, (name, value, words) in _GRANTS.items():
        if kind in kinds and role.get(name) != value:
            mend = f"give its role the permission to manage {words}, or use an administrator's credentials"
            yield CheckResult(
                f"Zendesk {kind}s", f"the user of these credentials may not manage {words}", mend, warns=True
            )


def _brands(found: Found) -> Iterator[CheckResult]:
    brands = [brand for brand in found.brands or () if brand.get("active", True) and not brand.get("is_deleted")]
    if not found.own_brands:  # not seen, or nobody's by name: then all agents work for all of them
        yield from _unknown_brands([str(brand.get("name")) for brand in brands])
        return
    for brand in brands:
        if brand.get("id") not in found.own_brands:
            what = f"the bot does not see tickets of “{brand.get('name')}”"
            mend = "make its user a member under Admin Center > Account > Brand management, if it shall answer there"
            yield CheckResult("Zendesk brands", what, mend, warns=True)


def _unknown_brands(names: Sequence[str]) -> Iterator[CheckResult]:
    if len(names) > 1:
        what = f"these credentials do not tell whether the bot works for all of them: {', '.join(names)}"
        yield CheckResult("Zendesk brands", what, "see that its user is a member of each brand", warns=True)


def _statuses(found: Found) -> Iterator[CheckResult]:
    names = [
        str(status.get("agent_label"))
        for status in found.statuses or ()
        if status.get("active", True) and not status.get("default")
    ]
    if names:
        what = f"the account has own statuses ({', '.join(names)}); Frontdesk sets the default of each category"
        mend = "let rules and views look at the category, not at one of these, for tickets of the bot"
        yield CheckResult("Zendesk statuses", what, mend, warns=True)


def _replies(found: Found) -> Iterator[CheckResult]:
    triggers = found.lists.get("trigger")
    if triggers is None or any(_mails_replies(trigger) for trigger in triggers):
        return
    mend = "switch on the trigger “Notify requester and CCs of comment update” (is updated, comment is public)"
    yield CheckResult("Zendesk replies", "no trigger mails the bot's replies to customers", mend, warns=True)


def _mails_replies(trigger: Json) -> bool:
    """Return whether an active trigger tells the requester of an agent's public comment on an existing ticket."""
    if trigger.get("active") is not True or not mails_requester(trigger):
        return False
    conditions = (trigger.get("conditions") or {}).get("all") or ()
    return all(_holds_for_a_reply(condition) for condition in conditions)


def _holds_for_a_reply(condition: Mapping[str, Any]) -> bool:
    """Return whether a condition can hold for the bot's reply; what is not known is taken to hold."""
    field, is_negated = condition.get("field"), condition.get("operator") == "is_not"
    value = str(condition.get("value")).lower()
    match field:
        case "update_type":
            holds = value == "change"
        case "role":
            holds = value != "end_user"
        case "comment_is_public":
            holds = value in {"true", "not_relevant", "requester_can_see_comment", "requester_can_see"}
        case "current_tags" if condition.get("operator") == "includes":
            holds = _are_tags_of_ours(value)
        case _:
            return True
    return holds is not is_negated


def _are_tags_of_ours(value: str) -> bool:
    """A tag that Slack-born tickets alone have is none of an e-mail's."""
    return bool(set(value.split()) - {SLACK_TAG})


def grant_for(kind: Kind) -> str:
    """Return what to grant where a change of this kind is refused."""
    return f"{_granted(kind)}; a token needs the scopes read and write"


def _granted(kind: Kind) -> str:
    if kind not in _GRANTS:
        return "use an administrator's credentials"
    return f"use an administrator's credentials, or a role that may manage {_GRANTS[kind][2]}"
