"""The whole state as the page reads it: ``GET /_sandbox/state``."""

from typing import Any

from integrations.sandbox.core.wire import JSON
from integrations.sandbox.core.world import World
from integrations.sandbox.slack.call import SESSION_SECONDS
from integrations.sandbox.slack.shapes import message_json
from integrations.sandbox.slack.state import TEAM_ID, TEAM_NAME, Channel, Message, SlackUser, Workspace
from integrations.sandbox.zendesk.shapes import attachment_json
from integrations.sandbox.zendesk.state import Comment, Ticket


def state_json(world: World) -> JSON:
    """Everything shown, in one object."""
    return {
        "version": world.state.version,
        "slack": _slack(world),
        "zendesk": _zendesk(world),
        "notes": world.state.notes,
    }


def _slack(world: World) -> JSON:
    slack = world.slack
    messages = sorted((m for by_ts in slack.messages.values() for m in by_ts.values()), key=lambda m: m.ts)
    return {
        "team": {"id": TEAM_ID, "name": TEAM_NAME},
        "workspaces": [_workspace(world, each) for each in slack.workspaces.values()],
        "users": [_user(u) for u in slack.users.values()],
        "channels": [_channel(c) for c in slack.channels.values()],
        "messages": [_message(world, m) for m in messages],
        "statuses": _by_thread(slack.statuses),
        "sessions": _by_thread({key: _session(world, key) for key in slack.sessions}),
        "prompts": slack.prompts,
        "homes": slack.homes,
        "modals": [
            {"view_id": view_id, "user": modal.user, "view": slack.views[view_id], "errors": modal.errors}
            for view_id, modal in slack.modals.items()
        ],
    }


def _by_thread(statuses: dict[str, str]) -> list[JSON]:
    threads = [(*key.partition(":")[::2], status) for key, status in statuses.items()]
    return [{"channel": channel, "thread_ts": ts, "status": status} for channel, ts, status in threads]


def _session(world: World, key: str) -> str:
    """What is processed for an hour counts as done."""
    status = world.slack.sessions[key]
    is_old = world.clock.now() - world.slack.session_times.get(key, 0.0) >= SESSION_SECONDS
    return "active" if status == "processing" and is_old else status


def _workspace(world: World, workspace: Workspace) -> JSON:
    living = [install for install in world.slack.installs.values() if not install.revoked]
    own = any(install.team == workspace.id for install in living)
    whole = any(not each.team and each.organisation == workspace.organisation != "" for each in living)
    return {
        "id": workspace.id,
        "name": workspace.name,
        "organisation": workspace.organisation,
        "has_app": own or (whole and workspace.id not in world.slack.withheld),
    }


def _user(user: SlackUser) -> JSON:
    return {
        "id": user.id,
        "name": user.name,
        "real_name": user.real_name,
        "team_id": user.team_id,
        "is_bot": user.is_bot,
        "external": user.team_id != TEAM_ID,
        "email": user.email,
    }


def _channel(channel: Channel) -> JSON:
    return {
        "id": channel.id,
        "name": channel.name,
        "kind": channel.kind,
        "is_ext_shared": channel.is_ext_shared,
        "team_id": channel.team_id,
        "members": channel.members,
    }


def _message(world: World, message: Message) -> JSON:
    files = [world.slack.files[f] for f in message.files if f in world.slack.files]
    shape = message_json(world, message)
    return {
        "channel": message.channel,
        "ts": message.ts,
        "thread_ts": message.thread_ts,
        "user": message.user,
        "username": message.username,
        "text": message.text,
        "format": message.format,
        "blocks": message.blocks,
        "attachments": message.attachments,
        "files": [
            {"id": f.id, "name": f.name, "mimetype": f.mimetype, "size": f.size,
             "url": f"{world.base_url}/_sandbox/files/{f.id}"}
            for f in files
        ],
        "tasks": message.tasks,
        "streaming": message.streaming,
        "edited": message.edited is not None,
        "deleted": False,
        "tombstone": message.subtype == "tombstone",
        "ephemeral_for": message.ephemeral_for,
        "reactions": shape.get("reactions", []),
        "metadata": message.metadata,
    }  # fmt: skip


def _zendesk(world: World) -> JSON:
    state = world.zendesk
    bot = state.users[state.bot_id]
    users: list[Any] = [
        {
            "id": u.id,
            "name": u.name,
            "alias": u.alias,
            "role": u.role,
            "email": u.email,
            "external_id": u.external_id,
            "active": u.active,
        }
        for u in state.users.values()
    ]
    return {
        "me": {"id": bot.id, "name": bot.name},
        "users": users,
        "groups": [{"id": g.id, "name": g.name} for g in state.groups.values() if not g.deleted],
        "tickets": [_ticket(world, t) for t in state.tickets.values()],
        "articles": [
            {name: a.get(name) for name in ("id", "title", "body", "draft", "label_names", "user_segment_id")}
            for a in state.articles.values()
        ],
    }


def _ticket(world: World, ticket: Ticket) -> JSON:
    return {
        "id": ticket.id,
        "subject": ticket.subject,
        "status": ticket.status,
        "priority": ticket.priority,
        "group_id": ticket.group_id,
        "assignee_id": ticket.assignee_id,
        "requester_id": ticket.requester_id,
        "tags": ticket.tags,
        "external_id": ticket.external_id,
        "created_at": ticket.created_at,
        "updated_at": ticket.updated_at,
        "via_channel": ticket.via_channel,
        "followup_ids": ticket.followup_ids,
        "comments": [_comment(world, c) for c in ticket.comments],
    }


def _comment(world: World, comment: Comment) -> JSON:
    files = [attachment_json(world.zendesk.attachments[a], world.base_url) for a in comment.attachments]
    return {
        "id": comment.id,
        "author_id": comment.author_id,
        "public": comment.public,
        "body": comment.body,
        "html_body": comment.html_body,
        "created_at": comment.created_at,
        "attachments": [{key: f[key] for key in ("file_name", "content_url", "content_type", "size")} for f in files],
        "metadata": comment.custom,
    }
