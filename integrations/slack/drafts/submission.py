"""Parses what a person submits in the modal of a draft. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, ValidationError

from bot.domain.drafts import DRAFT_EDIT
from bot.domain.errors import InvalidRequest
from bot.domain.ids import AuthorId, ConversationId, Origin
from integrations.slack.drafts.modal import conversation_in, text_in
from integrations.slack.inbound.wire import Id, Interaction, Text, Wire, WireRef, WireUser

OpaqueId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.\-]{1,128}$")]


class WireTyped(Wire):
    """What one field says; a field that is no text has other keys."""

    value: Text | None = None


class WireState(Wire):
    """What all fields say, by block and action."""

    values: dict[str, dict[str, WireTyped]] = Field(default_factory=dict)


class WireView(Wire):
    """The modal that was submitted."""

    id: Id
    private_metadata: OpaqueId
    state: WireState = WireState()


class ViewSubmission(Interaction):
    """A modal's submission: https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload."""

    user: WireUser
    team: WireRef | None = None
    view: WireView


@dataclass(frozen=True, slots=True)
class Submission:
    """Somebody sends a draft in words of their own.

    Args:
        id: the same for each delivery of one submission.
        draft: the id of the draft.
        field: the block of the first field, which an error is shown at.
        text: what is to be sent; may be empty.
    """

    id: str
    author_id: AuthorId
    conversation: ConversationId
    draft: str
    field: str
    text: str


def parse_submission(data: Mapping[str, Any]) -> Submission | None:
    """Return what was submitted, None where the modal is none of a draft.

    Raises:
        InvalidRequest: the payload is malformed.
    """
    view = data.get("view")
    if not isinstance(view, Mapping) or view.get("callback_id") != DRAFT_EDIT:
        return None
    try:
        payload = ViewSubmission.model_validate(data)
    except ValidationError as error:
        raise InvalidRequest(f"malformed submission, {error.error_count()} problem(s)") from None
    values = {block: {name: typed.value for name, typed in fields.items()} for block, fields in _values(payload)}
    conversation = ConversationId(conversation_in(values))
    team = _installation(payload, conversation)
    if not (conversation and team):
        raise InvalidRequest("a submission of no conversation")
    return Submission(
        id=f"submission:{team}:{payload.view.id}",
        author_id=AuthorId.in_slack(payload.user.team_id or team, payload.user.id),
        conversation=conversation,
        draft=payload.view.private_metadata,
        field=next(iter(values)),
        text=text_in(values),
    )


def _values(payload: ViewSubmission) -> list[tuple[str, dict[str, WireTyped]]]:
    return list(payload.view.state.values.items())


def _installation(payload: ViewSubmission, conversation: ConversationId) -> str:
    if conversation and conversation.origin is Origin.SLACK:
        return conversation.thread.team
    return (payload.team.id if payload.team else "") or payload.user.team_id or ""
