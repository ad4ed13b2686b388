"""Who may do what: administrators all of it, other human agents what their role allows.

https://developer.zendesk.com/api-reference/ticketing/account-configuration/custom_roles/#configuration
"""

from integrations.sandbox.core.wire import JSON
from integrations.sandbox.zendesk.state import ZendeskState, ZendeskUser
from integrations.sandbox.zendesk.write import ZendeskError

_ADMINS_ONLY = frozenset({"webhooks", "brand_agents", "incremental"})
_WRITTEN_BY: dict[str, tuple[str, object]] = {
    "triggers": ("manage_triggers", True),
    "groups": ("manage_groups", True),
    "ticket_fields": ("manage_ticket_fields", True),
    "macros": ("macro_access", "full"),
    "views": ("view_access", "full"),
}
"""What a role must say for its people to change what all share."""


def check_permission(state: ZendeskState, user: ZendeskUser, method: str, route: str) -> None:
    """Raise 403 for what the user's role does not allow."""
    resource = "brand_agents" if route.endswith("/brand_agents") else route.partition("/")[0]
    if user.role == "admin" or not user.staff:
        return
    if resource in _ADMINS_ONLY:
        raise _forbidden()
    if method != "GET" and resource in _WRITTEN_BY:
        name, value = _WRITTEN_BY[resource]
        if _configuration(state, user).get(name) != value:
            raise _forbidden()


def _configuration(state: ZendeskState, user: ZendeskUser) -> JSON:
    role = state.roles.get(user.custom_role_id or 0) or {}
    return dict(role.get("configuration") or {})


def _forbidden() -> ZendeskError:
    text = "You do not have access to this page. Please contact the account owner of this help desk for further help."
    return ZendeskError(403, {"error": {"title": "Forbidden", "message": text}})
