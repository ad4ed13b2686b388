"""The sections of `desk.yml`, one class each: escalation, timers, limits, model calls and the like."""

from decimal import Decimal
from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator, Field, WithJsonSchema, field_validator

from bot.desk.loading.schema import Section
from bot.desk.policy.business_hours import Day, Span, TimeOfDay, parse_duration, parse_span
from bot.desk.policy.phrases import phrase_pattern

Priority = Literal["low", "normal", "high", "urgent"]
PRIORITIES: tuple[Priority, ...] = get_args(Priority)
"""Zendesk's priorities, lowest first."""

Time = Annotated[
    Span,
    BeforeValidator(parse_span),
    WithJsonSchema({"type": "string", "pattern": r"^[1-9]\d* (minute|hour|business day)s?$", "examples": ["4 hours"]}),
]
"""Of people's working hours."""
Duration = Annotated[
    float,
    BeforeValidator(parse_duration),
    WithJsonSchema({"type": "string", "pattern": r"^[1-9]\d* (minute|hour|day)s?$", "examples": ["3 days"]}),
]
"""Seconds, written as `3 days`."""
People = tuple[str, ...] | Literal["anyone"]


class EmbeddingModel(Section):
    """A server's model that turns passages and questions into vectors.

    Args:
        model: its name at the server.
        base_url: of an OpenAI-compatible server; empty is that of the model.
        key: the environment variable with its API key; empty is the model's key.
    """

    model: str = Field(min_length=1)
    base_url: str = ""
    key: str = ""


class Promises(Section):
    """How soon a human answers, by the escalation's priority; outside of business hours from the next opening.

    Args:
        urgent, high, normal, low: `15 minutes`, `4 hours` or `1 business day`.
    """

    urgent: Time
    high: Time
    normal: Time
    low: Time


class Rule(Section):
    """Words of a customer that the desk reacts to without asking a model.

    Args:
        reason: why a human is asked, for the internal note.
        phrases: as `bot.desk.policy.phrases.phrase_pattern` reads them.
        priority: the least the escalation gets.
        topic: decides the group; empty leaves it to the conversation.
        escalate: whether the words alone bring a human; False only raises the priority.
        means: `human` says that the phrases ask for a person, so that other words for it count too, in any language.
        name: under which figures count its hand-overs; empty takes the topic, or else the reason.
    """

    reason: str = Field(min_length=1)
    phrases: tuple[str, ...] = Field(min_length=1)
    priority: Priority = "high"
    topic: str = ""
    escalate: bool = True
    means: Literal["", "human"] = ""
    name: str = ""

    @field_validator("phrases")
    @classmethod
    def _readable(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        phrase_pattern(value)
        return value


class Escalation(Section):
    """When a human is asked without the model's doing.

    Args:
        rules: on a customer's words, in any order; the most urgent one counts.
        unresolved_turns: after so many answers without a thanks a human is asked.
        repeated_question: how often a customer may ask the same again after an answer; 0 for as often as they like.
        sentiment_below: the score, from -1 to 1, below which a customer's words bring a human; None for never.
    """

    rules: tuple[Rule, ...] = ()
    unresolved_turns: int = Field(8, ge=1)
    repeated_question: int = Field(0, ge=0)
    sentiment_below: float | None = Field(None, ge=-1, le=1)

    @property
    def topics(self) -> tuple[str, ...]:
        """Topics that always go to a human, whoever finds them."""
        return tuple(dict.fromkeys(rule.topic for rule in self.rules if rule.topic and rule.escalate))


class ReplyCap(Section):
    """More bot replies than this in one conversation mean a loop: a human takes it.

    Args:
        replies: of the bot.
        minutes: in which they are counted.
    """

    replies: int = Field(10, ge=1)
    minutes: int = Field(10, ge=1)


class Timers(Section):
    """What happens when nobody does anything.

    Args:
        idle_close: after so long without a word the bot takes a conversation for settled; its ticket gets solved.
        approval: a request that no human has decided on for so long lapses.
        ask_rating: whether a customer is asked for a rating, once, when the bot or people have settled their matter.
    """

    idle_close: Duration = 3 * 86_400.0
    approval: Duration = 3 * 86_400.0
    ask_rating: bool = True


class WeeklyPost(Section):
    """When the week's five figures are posted in the colleagues' channel (`FRONTDESK_TRIAGE_CHANNEL`).

    Args:
        day: of the week; the post tells of the seven days before it.
        at: time of day in the desk's time zone, such as `09:00`.
    """

    day: Day = "mon"
    at: TimeOfDay = 540


class ScreenPolicy(Section):
    """What is done with messages that are none for this desk. Texts left empty are the product's own.

    Args:
        model: whether the small model is asked where the rules are not sure.
        out_of_scope: the answer to foreign topics.
        not_followed: the answer to orders meant for the model.
        warning: the answer to the first insult; the second brings a human.
    """

    model: bool = True
    out_of_scope: str = ""
    not_followed: str = ""
    warning: str = ""


class Limits(Section):
    """What one kind of action may do on its own, and when a human must agree.

    Args:
        window_days: days since the thing was bought, the last one included; later a human approves.
        at_once_below: a total below this is committed on the customer's yes alone.
        at_once_up_to: the same, the limit itself included.
        with_reason_up_to: a total up to this needs the customer's own stored reason; above it a human approves.
        per_days: the total counts this many days back; empty counts everything on the same thing.
        any_amount: whether every amount is committed on the customer's yes alone.
        statuses: the thing must be in one of these.
        human_for: values (a plan, a status) that always need a human.
        human: whether a human always approves.
    """

    window_days: int | None = Field(None, ge=0)
    at_once_below: Decimal | None = Field(None, ge=0)
    at_once_up_to: Decimal | None = Field(None, ge=0)
    with_reason_up_to: Decimal | None = Field(None, ge=0)
    per_days: int | None = Field(None, ge=1)
    any_amount: bool = False
    statuses: tuple[str, ...] = ()
    human_for: tuple[str, ...] = ()
    human: bool = False

    @property
    def counts_money(self) -> bool:
        """Whether an amount decides, so that there has to be one."""
        bounds = (self.at_once_below, self.at_once_up_to, self.with_reason_up_to, self.per_days)
        return not self.any_amount and any(bound is not None for bound in bounds)


class ModelCalls(Section):
    """How models are called.

    Args:
        patience: seconds for which a model that fails is asked again while its customer sees a status; then people.
        silence: seconds without a byte after which a call has failed.
        whole: seconds that one call may take, however much it says.
        max_output_tokens: of one answer, thoughts included; None leaves it to the server.
        temperature: None leaves it to the server.
    """

    patience: float = Field(60, ge=0)
    silence: float = Field(30, gt=0)
    whole: float = Field(180, gt=0)
    max_output_tokens: int | None = Field(16_000, ge=1)
    temperature: float | None = Field(None, ge=0, le=2)
