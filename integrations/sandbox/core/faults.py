"""Injects failures: what networks, proxies and overloaded vendors do."""

import random
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal, get_args

from integrations.sandbox.core.wire import JSON, Answer

Kind = Literal[
    "status", "429", "timeout", "lost_answer", "reset", "html_502", "slack_error", "network_delay"
]  # fmt: skip
_KINDS = get_args(Kind)
HTML_502 = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
_LIMITED: dict[str, JSON] = {
    "slack": {"ok": False, "error": "ratelimited"},
    "zendesk": {
        "error": "APIRateLimitExceeded",
        "description": "Number of allowed API requests per minute exceeded",
    },
}
"""What each vendor says with a 429."""


@dataclass(slots=True)
class Rule:
    """One failure; `times` counts down, None lasts until replaced."""

    match: str
    kind: Kind
    status: int = 500
    error: str = "internal_error"
    retry_after: int = 1
    seconds: float = 60.0
    times: int | None = None
    probability: float = 1.0
    given: frozenset[str] = frozenset()

    def as_json(self) -> JSON:
        """The rule as the control API shows it, with what is left of `times`."""
        return {
            "match": self.match,
            "kind": self.kind,
            "status": self.status,
            "error": self.error,
            "retry_after": self.retry_after,
            "seconds": self.seconds,
            "times": self.times,
            "probability": self.probability,
        }


@dataclass(slots=True)
class DeliveryFaults:
    """What happens to events on their way to the bot."""

    duplicate: float = 0.0
    reorder: bool = False
    delay: float = 0.0
    drop: float = 0.0


class Faults:
    """The rules in force."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.rules: list[Rule] = []
        self.deliveries = DeliveryFaults()

    def replace(self, wanted: JSON) -> None:
        """Take new rules; raises ValueError with what is wrong, and then keeps the old ones."""
        rules = [_rule(item) for item in wanted.get("rules") or []]
        deliveries = _deliveries(wanted.get("deliveries") or {})
        self.rules, self.deliveries = rules, deliveries

    def as_json(self) -> JSON:
        """The rules with remaining counts."""
        d = self.deliveries
        return {
            "rules": [rule.as_json() for rule in self.rules],
            "deliveries": {
                "duplicate": d.duplicate, "reorder": d.reorder, "delay": d.delay, "drop": d.drop,
            },
        }  # fmt: skip

    def strike(self, subject: str) -> Rule | None:
        """The rule that hits this call (`vendor:what`), already counted."""
        for rule in self.rules:
            if rule.times == 0 or not fnmatchcase(subject, rule.match):
                continue
            if rule.probability < 1 and self._chance.random() >= rule.probability:
                continue
            if rule.times is not None:
                rule.times -= 1
            return rule
        return None

    def hits(self, probability: float) -> bool:
        """Roll the dice for a delivery fault."""
        return probability > 0 and self._chance.random() < probability


def fault_answer(rule: Rule, vendor: str) -> Answer:
    """The answer a rule gives in place of the work."""
    match rule.kind:
        case "html_502":
            return Answer(502, raw=HTML_502, content_type="text/html")
        case "slack_error":
            return Answer(200, {"ok": False, "error": rule.error})
        case "429":
            return Answer(429, _LIMITED[vendor], {"Retry-After": str(rule.retry_after)})
        case _:
            body = {"ok": False, "error": rule.error} if vendor == "slack" else {"error": rule.error}
            headers = {"Retry-After": str(rule.retry_after)} if "retry_after" in rule.given else {}
            return Answer(rule.status, body, headers)


def _rule(item: object) -> Rule:
    if not isinstance(item, dict) or not isinstance(item.get("match"), str):
        raise ValueError("a rule needs `match` and `kind`")  # noqa: TRY004 - one error for all misuse
    kind = str(item.get("kind"))
    if kind not in _KINDS:
        raise ValueError(f"unknown kind {kind}; known: {', '.join(_KINDS)}")
    unknown = set(item) - set(Rule("", "status").as_json())
    if unknown:
        raise ValueError(f"unknown keys {sorted(unknown)}")
    values = {key: value for key, value in item.items() if key == "times" or value is not None}
    given = frozenset(values)
    try:
        rule = Rule(given=given, **values)
        rule.status, rule.retry_after = int(rule.status), int(rule.retry_after)
        rule.seconds, rule.probability = float(rule.seconds), float(rule.probability)
        rule.times = None if rule.times is None else int(rule.times)
    except (TypeError, ValueError) as error:
        raise ValueError(str(error)) from error
    return rule


def _deliveries(item: object) -> DeliveryFaults:
    if not isinstance(item, dict) or set(item) - {"duplicate", "reorder", "delay", "drop"}:
        raise ValueError("deliveries takes duplicate, reorder, delay, drop")
    try:
        return DeliveryFaults(
            float(item.get("duplicate") or 0),
            bool(item.get("reorder")),
            float(item.get("delay") or 0),
            float(item.get("drop") or 0),
        )
    except (TypeError, ValueError) as error:
        raise ValueError(str(error)) from error
