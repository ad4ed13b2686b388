"""The `searches` of a desk's cases: questions with the section that each has to find, or with none."""

from pydantic import Field

from bot.desk.loading.schema import Names, Section


class Search(Section):
    """One question.

    Args:
        asks: as a customer would write it, best in other words than the article's.
        language: two letters, by which figures are told apart.
        finds: the source of the section that has to be found, as `shipping.md#tracking-a-parcel` (a file alone is its
            first section); of several any one will do. Empty: nothing may be found.
    """

    asks: str = Field(min_length=1)
    language: str = ""
    finds: Names = ()


class Searches(Section):
    """Questions, and the shares of them that have to come out right.

    Args:
        first: of the questions that have an answer, so many find it first.
        third: so many find it among three.
        off_topic: of those that have none, at most so many find something.
        questions: what is searched for.
    """

    first: float = Field(0.65, ge=0, le=1)
    third: float = Field(0.85, ge=0, le=1)
    off_topic: float = Field(0.1, ge=0, le=1)
    questions: tuple[Search, ...] = Field(min_length=1)
