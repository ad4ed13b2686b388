"""All that 0.2.0 had stored when it stopped is read by this version and written again without a loss."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.domain.effects import dump_effect, load_effect
from bot.store.codec import dump, load_conversation, load_message, read_facts
from tests.unit.store.test_newer import holds

REDIS = json.loads((Path(__file__).parent / "stored_0_2_0.json").read_text("utf-8"))["redis"]


def values(part: str) -> dict[str, Any]:
    """Return the recorded keys of one kind, by conversation."""
    suffix = f"}}:{part}"
    return {
        name.removeprefix("fd:{").removesuffix(suffix): key["value"]
        for name, key in REDIS.items()
        if name.endswith(suffix)
    }


STATES = {name: fields for name, fields in values("st").items() if "state" in fields}


@pytest.mark.parametrize("name", STATES)
def test_a_state_is_read_and_written_again(name: str) -> None:
    stored = json.loads(STATES[name]["state"])
    facts = read_facts(STATES[name])
    once = load_conversation(name, json.dumps(stored), facts)
    again = json.loads(dump(replace(once, turns=once.turns)))

    assert holds(again, {field: value for field, value in stored.items() if field not in {"facts", "ticket_id"}})
    assert once.ticket_id == (facts.ticket_id or stored.get("ticket_id", ""))
    assert once.facts.texts == {field[2:]: text for field, text in STATES[name].items() if field.startswith("f:")}
    assert load_conversation(name, json.dumps(again), facts) == once


@pytest.mark.parametrize("name", values("in"))
def test_what_waited_is_read_and_written_again(name: str) -> None:
    for text in values("in")[name]:
        event = load_message(text)
        assert load_message(dump(event)) == event
        assert json.loads(dump(event))["kind"] == json.loads(text)["kind"]


@pytest.mark.parametrize("name", values("out"))
def test_what_was_to_be_delivered_is_read_and_written_again(name: str) -> None:
    for text in values("out")[name]:
        stored = text.partition(" ")[2]
        assert json.loads(dump_effect(load_effect(stored))) == json.loads(stored)
