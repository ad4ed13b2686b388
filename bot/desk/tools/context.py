"""Typed facts that a desk keeps of a customer across the turns of a conversation (`context.py`)."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError


class Context(BaseModel):
    """Base of a desk's own class; every field has a default, and a value that does not fit its type is refused.

        class Trip(Context):
            confirmation_number: str = ""
            seat: str = ""

    A tool or hook with a parameter of this class gets the customer's, and may set its fields. Specialists read what is
    set, under the fields' names, whoever set it. People who share a thread have one each.
    """

    model_config = ConfigDict(validate_assignment=True, extra="ignore")

    @classmethod
    def load(cls, stored: Mapping[str, Any] | None) -> Self:
        """Return what `dump` wrote; a new one where the class has changed so much that it does not fit."""
        try:
            return cls.model_validate(stored or {})
        except ValidationError:
            return cls()

    def dump(self) -> dict[str, Any]:
        """Return what is set, as JSON can say it."""
        return self.model_dump(mode="json", exclude_defaults=True)

    def __str__(self) -> str:
        return "; ".join(f"{name.replace('_', ' ')}: {value}" for name, value in self.dump().items())
