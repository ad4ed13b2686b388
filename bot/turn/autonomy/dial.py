"""Asks the desk how much of a turn reaches the customer, and holds what it says under the brake."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from bot.desk.loading.desk import Desk
from bot.desk.policy.autonomy import decide, is_on_trial, possible
from bot.domain.autonomy import Decision, Mode, Scene
from bot.domain.capabilities import capabilities_of
from bot.domain.conversation import Conversation
from bot.domain.ports import Brake
from bot.domain.proposals import Proposal

BRAKE = "brake"
BRAKED = "the brake is on"
REHEARSAL = "rehearsal"
MOST_SIDES = 20
"""Sides of shares that a conversation keeps, the newest; a desk has few rules with one."""


@dataclass(frozen=True)
class Ceiling:
    """What stands above the desk's rules on tickets.

    Args:
        rule: what says so, as the audit names it.
    """

    mode: Mode
    rule: str
    why: str


class Dial:
    """Says what becomes of what the bot would say in a conversation.

    Args:
        brake: None where nobody can pull one.
        on_tickets: no more than this on tickets, None for what the desk says.
    """

    def __init__(self, desk: Desk, brake: Brake | None = None, on_tickets: Ceiling | None = None) -> None:
        self._desk = desk
        self._rules = desk.policy.autonomy
        self._brake = brake
        self._on_tickets = on_tickets

    async def foreseen(self, conversation: Conversation, plan: str) -> Mode | None:
        """Return what is sure to come before a specialist has answered, None where that is not known yet.

        Args:
            plan: of the customer who is answered.
        """
        scene = self._scene(conversation, plan, specialist=None, actions=None)
        modes = possible(self._rules, scene, conversation.sides)
        left = {(await self._under(conversation, Decision(mode))).mode for mode in modes}
        return left.pop() if len(left) == 1 else None

    async def is_surely_public(self, conversation: Conversation) -> bool:
        """Return whether what a specialist says in the conversation as it is now reaches the customer for certain."""
        return await self.foreseen(conversation, conversation.plan) is Mode.PUBLIC

    async def decided(self, before: Conversation, after: Conversation) -> Decision:
        """Return what becomes of what a turn has decided; the conversation after it names plan and specialist."""
        scene = self._scene(after, after.plan, after.specialist, self._actions(before, after))
        return await self._under(after, decide(self._rules, scene, before.sides))

    def is_on_trial(self, conversation: Conversation, plan: str, action: str) -> bool:
        """Return whether the bot must not carry out an action here.

        Args:
            action: its name as a tool.
        """
        scene = self._scene(conversation, plan, conversation.specialist)
        return is_on_trial(self._rules, scene, self.name_of(action))

    async def _under(self, conversation: Conversation, decision: Decision) -> Decision:
        """Return what is left of a decision under what stands above the desk."""
        if conversation.id.is_rehearsal:  # nobody is a customer there
            return Decision(rule=REHEARSAL)
        if self._on_tickets and capabilities_of(conversation.id).is_ticket:
            decision = decision.at_most(self._on_tickets.mode, self._on_tickets.rule, self._on_tickets.why)
        braked = await self._brake.mode() if self._brake else None
        return decision.at_most(braked, BRAKE, BRAKED) if braked else decision

    def _scene(
        self,
        conversation: Conversation,
        plan: str,
        specialist: str | None,
        actions: frozenset[str] | None = frozenset(),
    ) -> Scene:
        can, ticket = capabilities_of(conversation.id), conversation.ticket
        group = ""
        brand: tuple[str, ...] = ()
        if can.is_ticket:
            group = ticket.group if ticket and ticket.group_id else self._desk.policy.default_group
            brand = ticket.brand_names if ticket else ()
        return Scene(
            conversation.id,
            conversation.id.origin,
            channel=_channels(conversation),
            group=group,
            brand=brand,
            specialist=specialist,
            plan=plan,
            language=conversation.language or conversation.spoken,
            actions=actions,
        )

    def _actions(self, before: Conversation, after: Conversation) -> frozenset[str]:
        """Return what was proposed, confirmed or done in a turn."""
        known = {proposal.id: proposal.stage for proposal in before.proposals}
        moved = [proposal for proposal in after.proposals if known.get(proposal.id) is not proposal.stage]
        return frozenset(self._names_of(moved))

    def _names_of(self, proposals: Iterable[Proposal]) -> Iterable[str]:
        return (self.name_of(proposal.action) for proposal in proposals)

    def name_of(self, action: str) -> str:
        """Return the name under which an action has its limits, which is what rules call it."""
        found = self._desk.actions.get(action)
        return found.limits if found else action


def with_sides(conversation: Conversation, decision: Decision) -> Conversation:
    """Return the conversation with the sides of shares that it has from now on."""
    if all(conversation.sides.get(rule) is side for rule, side in decision.side.items()):
        return conversation
    sides: Mapping[str, bool] = {**conversation.sides, **decision.side}
    return replace(conversation, sides=dict(list(sides.items())[-MOST_SIDES:]))


def _channels(conversation: Conversation) -> tuple[str, ...]:
    if not conversation.id.is_in_thread:
        return ()
    return tuple({conversation.id.thread.channel, conversation.address.thread.channel})
