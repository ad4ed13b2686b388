"""Handles human agents' words: comments go to the customer, a line in the thread takes over."""

from dataclasses import replace

from bot.desk.policy.policy import is_staff
from bot.domain.capabilities import capabilities_of
from bot.domain.errors import TemporaryFailure
from bot.domain.events import Author, StaffComment
from bot.domain.ids import same_person
from bot.domain.ports import Profile
from bot.turn import results
from bot.turn.context import TurnResult
from bot.turn.handoff import human_agents
from bot.turn.handoff.request import Requester
from bot.turn.identity.authors import without_codes
from bot.turn.turn_context import Incoming


async def commented(incoming: Incoming) -> TurnResult:
    """A human agent answered on the ticket: the customer reads it where they wrote."""
    news = human_agents.relay_to_thread(incoming.conversation, without_codes(incoming.only(StaffComment)))
    return results.followed(incoming.waiting, news)


def is_colleague(incoming: Incoming, profile: Profile) -> bool:
    """Return whether staff wrote in a customer's thread, as human agents; in a thread of their own they are customers.

    Raises:
        TemporaryFailure: neither answered as a customer nor taken for a colleague, it is taken again when Slack says
            who it is.
    """
    line = incoming.first
    requester = incoming.conversation.requester
    if not capabilities_of(line.surface).has_threads or not requester:
        return False
    if same_person(requester, line.author.id) or not incoming.policy.staff:
        return False
    if profile.unread:
        raise TemporaryFailure("it is not known whether a colleague wrote this")
    email = profile.email if profile.verified else ""
    return profile.is_member and is_staff(incoming.policy, line.author.id, email)


async def took_over(incoming: Incoming, colleague: Profile) -> TurnResult:
    """A colleague wrote in the customer's thread: they own it now."""
    conversation = incoming.conversation
    line = incoming.first
    author = Author(conversation.requester, conversation.requester_name)
    requester = Requester(author, await incoming.deps.directory.profile(replace(line, author=author)))
    named = replace(without_codes(line), author=Author(line.author.id, colleague.name or line.author.name))
    change = human_agents.takeover_in_thread(
        conversation,
        named,
        requester,
        incoming.waiting.history,
        incoming.policy,
        has_helpdesk=incoming.deps.has_helpdesk,
    )
    return results.followed(incoming.waiting, change)
