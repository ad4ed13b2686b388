"""The base of the pydantic models for `desk.yml` and specialists' front matter; unknown keys are mistakes."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """Read-only, and a key it does not know is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)
