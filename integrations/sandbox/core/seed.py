"""The seeded world: one store, its two customers, their colleagues, one partner company."""

from integrations.sandbox.core.clock import iso
from integrations.sandbox.core.wire import JSON
from integrations.sandbox.slack.state import BOT_USER, TEAM_ID, Channel, SlackState, SlackUser
from integrations.sandbox.zendesk.state import Group, Identity, ZendeskState, ZendeskUser

PARTNER_TEAM = "T0PARTNER"
BOT_ZENDESK_ID = 1001

_USERS = (
    SlackUser(BOT_USER, "frontdesk", "Frontdesk", is_bot=True),
    SlackUser("U0SARAH", "sarah", "Sarah Chen", email="sarah.chen@example.com"),
    SlackUser("U0MARCUS", "marcus", "Marcus Johnson", email="marcus.johnson@example.com"),
    SlackUser("U0DANA", "dana", "Dana Reyes", email="dana@acme.example"),
    SlackUser("U0OLEG", "oleg", "Oleg Petrov", email="oleg@guest.example", is_restricted=True),
    SlackUser("U0EXT", "erin", "Erin Ext", team_id=PARTNER_TEAM, email="erin@partner.example"),
)
_STAFF = (
    (BOT_ZENDESK_ID, "Frontdesk Bot", "bot@acme.example", ""),
    (1002, "Dana Reyes", "dana@acme.example", "Dana"),
    (1003, "Lee Park", "lee@acme.example", ""),
)
_CUSTOMERS = (
    (2001, "Sarah Chen", "sarah.chen@example.com"),
    (2002, "Marcus Johnson", "marcus.johnson@example.com"),
)
_GROUPS = ("Support", "Billing", "Technical", "Shipping", "Escalations")
# title, body, draft, user segment (None: everybody may read it)
_ARTICLES: tuple[tuple[str, str, bool, int | None], ...] = (
    (
        "Refunds and returns",
        "Unused items can be refunded within 30 days. Ask under Orders &gt; Request Refund; "
        "a refund is processed in 5-7 business days.",
        False,
        None,
    ),
    (
        "Shipping times",
        "Standard shipping takes 5-7 business days, express 1-2 for 12.99 USD more, international 10-14. "
        "Customs are the customer's.",
        False,
        None,
    ),
    ("Reset your password", "The reset link arrives within 2 minutes.", False, None),
    ("Payment methods", "We take Visa, Mastercard, Amex, PayPal and Apple Pay.", False, None),
    ("Black Friday policy", "Draft: refunds within 60 days during November.", True, None),
    ("Agents: goodwill credits", "Internal: offer up to 50 USD without asking.", False, 360001),
)

_NOTIFICATIONS: tuple[tuple[int, str, list[JSON], str], ...] = (
    (
        9001,
        "Notify requester of received request",
        [{"field": "update_type", "operator": "is", "value": "Create"}],
        "Your request ({{ticket.id}}) has been received.",
    ),
    (
        9002,
        "Notify requester of comment update",
        [
            {"field": "update_type", "operator": "is", "value": "Change"},
            {"field": "comment_is_public", "operator": "is", "value": "requester_can_see_comment"},
            {"field": "role", "operator": "is", "value": "agent"},
        ],
        "{{ticket.latest_public_comment}}",
    ),
)


def triage_channel() -> Channel:
    """Where colleagues work on drafts and escalations; workspaces of 0.2.0 lack it."""
    return Channel("C0TRIAGE", "triage", "channel", ["U0DANA", BOT_USER])


