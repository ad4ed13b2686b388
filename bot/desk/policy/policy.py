"""A desk's business rules as `desk.yml` states them, and the pure functions that apply them."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from bot.desk.loading.schema import Also, Section
from bot.desk.policy.autonomy import Autonomy
from bot.desk.policy.business_hours import BusinessHours, Promise, Span, promise_within
from bot.desk.policy.phrases import LANGUAGES, has_phrase, is_thanks, plain
from bot.desk.policy.pricing import SpendingPolicy
from bot.desk.policy.sections import (
    PRIORITIES,
    EmbeddingModel,
    Escalation,
    Limits,
    ModelCalls,
    People,
    Priority,
    Promises,
    ReplyCap,
    Rule,
    ScreenPolicy,
    Timers,
    WeeklyPost,
)
from bot.desk.tools.mcp import McpServerConfig
from bot.domain.handoffs import Reason
from bot.domain.ids import AuthorId

_NO_DISCLOSURE = "`disclosure: false` says nothing"


class Policy(Section):
    """Everything `desk.yml` says.

    Args:
        name: the desk's name as customers see it.
        voice: how every specialist speaks; part of each one's instructions.
        languages: that the desk's customers write, two letters each, the first one where nothing tells.
        specialists: in their order; the first one starts. Files not named here follow in alphabetical order.
        groups: Zendesk group → topics that go to it.
        default_group: Zendesk group of every other topic.
        answer_groups: Zendesk groups whose tickets the bot answers, beside those in no group.
        business_hours: when people work.
        promises: how soon a human answers.
        staff: who of the own company is a human agent, never a customer: an e-mail address, `*@company.com`,
            a Slack user id, or an author id.
        approvers: who may approve money: the same forms, or `anyone` who may work in that place at all.
        domains: e-mail domain → Slack `team_id` of the workspace that proves it: one connected by Slack Connect, or
            one beside home that installed the app.
        organisations: company → the customers (ids or addresses) who share its orders.
        escalation: when a human is asked without the model's doing.
        plan_step_up: plans whose escalations are one step more urgent.
        reply_cap: how many replies in a row are too many.
        most_open: conversations that one person may have open at once, in `/chat` too; one more is kept, and
            people hear of it, but neither a model nor another ticket is spent on it.
        timers: what happens when nobody does anything.
        currency: of every amount.
        limits: action → what it may do on the customer's own yes; one that is not listed always needs a human.
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
        autonomy: which answers go out by themselves, and which a person reads first.
        weekly_post: when the week's figures are posted in the colleagues' channel; not set, they are not.
        disclosure: language → how the bot's first message says that an AI assistant writes; a language that is not
            named has the product's words. False where nothing is said of it.
        contact: where people are reached where the bot cannot hand over: an address, a number, opening hours; the same
            in every language, or by language. Empty names nothing.
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
    embeddings: Annotated[EmbeddingModel | Literal[False] | None, Also({"type": "string"})] = None
    link_domains: tuple[str, ...] = ()
    screen: ScreenPolicy = ScreenPolicy()
    spending: SpendingPolicy = SpendingPolicy()
    model: ModelCalls = ModelCalls()
    autonomy: Autonomy = Autonomy()
    weekly_post: WeeklyPost | None = None
    disclosure: bool | Mapping[str, str] = True
    contact: str | Mapping[str, str] = ""

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

    def contact_in(self, language: str) -> str:
        """Return where people are reached, in the desk's first language where it says nothing in this one."""
        if isinstance(self.contact, str):
            return self.contact
        return self.contact.get(language) or self.contact.get(self.languages[0], "")

    @field_validator("contact", mode="before")
    @classmethod
    def _reached(cls, value: object) -> object:
        if isinstance(value, str):
            return value.strip().rstrip(".")
        if not isinstance(value, Mapping) or not value:
            raise ValueError("where people are reached, or that in each language: {en: …, de: …}")
        if unknown := sorted({str(language) for language in value} - LANGUAGES):
            raise ValueError(f"{', '.join(unknown)}: the rules speak {', '.join(sorted(LANGUAGES))}")
        return {language: _words(language, words, "leave it out") for language, words in value.items()}

    @field_validator("disclosure", mode="before")
    @classmethod
    def _told(cls, value: object) -> object:
        if isinstance(value, bool):
            return value
        if not isinstance(value, Mapping) or not value:
            raise ValueError("false, or the words in each language: {en: …, de: …}")
        if unknown := sorted({str(language) for language in value} - LANGUAGES):
            raise ValueError(f"{', '.join(unknown)}: the rules speak {', '.join(sorted(LANGUAGES))}")
        return {language: _words(language, words, _NO_DISCLOSURE) for language, words in value.items()}

    @model_validator(mode="after")
    def _one_group_per_topic(self) -> Self:
        topics = [_topic(topic) for topics in self.groups.values() for topic in topics]
        if twice := sorted({topic for topic in topics if topics.count(topic) > 1}):
            raise ValueError(f"groups: {', '.join(twice)} stands in two groups; a topic has one")
        return self


def _words(language: str, words: object, instead: str) -> str:
    if isinstance(words, str) and words.strip():
        return words.strip()
    raise ValueError(f"{language}: no words; {instead}")


def priority_of(policy: Policy, wanted: str | None, texts: Sequence[str], plan: str = "", topic: str = "") -> Priority:
    """Return an escalation's priority.

    The higher of what the specialist asked for and what the rules find in the customer's words; normal where
    neither says anything; then one step up for the plans that get it.

    Args:
        wanted: the specialist's wish; None, and what is no priority, count as no wish.
        texts: the customer's own words.
        topic: what the specialist says it is about; a rule on that topic counts without its phrases.
    """
    rules = policy.escalation.rules
    found = [rule.priority for rule in rules if _fits(rule, texts, topic)]
    named = {*found, (wanted or "").strip().lower()}

    level = max((n for n, priority in enumerate(PRIORITIES) if priority in named), default=PRIORITIES.index("normal"))
    if plan and plan in policy.plan_step_up:
        level += 1
    return PRIORITIES[min(level, len(PRIORITIES) - 1)]


def _fits(rule: Rule, texts: Sequence[str], topic: str) -> bool:
    if rule.topic and is_about(topic, rule.topic):
        return True
    return any(has_phrase(rule.phrases, text) for text in texts)


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


def human_wish(policy: Policy) -> Rule | None:
    """Return the rule for customers who ask for a person, None where the desk has none."""
    return next((rule for rule in policy.escalation.rules if rule.escalate and rule.means == "human"), None)


def named(rule: Rule) -> str:
    """Return the name under which figures count what a rule hands over."""
    if rule.means == "human":
        return Reason.ASKED_FOR_HUMAN
    return name_of(rule.name or rule.topic or rule.reason)


def name_of(text: str) -> str:
    """Return a topic or a reason in the form of a name."""
    return re.sub(r"\W+", "_", text.casefold()).strip("_")


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
    forms = {author_id, AuthorId(author_id).user}
    if "@" in address:
        forms |= {address, f"*@{address.rpartition('@')[2]}"}
    return any(entry in forms or entry.lower() in forms for entry in people)


def _topic(text: str) -> str:
    return plain(text.replace("_", " ").replace("-", " "))
