"""Users and groups: https://developer.zendesk.com/api-reference/ticketing/users/users/"""

from typing import Any

from integrations.sandbox.core.wire import JSON, Answer, names
from integrations.sandbox.zendesk.call import Ask, ids_of
from integrations.sandbox.zendesk.desk import Desk
from integrations.sandbox.zendesk.shapes import group_json, identity_json, user_json
from integrations.sandbox.zendesk.state import DELETED, Group, Identity, ZendeskState, ZendeskUser
from integrations.sandbox.zendesk.text import clean_tags
from integrations.sandbox.zendesk.write import ZendeskError, invalid, not_found

USER = names(
    "agent_brand_ids alias custom_role_id default_group_id details email external_id identities locale locale_id "
    "moderator name notes only_private_comments organization organization_id phone photo remote_photo_url "
    "restricted_agent role shared_phone_number signature skip_verify_email suspended tags ticket_restriction "
    "time_zone user_fields verified"
)
GROUP = frozenset({"name", "description", "is_public"})
_OVER = {"closed", DELETED}
_TEXTS = ("alias", "details", "notes", "phone")


def find_user(state: ZendeskState, email: str = "", external_id: str = "") -> ZendeskUser | None:
    """The user with this e-mail address (case does not matter) or external id."""
    wanted = email.lower()
    for user in (each for each in state.users.values() if each.active):
        if external_id and user.external_id == external_id:
            return user
        if wanted and any(i.type == "email" and i.value.lower() == wanted for i in user.identities):
            return user
    return None


def new_user(
    desk: Desk, name: str, role: str, email: str | None, external_id: str | None, verified: bool
) -> ZendeskUser:
    """A new user; the e-mail counts as verified only if said so."""
    state, now = desk.state, desk.now()
    user = ZendeskUser(state.next_id(), name, role, now, now, external_id)
    if email:
        user.identities.append(Identity(state.next_id(), "email", email, verified))
    state.users[user.id] = user
    desk.world.changed()
    return user


def me(ask: Ask) -> Answer:
    """GET /users/me: whom the credentials act as."""
    return ask.answer({"user": user_json(ask.actor, ask.base)})


def show(ask: Ask) -> Answer:
    """GET /users/{id}"""
    return ask.answer({"user": user_json(ask.desk.user(ask.ids[0]), ask.base)})


def show_many(ask: Ask) -> Answer:
    """GET /users/show_many?ids= or external_ids="""
    state = ask.desk.state
    found = [state.users[i] for i in ids_of(ask.call.query.get("ids", "")) if i in state.users]
    wanted = {e for e in ask.call.query.get("external_ids", "").split(",") if e}
    found += [u for u in state.users.values() if u.external_id in wanted]
    return ask.page("users", found, lambda u: user_json(u, ask.base))


def search(ask: Ask) -> Answer:
    """GET /users/search: fuzzy, so callers must compare the e-mail themselves."""
    query = ask.call.query
    users = ask.desk.state.users.values()
    if "external_id" in query:
        found = [u for u in users if u.external_id == query["external_id"]]
    else:
        words = _words(query.get("query", ""))
        found = [u for u in users if any(_like(u, word) for word in words)]
    return ask.page("users", found, lambda u: user_json(u, ask.base))


def _words(query: str) -> list[str]:
    """What to look for: the terms without their field's names and quotes."""
    terms = query.lower().replace('"', "").split()
    words = [term.partition(":")[2] or term for term in terms]
    return [word for word in words if word != "user"]


def delete(ask: Ask) -> Answer:
    """DELETE /users/{id}: deactivated; 422 while tickets of theirs are not closed"""
    user = ask.desk.user(ask.ids[0])
    waiting = [t for t in ask.desk.state.tickets.values() if t.requester_id == user.id and t.status not in _OVER]
    if waiting or not user.active:
        raise invalid("base", f"User: is requester on {len(waiting)} tickets that are not closed")
    user.active = False
    ask.desk.world.changed()
    return ask.answer({"user": user_json(user, ask.base)})


def create_or_update(ask: Ask) -> Answer:
    """POST /users/create_or_update, by e-mail or external id."""
    wanted = ask.body("user", USER)
    known = _known(ask.desk.state, wanted)
    user = known or _made(ask, wanted)
    _apply(ask, user, wanted)
    return ask.answer({"user": user_json(user, ask.base)}, 200 if known else 201)


def _known(state: ZendeskState, wanted: JSON) -> ZendeskUser | None:
    """Who has this external id or else this e-mail; raises 422 where these are two people."""
    email = str(wanted.get("email") or "")
    external_id = str(wanted.get("external_id") or "")
    by_external = find_user(state, external_id=external_id) if external_id else None
    by_email = find_user(state, email=email) if email else None
    if by_external is None or by_email is None:
        return by_external or by_email
    if by_external is not by_email:
        raise _taken(email)
    return by_external


def _made(ask: Ask, wanted: JSON) -> ZendeskUser:
    if not wanted.get("name"):
        raise invalid("name", "Name: is too short (minimum one character)", "BlankValue")
    email = str(wanted.get("email") or "") or None
    external_id = str(wanted.get("external_id") or "") or None
    role = _role(wanted.get("role") or "end-user")
    return new_user(ask.desk, str(wanted["name"]), role, email, external_id, bool(wanted.get("verified")))


