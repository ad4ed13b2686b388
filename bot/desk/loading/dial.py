"""Looks for rules of `autonomy` that name nothing of the desk, or that can never decide, and says why."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.desk.loading.yaml_source import Mistake, Source, nearest
from bot.desk.policy.autonomy import AutonomyRule
from bot.desk.policy.policy import Policy
from bot.domain.ids import THREADS, TICKETS, Origin

IMPLIED: Mapping[str, str] = {"channel": THREADS, "group": TICKETS, "brand": TICKETS}
"""Conditions that hold in one place alone, and that place."""


@dataclass(frozen=True)
class Names:
    """The values that a condition may still have: these, or all but these."""

    names: frozenset[str] = frozenset()
    all_but: bool = True

    def within(self, names: frozenset[str]) -> "Names":
        """Return those of them that are among `names`."""
        return Names(names - self.names if self.all_but else names & self.names, all_but=False)

    def without(self, names: frozenset[str]) -> "Names":
        """Return those of them that are not among `names`."""
        return Names(self.names | names if self.all_but else self.names - names, self.all_but)

    @property
    def is_empty(self) -> bool:
        """Whether none is left."""
        return not self.all_but and not self.names


Region = Mapping[str, Names]
"""Situations: by condition, what it may be; one that is not named may be anything."""


def note_unknown(policy: Policy, specialists: Sequence[str], actions: Sequence[str], source: Source) -> None:
    """A rule for a specialist or an action that the desk does not have would hold nothing back."""
    known = {"specialist": specialists, "action": actions}
    for number, rule in enumerate(policy.autonomy.rules):
        for condition, names in known.items():
            for name in getattr(rule, condition):
                if name not in names:
                    what = f"there is no {condition} `{name}`, so that this rule can never match"
                    mend = nearest(name, list(names)) or f"name one of {', '.join(sorted(names)) or 'those it has'}"
                    source.add(what, mend, "autonomy", "rules", number, condition)


def never_matching(policy: Policy, source: Source) -> Iterator[Mistake]:
    """Yield the rules that decide nothing: a contradiction, or others before them decide for all that they match."""
    rules = policy.autonomy.rules
    lines = [source.line_of("autonomy", "rules", number) for number in range(len(rules))]
    for number, rule in enumerate(rules):
        region = _region_of(rule)
        if any(names.is_empty for names in region.values()):
            yield Mistake(
                "desk.yml", lines[number], f"this rule can never match: {_contradiction(rule)}", "leave one out"
            )
        elif not _is_anything_left(region, rules[:number]):
            shadows = [lines[n] for n in _needed(region, rules[:number])]
            yield Mistake("desk.yml", lines[number], _shadowed(shadows), "move it up, or remove it")


def _shadowed(lines: Sequence[int]) -> str:
    by = "the rule" if len(lines) == 1 else "the rules"
    where = f"line {lines[0]}" if len(lines) == 1 else f"lines {', '.join(map(str, lines))}"
    verb = "decides" if len(lines) == 1 else "decide"
    return f"this rule can never match: {by} in {where} {verb} before it for all that it asks for"


def _contradiction(rule: AutonomyRule) -> str:
    asked = [name for name in IMPLIED if getattr(rule, name)]
    told = [f"`{name}` is there in `surface: {IMPLIED[name]}` alone" for name in asked]
    return " and ".join(told) + (
        f", and the rule asks for `surface: {', '.join(rule.surface)}`" if rule.surface else ""
    )


_SURFACES = frozenset(map(str, Origin))


def _region_of(rule: AutonomyRule) -> Region:
    """Return what a rule matches, with the places that its conditions imply."""
    asked = {name: Names(_folded(names), all_but=False) for name, names in rule.asks.items()}
    region = {"surface": Names(_SURFACES, all_but=False), **asked}
    for condition, place in IMPLIED.items():
        if condition in region:
            region["surface"] = region["surface"].within(frozenset({place}))
    return region


def _is_anything_left(region: Region, rules: Sequence[AutonomyRule]) -> bool:
    """Return whether some of the situations are decided by none of the rules."""
    if any(names.is_empty for names in region.values()):
        return False
    if not rules:
        return True
    first, *rest = rules
    for condition, names in first.asks.items():
        mine = region.get(condition, Names())
        if _is_anything_left({**region, condition: mine.without(_folded(names))}, rest):
            return True
        region = {**region, condition: mine.within(_folded(names))}
    return False


def _needed(region: Region, rules: Sequence[AutonomyRule]) -> Sequence[int]:
    """Return the numbers of the rules that together leave nothing, without those that add nothing to it."""
    kept = list(range(len(rules)))
    for number in reversed(range(len(rules))):
        fewer = [n for n in kept if n != number]
        if not _is_anything_left(region, [rules[n] for n in fewer]):
            kept = fewer
    return kept


def _folded(names: Sequence[str]) -> frozenset[str]:
    return frozenset(name.casefold() for name in names)
