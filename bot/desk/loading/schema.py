"""The base of the pydantic models for a desk's files, and how values are written in them; unknown keys are mistakes."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, GetJsonSchemaHandler
from pydantic_core import CoreSchema


class Section(BaseModel):
    """Read-only, and a key it does not know is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Also:
    """Tells editors and the reference of another way to write a value, which a validator reads.

    Args:
        shape: JSON Schema of it; None stands for one entry of a list.
    """

    def __init__(self, shape: dict[str, Any] | None = None) -> None:
        self.shape = shape

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Return both ways."""
        whole = handler(schema)
        return {"anyOf": [self.shape or whole["items"], whole]}


def as_list(value: Any) -> Any:
    """Return one name as a list of one."""
    return [value] if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(as_list), Also()]
"""One name, or a list of them."""
