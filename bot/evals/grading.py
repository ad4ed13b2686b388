"""Compares what a case expects with what happened. Pure."""

from collections.abc import Iterator, Sequence

from bot.desk.cases import Case, ExpectedCall, Happening, TurnOfCase, Words
from bot.evals.play import Happened, Played, PlayedStep

_SHOWN = 160


def failures(case: Case, played: Played) -> list[str]:
    """Return everything in which the conversation was not as the case wants it; empty when it was."""
    found: list[str] = []
    for number, (turn, step) in enumerate(zip(case.turns, played.steps, strict=False), 1):
        found += [f"turn {number}: {what}" for what in _turn(turn, step)]
    if played.trouble:
        found.append(played.trouble)
    return found


def _turn(turn: TurnOfCase, step: PlayedStep) -> Iterator[str]:
    if turn.specialist and step.specialist != turn.specialist:
        yield f"answered by {step.specialist or 'nobody'}, not {turn.specialist}"
    yield from _calls(turn, step)
    yield from _effects(turn, step)
    yield from _words("answer", turn.answer, step.answer)
    yield from _words("note", turn.note, step.notes)


def _calls(turn: TurnOfCase, step: PlayedStep) -> Iterator[str]:
    called = [name for name, _ in step.calls]
    for call in turn.tools:
        if not _was_called(call, step):
            yield f"{_told(call)} was not called; called were {_listed(called)}"
    for tool in turn.no_tools:
        if tool in called:
            yield f"{tool} was called"


def _effects(turn: TurnOfCase, step: PlayedStep) -> Iterator[str]:
    for wanted in turn.effects:
        if not any(_fits(wanted, happened) for happened in step.effects):
            yield f"nothing like “{_asked(wanted)}” happened; what did: {_listed(step.effects)}"
    for happened in step.effects:
        if happened.kind in turn.no_effects:
            yield f"“{happened}” happened"


def _was_called(call: ExpectedCall, step: PlayedStep) -> bool:
    wanted = {name: value.casefold() for name, value in call.arguments.items()}
    return any(
        name == call.name and wanted.items() <= {key: value.casefold() for key, value in given.items()}.items()
        for name, given in step.calls
    )


def _fits(wanted: Happening, happened: Happened) -> bool:
    return all(
        getattr(wanted, name) in ("", None) or getattr(wanted, name) == getattr(happened, name)
        for name in type(wanted).model_fields
    )


def _words(what: str, wanted: Words, text: str) -> Iterator[str]:
    told = _plain(text)
    yield from (f"{what} lacks “{word}”: {_shown(text)}" for word in wanted.has if _plain(word) not in told)
    yield from (f"{what} says “{word}”: {_shown(text)}" for word in wanted.lacks if _plain(word) in told)
    if wanted.any and not any(_plain(word) in told for word in wanted.any):
        yield f"{what} says none of {_listed(wanted.any)}: {_shown(text)}"


def _plain(text: str) -> str:
    """One line without capitals, whatever kind of apostrophe, dash or space the writer's keyboard has."""
    for fancy, simple in (("’", "'"), ("–", "-"), ("\u00a0", " "), ("*", "")):
        text = text.replace(fancy, simple)
    return " ".join(text.casefold().split())


def _shown(text: str) -> str:
    line = " ".join(text.split())
    return f"“{line if len(line) <= _SHOWN else line[: _SHOWN - 1] + '…'}”"


def _told(call: ExpectedCall) -> str:
    given = ", ".join(f"{name}={value}" for name, value in call.arguments.items())
    return f"{call.name}({given})" if given else call.name


def _asked(wanted: Happening) -> str:
    return " ".join(str(value) for _, value in wanted if value not in {"", None})


def _listed(things: Sequence[object]) -> str:
    return ", ".join(str(thing) for thing in things) or "none"
