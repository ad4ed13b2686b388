"""Tells the OpenAI client which class belongs to which `type` in an answer.

Whatever a server leaves out of an event makes it no valid one, and the client then looks for its class: it builds the
schemas of all fifty kinds of events and of all that stands in them, 25 MB and a third of a second of a core, once a
process. Which `type` each class has stands in the class.
"""

from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any, get_args, get_origin

from openai._models import DISCRIMINATOR_CACHE, DiscriminatorDetails
from openai.types.responses import (
    ResponseContentPartAddedEvent,
    ResponseInputItem,
    ResponseOutputItem,
    ResponseOutputMessage,
    ResponseOutputText,
    ResponseStreamEvent,
)
from openai.types.responses.tool import Tool

_FIELD = "type"


@cache
def know_variants() -> None:
    """Let the client know the classes of events, of the items in an answer, of what they hold, and of tools."""
    inner = [
        ResponseOutputMessage.model_fields["content"].annotation,
        ResponseOutputText.model_fields["annotations"].annotation,
        ResponseContentPartAddedEvent.model_fields["part"].annotation,
    ]
    for shape in (ResponseStreamEvent, ResponseOutputItem, ResponseInputItem, Tool, *inner):
        for union in _unions(shape):
            if kinds := _kinds(union):
                DISCRIMINATOR_CACHE.setdefault(
                    union, DiscriminatorDetails(mapping=kinds, discriminator_field=_FIELD, discriminator_alias=_FIELD)
                )


def _unions(shape: Any) -> Iterator[Any]:
    """Yield the union that a type is, or that it is a list of; as the client asks for it, without annotations."""
    bare = _bare(get_args(shape)[0] if get_origin(shape) is list else shape)
    if len(get_args(bare)) > 1:
        yield bare


def _kinds(union: Any) -> dict[str, type]:
    variants = [_bare(variant) for variant in get_args(union)]
    fields = [(variant, getattr(variant, "model_fields", {}).get(_FIELD)) for variant in variants]
    return {name: variant for variant, field in fields if field for name in get_args(field.annotation)}


def _bare(shape: Any) -> Any:
    return get_args(shape)[0] if get_origin(shape) is Annotated else shape
