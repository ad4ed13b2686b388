"""Events of a stream are read by their type: as the client's own way reads them, whole or with something left out."""

from typing import Any, get_args

import pytest
from openai import AsyncOpenAI
from openai.types.responses import Response, ResponseStreamEvent

from integrations.models.client import _EVENTS, ModelClient
from integrations.models.offline import _events, _item
from integrations.models.rules.given import Say, Use

SAID = [event.model_dump(mode="json") for said in (Say("Hello."), Use("look", {})) for event in _events(_item(said))]


def read(client: AsyncOpenAI, data: Any) -> Any:
    event: Any = client._process_response_data(data=data, cast_to=ResponseStreamEvent, response=None)  # type: ignore[arg-type]
    return type(event), getattr(event, "__dict__", event)


def both(data: Any) -> tuple[Any, Any]:
    return read(ModelClient(api_key="k"), data), read(AsyncOpenAI(api_key="k"), data)


@pytest.mark.parametrize("event", SAID, ids=lambda event: str(event["type"]))
def test_an_event_is_what_the_client_makes_of_it(event: dict[str, Any]) -> None:
    ours, theirs = both(event)
    assert ours == theirs
    assert ours[0] is _EVENTS[event["type"]]


@pytest.mark.parametrize("event", SAID, ids=lambda event: str(event["type"]))
def test_so_is_one_that_lacks_something(event: dict[str, Any]) -> None:
    for name in event.keys() - {"type"}:
        ours, theirs = both({key: value for key, value in event.items() if key != name})
        assert ours == theirs
    ours, theirs = both({**event, "sequence_number": "three", "more": 1})
    assert ours == theirs


@pytest.mark.parametrize("data", [{"type": "response.of_a_newer_version", "x": 1}, {"type": None}, {}])
def test_so_is_what_nobody_knows(data: dict[str, Any]) -> None:
    ours, theirs = both(data)
    assert ours == theirs


def test_events_share_what_reads_a_whole_answer() -> None:
    whole = [kind for kind in _EVENTS.values() if {"response", "item"} & kind.model_fields.keys()]
    assert len(whole) > 5
    for kind in whole:
        kind.model_rebuild()
        assert len(repr(kind.__pydantic_validator__)) < len(repr(Response.__pydantic_validator__)) / 4


def test_every_type_has_one_shape() -> None:
    assert len(_EVENTS) == len(get_args(get_args(ResponseStreamEvent)[0]))
