"""Brands and who works for them, custom statuses, and roles: what decides what the bot can see and do.

https://developer.zendesk.com/api-reference/ticketing/account-configuration/brand_agents/
https://developer.zendesk.com/api-reference/ticketing/tickets/custom_ticket_statuses/
https://developer.zendesk.com/api-reference/ticketing/account-configuration/custom_roles/
"""

from integrations.sandbox.core.wire import JSON, Answer
from integrations.sandbox.zendesk.call import Ask
from integrations.sandbox.zendesk.write import not_found


def list_brands(ask: Ask) -> Answer:
    """GET /brands"""
    return ask.page("brands", list(ask.desk.state.brands.values()), lambda brand: _with_url(ask, "brands", brand))


def list_brand_agents(ask: Ask) -> Answer:
    """GET /brand_agents, /users/{id}/brand_agents: one for each brand that a human agent works for."""
    found = [
        {"id": f"{user.id}-{brand}", "user_id": user.id, "brand_id": brand}
        for user in ask.desk.state.users.values()
        if user.staff
        for brand in (ask.desk.state.brands if user.brand_ids is None else user.brand_ids)
    ]
    if ask.ids:
        found = [each for each in found if str(each["user_id"]) == ask.ids[0]]
    return ask.page("brand_agents", found, lambda each: each)


def list_statuses(ask: Ask) -> Answer:
    """GET /custom_statuses: empty where the account does not use any."""
    found = list(ask.desk.state.custom_statuses.values())
    if ask.call.query.get("active") == "true":
        found = [status for status in found if status["active"]]
    return ask.answer({"custom_statuses": [_with_url(ask, "custom_statuses", status) for status in found]})


def list_roles(ask: Ask) -> Answer:
    """GET /custom_roles"""
    roles = list(ask.desk.state.roles.values())
    return ask.answer({"custom_roles": roles, "count": len(roles), "next_page": None, "previous_page": None})


def show_role(ask: Ask) -> Answer:
    """GET /custom_roles/{id}"""
    found = ask.desk.state.roles.get(int(ask.ids[0]))
    if found is None:
        raise not_found()
    return ask.answer({"custom_role": found})


def _with_url(ask: Ask, kind: str, shape: JSON) -> JSON:
    return {"url": f"{ask.base}/{kind}/{shape['id']}.json", **shape}
