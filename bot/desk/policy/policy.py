"""A desk's business rules as `desk.yml` states them, and the pure functions that apply them."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Annotated, Literal, Self, get_args

from pydantic import BeforeValidator, Field, field_validator, model_validator

from bot.desk.loading.schema import Section
from bot.desk.policy.business_hours import BusinessHours, Promise, Span, parse_duration, parse_span, promise_within
from bot.desk.policy.phrases import LANGUAGES, has_phrase, is_thanks, phrase_pattern, plain
from bot.desk.policy.pricing import SpendingPolicy
from bot.desk.tools.mcp import McpServerConfig

Priority = Literal["low", "normal", "high", "urgent"]
PRIORITIES: tuple[Priority, ...] = get_args(Priority)
"""Zendesk's priorities, lowest first."""

Time = Annotated[Span, BeforeValidator(parse_span)]
Duration = Annotated[float, BeforeValidator(parse_duration)]
"""Seconds, written as `3 days`."""
People = tuple[str, ...] | Literal["anyone"]


class EmbeddingModel(Section):
    """A server's model that turns passages and questions into vectors.

    Args:
        base_url: of an OpenAI-compatible server; empty is that of the model.
        key: the environment variable with its API key; empty is the model's key.
    """

    model: str = Field(min_length=1)
    base_url: str = ""
    key: str = ""


class Promises(Section):
    """How soon a human answers, per priority."""

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
    """

    reason: str = Field(min_length=1)
    phrases: tuple[str, ...] = Field(min_length=1)
    priority: Priority = "high"
    topic: str = ""
    escalate: bool = True

    @field_validator("phrases")
    @classmethod
    def _readable(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        phrase_pattern(value)
        return value


class Escalation(Section):
    """When a human is asked without the model's doing.

    Args:
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
    """More bot replies than this in one conversation mean a loop: a human takes it."""

    replies: int = Field(10, ge=1)
    minutes: int = Field(10, ge=1)


class Timers(Section):
    """What happens when nobody does anything.

    Args:
        idle_close: after so long without a word the bot takes a conversation for settled; its ticket gets solved.
        approval: a request that no human has decided on for so long lapses.
        ask_rating: whether a Slack customer is asked for a rating when people have solved their ticket.
    """

    idle_close: Duration = 3 * 86_400.0
    approval: Duration = 3 * 86_400.0
    ask_rating: bool = True


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


