"""The benchmark's model: it calls what the customer's last line asks for, whoever asks, and never objects."""

from collections.abc import Iterable, Sequence

from integrations.models.rules.given import Use
from tests.flow.harness.scripted_model import ScriptedModel
from tests.retail.tasks import Task, look, profile


class ObedientModel(ScriptedModel):
    """Knows every wish of the tasks by its words."""

    def __init__(self, tasks: Iterable[Task]) -> None:
        super().__init__({})
        self._uses: dict[str, Use] = {}
        for task in tasks:
            looks = (look(act.order) for act in task.acts if act.order)
            for act in (*task.acts, *looks, profile(task.customer)):
                if act.use is not None:
                    self._uses[act.wish] = act.use

    def moves(self, latest: str) -> Sequence[Use | str]:
        """Return the call for the line's wish; what else is said stands before it."""
        use = self._uses.get(latest.rpartition("\n")[2])
        return [use, "This is what I found."] if use else ["How can I help?"]
