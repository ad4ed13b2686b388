"""What an administrator changes by hand: the bot's role and brands, further brands and statuses."""

from integrations.sandbox.core.wire import JSON
from integrations.sandbox.slack.people import Misuse
from integrations.sandbox.zendesk.account.macros import use
from integrations.sandbox.zendesk.desk import Desk

_ROLE = 6001


def change(desk: Desk, wanted: JSON) -> JSON:
    """Set what is given: `role` and `permissions` of the bot, a `brand` that it works for or not, a `status`."""
    if "role" in wanted:
        _set_role(desk, str(wanted["role"]), dict(wanted.get("permissions") or {}))
    if "brand" in wanted:
        _add_brand(desk, str(wanted["brand"]), for_bot=wanted.get("for_bot", True) is not False)
    if "status" in wanted:
        _add_status(desk, str(wanted["status"]), str(wanted.get("category") or "open"))
    desk.world.changed()
    return {}


def use_macro(desk: Desk, wanted: JSON) -> JSON:
    """A human agent applies a macro to a ticket."""
    use(desk, wanted.get("macro_id"), wanted.get("ticket_id"), desk.user(wanted.get("actor_id")))
    return {}


def _set_role(desk: Desk, role: str, permissions: JSON) -> None:
    if role not in {"admin", "agent"}:
        raise Misuse("role is admin or agent")
    state = desk.state
    bot = state.users[state.bot_id]
    bot.role, bot.custom_role_id = role, None
    if permissions:
        state.roles[_ROLE] = {"id": _ROLE, "name": "Custom", "description": "", "configuration": permissions}
        bot.custom_role_id = _ROLE


def _add_brand(desk: Desk, name: str, *, for_bot: bool) -> None:
    state, number = desk.state, desk.state.next_id()
    bot = state.users[state.bot_id]
    before = list(state.brands) if bot.brand_ids is None else bot.brand_ids
    bot.brand_ids = [*before, number] if for_bot else before
    state.brands[number] = {"id": number, "name": name, "active": True, "default": False, "is_deleted": False}


def _add_status(desk: Desk, label: str, category: str) -> None:
    number = desk.state.next_id()
    desk.state.custom_statuses[number] = {
        "id": number, "status_category": category, "agent_label": label, "end_user_label": label, "active": True,
        "default": False, "description": "", "end_user_description": "", "created_at": desk.now(),
        "updated_at": desk.now(),
    }  # fmt: skip