def seeded_slack(now: float) -> SlackState:
    """The workspace before anybody wrote, as of `now` (seconds since the epoch)."""
    # Ids grow with the time of seeding: a bot that remembers an older world never takes new for known.
    state = SlackState(last_id=int(now) << 8)
    state.users = {u.id: SlackUser(u.id, u.name, u.real_name, u.team_id, u.email, u.is_bot, u.is_restricted)
                   for u in _USERS}  # fmt: skip
    channels = (
        Channel("D0SARAH", "", "im", ["U0SARAH", BOT_USER]),
        Channel("D0MARCUS", "", "im", ["U0MARCUS", BOT_USER]),
        Channel("C0HELP", "help", "channel", ["U0SARAH", "U0MARCUS", "U0DANA", BOT_USER]),
        Channel(
            "C0SHARED",
            "partner-help",
            "channel",
            ["U0EXT", "U0SARAH", BOT_USER],
            is_ext_shared=True,
            connected_team_ids=[TEAM_ID, PARTNER_TEAM],
        ),
        Channel("C0APPROVE", "approvals", "channel", ["U0DANA", BOT_USER]),
        triage_channel(),
    )
    state.channels = {c.id: c for c in channels}
    return state


def seeded_zendesk(now: float) -> ZendeskState:
    """The account before the first ticket, as of `now` (seconds since the epoch)."""
    created = iso(now - 365 * 86_400)
    state = ZendeskState(bot_id=BOT_ZENDESK_ID, last_id=int(now) * 100)
    for number, name in enumerate(_GROUPS, 5001):
        state.groups[number] = Group(number, name, created)
    for user_id, name, email, alias in _STAFF:
        role = "admin" if user_id == BOT_ZENDESK_ID else "agent"
        state.users[user_id] = _user(state, user_id, name, email, created, role, alias)
    for user_id, name, email in _CUSTOMERS:
        state.users[user_id] = _user(state, user_id, name, email, created, "end-user", "")
    for number, title in enumerate(("Subject", "Description", "Status", "Priority", "Group", "Assignee"), 3001):
        state.ticket_fields[number] = {
            "id": number,
            "type": title.lower(),
            "title": title,
            "raw_title": title,
            "active": True,
            "removable": False,
            "created_at": created,
            "updated_at": created,
        }
    for number, (title, body, draft, segment) in enumerate(_ARTICLES, 8001):
        state.articles[number] = _article(number, title, body, draft, segment, created)
    state.brands[2001] = {"id": 2001, "name": "Acme", "active": True, "default": True, "is_deleted": False}
    for number, title, conditions, text in _NOTIFICATIONS:
        state.triggers[number] = _notification_trigger(number, title, conditions, text, created)
    return state


def _user(state: ZendeskState, user_id: int, name: str, email: str, created: str, role: str, alias: str) -> ZendeskUser:
    identity = Identity(state.next_id(), "email", email, verified=True)
    group = None if role == "end-user" else 5001
    return ZendeskUser(
        user_id, name, role, created, created, alias=alias, identities=[identity], default_group_id=group
    )


def _article(number: int, title: str, body: str, draft: bool, segment: int | None, created: str) -> JSON:
    return {
        "id": number,
        "title": title,
        "name": title,
        "body": f"<p>{body}</p>",
        "locale": "en-us",
        "source_locale": "en-us",
        "label_names": [],
        "section_id": 7001,
        "permission_group_id": 6002,
        "user_segment_id": segment,
        "draft": draft,
        "outdated": False,
        "vote_sum": 0,
        "created_at": created,
        "updated_at": created,
        "edited_at": created,
    }


def _notification_trigger(number: int, title: str, conditions: list[JSON], text: str, created: str) -> JSON:
    """What every new account has: it mails the requester, of Slack-born tickets too."""
    return {
        "id": number,
        "title": title,
        "raw_title": title,
        "active": True,
        "position": number - 9000,
        "category_id": "10026",
        "default": True,
        "description": None,
        "conditions": {"all": conditions, "any": []},
        "actions": [
            {"field": "notification_user", "value": ["requester_id", "[Request {{ticket.id}}] {{ticket.title}}", text]}
        ],
        "created_at": created,
        "updated_at": created,
    }
