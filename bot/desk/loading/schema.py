"""A part of `desk.yml`, or of the head of a specialist's file."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """Read-only, and a key it does not know is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)
