"""How much the bot may do by itself, as `autonomy` in `desk.yml` states it, and the pure function that decides."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from bot.desk.loading.schema import Also, Names, Section, as_list
from bot.domain.autonomy import Decision, Mode, Scene
from bot.domain.ids import Origin

TRIAL = "trial"
CONDITIONS = ("surface", "channel", "group", "brand", "specialist", "plan", "language", "action")
_FIELDS: Mapping[str, str] = {**{name: name for name in CONDITIONS}, "action": "actions"}
"""Where a scene tells what a condition asks for."""
_NO_SIDES: Mapping[str, bool] = {}


Surfaces = Annotated[tuple[Origin, ...], BeforeValidator(as_list), Also()]


class AutonomyRule(Section):
    """What becomes of answers in some situations; it holds where all of its conditions do, each by any of its names.

    Args:
        surface: where the customer writes.
        channel: ids of Slack channels.
        group: names of Zendesk groups; a ticket in none counts as the default group.
        brand: names, subdomains or ids of Zendesk brands.
        specialist: who answers; where a rule asks this, nothing is streamed before it is known.
        plan: of the customer.
        language: two letters of the conversation's language.
        action: what the turn proposes or does, by its name under `limits`.
        mode: `trial` is for actions: the bot proposes them to people, and never carries them out.
        share: per cent of the conversations that are public; the rest are drafts. None for all.
    """

    surface: Surfaces = ()
    channel: Names = ()
    group: Names = ()
    brand: Names = ()
    specialist: Names = ()
    plan: Names = ()
    language: Names = ()
    action: Names = ()
    mode: Literal["public", "draft", "silent", "trial"]
    share: float | None = Field(None, ge=0, le=100)

    @field_validator("language")
    @classmethod
    def _two_letters(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if wrong := [name for name in value if not (len(name) == 2 and name.isalpha() and name.islower())]:
            raise ValueError(f"{', '.join(wrong)}: a language is two small letters, such as en")
        return value

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.share is not None and self.mode != "public":
            raise ValueError("`share` is of conversations that are public: write `mode: public`, or leave it out")
        if self.mode == TRIAL and not self.action:
            raise ValueError("`trial` is for actions: name them, such as `action: refund`")
        return self

    @property
    def asks(self) -> Mapping[str, tuple[str, ...]]:
        """Its conditions by name."""
        return {name: names for name in CONDITIONS if (names := getattr(self, name))}

    @property
    def name(self) -> str:
        """What it asks for and decides, without its share: the same while only that changes."""
        asked = [f"{name}={','.join(names)}" for name, names in self.asks.items()]
        return " ".join([*(asked or ["everything"]), f"→ {self.mode}"])


class Autonomy(Section):
    """The dial: the first rule whose conditions all hold decides.

    Args:
        otherwise: what holds where no rule does.
        rules: in their order; one with a `share` decides for all that it matches.
    """

    otherwise: Literal["public", "draft", "silent"] = "public"
    rules: tuple[AutonomyRule, ...] = ()


def decide(autonomy: Autonomy, scene: Scene, kept: Mapping[str, bool] = _NO_SIDES) -> Decision:
    """Return what becomes of an answer; a rule that asks for what is not known yet does not hold.

    An action on trial is left to people, so that rules on it say nothing about the words to the customer.

    Args:
        kept: by the name of a rule with a share, the side that this conversation has already.
    """
    trial = frozenset(name for name in scene.actions or () if is_on_trial(autonomy, scene, name))
    scene = replace(scene, actions=(scene.actions or frozenset()) - trial)
    rule = next((rule for rule in autonomy.rules if _holds(rule, scene)), None)
    if rule is None:
        mode = Mode(autonomy.otherwise)
        return Decision(mode, why=_because(mode, "no rule says otherwise"), trial=trial)

    mode = _mode_of(rule, scene, kept)
    if rule.share is None:
        return Decision(mode, rule.name, _because(mode, f"the rule “{rule.name}”"), trial=trial)
    side = {rule.name: mode is Mode.PUBLIC}
    why = _because(mode, f"not among the {rule.share:g} % of “{rule.name}”")
    return Decision(mode, f"{rule.name}, {rule.share:g} %", why, side, trial)


def possible(autonomy: Autonomy, scene: Scene, kept: Mapping[str, bool] = _NO_SIDES) -> frozenset[Mode]:
    """Return every mode that may come, whatever turns out of what is not known yet."""
    return frozenset(_possible(autonomy, scene, kept))


def is_on_trial(autonomy: Autonomy, scene: Scene, action: str) -> bool:
    """Return whether an action must not be carried out by the bot, whatever else is done in the turn."""
    at = replace(scene, actions=frozenset({action}))
    rule = next((rule for rule in autonomy.rules if _holds(rule, at)), None)
    return rule is not None and rule.mode == TRIAL


def within(share: float, conversation: str) -> bool:
    """Return whether a conversation is within a share, in per cent; a higher one holds all that a lower one does."""
    drawn = int.from_bytes(sha256(conversation.encode()).digest()[:8])
    return drawn < share / 100 * 2**64


def _possible(autonomy: Autonomy, scene: Scene, kept: Mapping[str, bool]) -> Iterator[Mode]:
    for rule in autonomy.rules:
        if rule.mode == TRIAL or (holds := _holds(rule, scene)) is False:
            continue
        yield _mode_of(rule, scene, kept)
        if holds:
            return
    yield Mode(autonomy.otherwise)


def _mode_of(rule: AutonomyRule, scene: Scene, kept: Mapping[str, bool]) -> Mode:
    if rule.share is None:
        return Mode(rule.mode)
    is_in = kept.get(rule.name, within(rule.share, scene.conversation))
    return Mode.PUBLIC if is_in else Mode.DRAFT


def _holds(rule: AutonomyRule, scene: Scene) -> bool | None:
    """Return whether all conditions hold, None where that is not known yet."""
    found = {_is_named(wanted, getattr(scene, _FIELDS[name])) for name, wanted in rule.asks.items()}
    if False in found:
        return False
    return None if None in found else True


def _is_named(wanted: tuple[str, ...], given: Any) -> bool | None:
    if given is None:
        return None
    names = {given} if isinstance(given, str) else set(given)
    return not {name.casefold() for name in wanted}.isdisjoint(name.casefold() for name in names)


def _because(mode: Mode, why: str) -> str:
    return "" if mode is Mode.PUBLIC else why