def update(ask: Ask) -> Answer:
    """PUT /users/{id}"""
    user = ask.desk.user(ask.ids[0])
    _apply(ask, user, ask.body("user", USER))
    return ask.answer({"user": user_json(user, ask.base)})


def identities(ask: Ask) -> Answer:
    """GET /users/{id}/identities: `verified` decides whether an address proves anything."""
    user = ask.desk.user(ask.ids[0])
    return ask.page("identities", user.identities, lambda i: identity_json(user, i, ask.base))


def groups(ask: Ask) -> Answer:
    """GET /groups and /groups/assignable"""
    hide = ask.call.path.endswith("assignable") or ask.call.query.get("exclude_deleted") == "true"
    found = [g for g in ask.desk.state.groups.values() if not (hide and g.deleted)]
    return ask.page("groups", found, lambda g: group_json(g, ask.base))


def group(ask: Ask) -> Answer:
    """GET /groups/{id}"""
    found = ask.desk.state.groups.get(int(ask.ids[0]))
    if found is None:
        raise not_found()
    return ask.answer({"group": group_json(found, ask.base)})


def create_group(ask: Ask) -> Answer:
    """POST /groups"""
    wanted = ask.body("group", GROUP)
    if not wanted.get("name"):
        raise invalid("name", "Name: cannot be blank", "BlankValue")
    state = ask.desk.state
    _check_name(ask, str(wanted["name"]))
    made = Group(state.next_id(), str(wanted["name"]), ask.desk.now(), description=str(wanted.get("description") or ""))
    state.groups[made.id] = made
    ask.desk.world.changed()
    return ask.answer({"group": group_json(made, ask.base)}, 201)


def change_group(ask: Ask) -> Answer:
    """PUT, DELETE /groups/{id}: a deleted one stays listed as such, and its tickets are in no group any more"""
    found = ask.desk.state.groups.get(int(ask.ids[0]))
    if found is None or found.deleted:
        raise not_found()
    if ask.call.method == "DELETE":
        found.deleted = True
        for ticket in ask.desk.state.tickets.values():
            if ticket.group_id == found.id:
                ticket.group_id = None
        ask.desk.world.changed()
        return Answer(204)
    wanted = ask.body("group", GROUP)
    found.name = str(wanted.get("name") or found.name)
    found.description = str(wanted.get("description", found.description) or "")
    ask.desk.world.changed()
    return ask.answer({"group": group_json(found, ask.base)})


def memberships(ask: Ask) -> Answer:
    """GET /groups/{id}/memberships"""
    group_id = int(ask.ids[0])
    found = [u for u in ask.desk.state.users.values() if u.staff and u.default_group_id == group_id]
    return ask.page("group_memberships", found, lambda u: {"id": u.id, "user_id": u.id, "group_id": group_id})


def _check_name(ask: Ask, name: str) -> None:
    if any(g.name.lower() == name.lower() and not g.deleted for g in ask.desk.state.groups.values()):
        raise invalid("name", "Name: has already been taken", "DuplicateValue")


def _apply(ask: Ask, user: ZendeskUser, wanted: JSON) -> None:
    if wanted.get("name"):
        user.name = str(wanted["name"])
    if wanted.get("external_id") is not None:
        user.external_id = str(wanted["external_id"]) or None
    if wanted.get("role"):
        user.role = _role(wanted["role"])
    if "suspended" in wanted:
        user.suspended = wanted["suspended"] is True
    if isinstance(wanted.get("tags"), list):
        user.tags = clean_tags(wanted["tags"])
    if isinstance(wanted.get("default_group_id"), int):
        user.default_group_id = wanted["default_group_id"]
    _apply_texts(user, wanted)
    _add_email(ask, user, str(wanted.get("email") or ""), bool(wanted.get("verified")))
    user.updated_at = ask.desk.now()
    ask.desk.world.changed()


def _apply_texts(user: ZendeskUser, wanted: JSON) -> None:
    for name in _TEXTS:
        if name in wanted:
            setattr(user, name, str(wanted[name] or ""))


def _add_email(ask: Ask, user: ZendeskUser, email: str, verified: bool) -> None:
    if not email or email.lower() in {i.value.lower() for i in user.identities}:
        return
    if find_user(ask.desk.state, email=email) is not None:
        raise _taken(email)
    primary = user.email is None
    user.identities.append(Identity(ask.desk.state.next_id(), "email", email, verified, primary))


def _taken(email: str) -> ZendeskError:
    return invalid("email", f"Email: {email} is already being used by another user", "DuplicateValue")


def _role(value: Any) -> str:
    if value not in {"end-user", "agent", "admin"}:
        raise invalid("role", f"Role: {value} is not included in list")
    return str(value)


def _like(user: ZendeskUser, word: str) -> bool:
    texts = [user.name, user.external_id or "", *(i.value for i in user.identities)]
    return any(word in text.lower() for text in texts)