class Policy(Section):
    """Everything `desk.yml` says.

    Args:
        name: the desk's name as customers see it.
        voice: how every specialist speaks; part of each one's instructions.
        specialists: their order; the first one starts. Files not named here follow in alphabetical order.
        groups: Zendesk group → topics that go to it.
        default_group: Zendesk group of every other topic.
        answer_groups: Zendesk groups whose tickets the bot answers, beside those in no group.
        staff: who of the own company is a human agent, never a customer: an e-mail address, `*@company.com`,
            a Slack user id, or an author id.
        approvers: who may approve money: the same forms, or `anyone` who may work in that place at all.
        domains: e-mail domain → Slack `team_id` of the Connect workspace that proves it.
        organisations: company → the customers (ids or addresses) who share its orders.
        plan_step_up: plans whose escalations are one step more urgent.
        most_open: conversations that one person may have open at once, on Slack and on tickets; one more is kept, and
            people hear of it, but neither a model nor another ticket is spent on it.
        currency: of every amount.
        limits: action → its limits.
        history_tokens: what a specialist remembers of a conversation word by word, about; older turns are summed up.
        grounding: whether answers are held to what was looked up: a rule that no passage supports is not sent.
        mcp_servers: servers whose tools specialists may name.
        help_center: whether the articles of the Zendesk Help Center are part of the desk's knowledge.
        embeddings: the sentence model by which knowledge is searched by meaning too: a server's (its name alone stands
            for one at the model server), False for none; not set, it is the one inside this process.
        link_domains: where links in answers may lead, beside the articles that were looked up; `acme.com` stands for
            every host under it.
        screen: what is done with attacks, insults and foreign topics.
        spending: what models cost, and how much may be spent.
        model: how long a model is waited for, and what it is asked with.
    """

    name: str = Field(min_length=1)
    voice: str = ""
    languages: tuple[str, ...] = Field(("en",), min_length=1)
    specialists: tuple[str, ...] = Field(min_length=1)
    groups: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    default_group: str = Field("Support", min_length=1)
    answer_groups: tuple[str, ...] = ()
    business_hours: BusinessHours
    promises: Promises
    staff: tuple[str, ...] = ()
    approvers: People = "anyone"
    domains: Mapping[str, str] = Field(default_factory=dict)
    organisations: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    escalation: Escalation = Escalation()
    plan_step_up: tuple[str, ...] = ()
    reply_cap: ReplyCap = ReplyCap()
    most_open: int = Field(100, ge=1)
    timers: Timers = Timers()
    currency: str = "USD"
    limits: Mapping[str, Limits] = Field(default_factory=dict)
    history_tokens: int = Field(8_000, ge=500)
    grounding: bool = False
    help_center: bool = False
    mcp_servers: Mapping[str, McpServerConfig] = Field(default_factory=dict)
    embeddings: EmbeddingModel | Literal[False] | None = None
    link_domains: tuple[str, ...] = ()
    screen: ScreenPolicy = ScreenPolicy()
    spending: SpendingPolicy = SpendingPolicy()
    model: ModelCalls = ModelCalls()

    @property
    def variables(self) -> frozenset[str]:
        """Environment variables that its servers are to get."""
        servers = self.mcp_servers.values()
        names = {name for server in servers for name in (*server.headers.values(), *server.environment)}
        key = self.embeddings.key if self.embeddings else ""
        return frozenset(names | {key} - {""})

    @field_validator("embeddings", mode="before")
    @classmethod
    def _by_name(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return {"model": value} if value else None

    @field_validator("languages")
    @classmethod
    def _spoken(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := sorted(set(value) - LANGUAGES):
            raise ValueError(f"{', '.join(unknown)}: the rules speak {', '.join(sorted(LANGUAGES))}")
        return value

    @model_validator(mode="after")
    def _one_group_per_topic(self) -> Self:
        topics = [_topic(topic) for topics in self.groups.values() for topic in topics]
        if twice := sorted({topic for topic in topics if topics.count(topic) > 1}):
            raise ValueError(f"groups: {', '.join(twice)} stands in two groups; a topic has one")
        return self


def priority_of(policy: Policy, wanted: str | None, texts: Iterable[str], plan: str = "", topic: str = "") -> Priority:
    """Return an escalation's priority.

    The higher of what the specialist asked for and what the rules find in the customer's words; normal where
    neither says anything; then one step up for the plans that get it.

    Args:
        wanted: the specialist's wish; None, and what is no priority, count as no wish.
        texts: the customer's own words.
        topic: what the specialist says it is about; a rule on that topic counts without its phrases.
    """
    rules = [rule.priority for text in texts for rule in policy.escalation.rules if has_phrase(rule.phrases, text)]
    rules += [rule.priority for rule in policy.escalation.rules if rule.topic and is_about(topic, rule.topic)]
    said = [priority for priority in PRIORITIES if priority == (wanted or "").strip().lower()]
    level = max((PRIORITIES.index(priority) for priority in [*rules, *said]), default=PRIORITIES.index("normal"))
    step = 1 if plan and plan in policy.plan_step_up else 0
    return PRIORITIES[min(level + step, len(PRIORITIES) - 1)]


def promise(policy: Policy, priority: str, now: float) -> Promise:
    """Return by when a human answers an escalation of this priority that is made at `now` (Unix seconds).

    Raises:
        AttributeError: `priority` is none of `PRIORITIES`.
    """
    span: Span = getattr(policy.promises, priority)
    return promise_within(policy.business_hours, span, now)


def group_for(policy: Policy, topic: str) -> str:
    """Return the Zendesk group of a topic: as listed, else by one of its words, else the default group."""
    by_topic = {_topic(name): group for group, topics in policy.groups.items() for name in topics}
    wanted = _topic(topic)
    if wanted in by_topic:
        return by_topic[wanted]
    padded = f" {wanted} "
    found = [name for name in by_topic if f" {name} " in padded]
    return by_topic[max(found, key=len)] if found else policy.default_group


def is_about(said: str, topic: str) -> bool:
    """Return whether what is said names the topic, as a word of its own."""
    return f" {_topic(topic)} " in f" {_topic(said)} "


def matches_escalation(policy: Policy, text: str) -> Rule | None:
    """Return the most urgent rule by which these words alone bring a human; None when there is none."""
    rules = [rule for rule in policy.escalation.rules if rule.escalate and has_phrase(rule.phrases, text)]
    return max(rules, key=lambda rule: PRIORITIES.index(rule.priority), default=None)


def is_plain_thanks(policy: Policy, text: str) -> bool:
    """Return whether the message only says thanks, in one of the desk's languages."""
    return is_thanks(text, policy.languages)


def is_staff(policy: Policy, author_id: str, email: str = "") -> bool:
    """Return whether the author is one of the own company's human agents.

    Args:
        author_id: `slack:TEAM:USER` of a member of the *installing* workspace; a guest of another one is
            never staff, whatever address their profile shows.
        email: their address there, empty when unknown.
    """
    return names_person(policy.staff, author_id, email)


def names_person(people: People, author_id: str, email: str = "") -> bool:
    """Return whether a list of people in `desk.yml` names this author."""
    if people == "anyone":
        return True
    address = email.strip().lower()
    forms = {author_id, author_id.rpartition(":")[2]}
    if "@" in address:
        forms |= {address, f"*@{address.rpartition('@')[2]}"}
    return any(entry in forms or entry.lower() in forms for entry in people)


def _topic(text: str) -> str:
    return plain(text.replace("_", " ").replace("-", " "))
