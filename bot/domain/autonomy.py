"""How much the bot may do by itself: the situation an answer is made in (`Scene`), what becomes of it (`Decision`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from bot.domain.ids import ConversationId


class Mode(StrEnum):
    """What becomes of what the bot would say to a customer."""

    PUBLIC = "public"  # it is sent
    DRAFT = "draft"  # a person reads it first, and sends it
    SILENT = "silent"  # nothing is made: what arrives is stored and read along


_OPENNESS = (Mode.SILENT, Mode.DRAFT, Mode.PUBLIC)

OTHERWISE = "otherwise"
"""The name of what decides where no rule does."""


@dataclass(frozen=True)
class Scene:
    """A situation that rules ask about; `None` in a field says that it is not known yet, empty that there is none.

    Args:
        surface: where the conversation takes place: `slack`, `zendesk` or `chat`.
        channel: ids of the Slack channel, the one it began in too where it has another id now.
        group: name of the ticket's group; a ticket in none counts as the default group.
        brand: what the ticket's brand is called: its name, its subdomain, its id.
        plan: of the customer who is answered.
        language: two letters.
        actions: names of what is proposed or done in the turn.
    """

    conversation: ConversationId
    surface: str
    channel: tuple[str, ...] = ()
    group: str = ""
    brand: tuple[str, ...] = ()
    specialist: str | None = ""
    plan: str = ""
    language: str = ""
    actions: frozenset[str] | None = frozenset()


@dataclass(frozen=True)
class Decision:
    """What may be done in a turn, and what decided it.

    Args:
        rule: what decided: a rule as the desk's author would call it, `otherwise`, or what stands above the desk.
        why: the same for people who read a draft, in a short sentence; empty where nothing is held back.
        side: by the name of a rule with a share, whether this conversation is within it; empty without one.
        trial: actions that the bot must not carry out, proposed or confirmed.
    """

    mode: Mode = Mode.PUBLIC
    rule: str = OTHERWISE
    why: str = ""
    side: Mapping[str, bool] = field(default_factory=dict)
    trial: frozenset[str] = frozenset()

    @property
    def is_public(self) -> bool:
        """Whether the customer is answered without a person in between."""
        return self.mode is Mode.PUBLIC

    def at_most(self, mode: Mode, rule: str, why: str) -> "Decision":
        """Return what is left of it under something that allows no more than a mode."""
        if _OPENNESS.index(self.mode) <= _OPENNESS.index(mode):
            return self
        return replace(self, mode=mode, rule=rule, why=why)


PUBLIC = Decision()
