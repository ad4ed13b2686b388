"""A desk: everything that belongs to one company. Reading its rules alone loads neither agents nor a database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bot import desks
from bot.desk.knowledge.search import Knowledge
from bot.desk.loading.specialist import Specialist, finish, in_order, read_specialists
from bot.desk.loading.yaml_source import Mistake, Source
from bot.desk.policy.policy import Policy
from bot.domain.errors import ConfigError

if TYPE_CHECKING:
    from bot.desk.actions.actions import Action
    from bot.desk.database import DeskData
    from bot.desk.tools.context import Context
    from bot.desk.tools.hooks import Hook
    from bot.desk.tools.tools import Tool


@dataclass(frozen=True)
class Desk:
    """Everything that belongs to one company.

    Args:
        id: the folder's name.
        specialists: in their order; the first one starts.
        tools: every tool a specialist may name.
        data: the desk's `data.py`, None where it has none.
        context: what it keeps of a customer, None where it keeps nothing.
        hooks: what it does before a specialist answers.
        texts: what its actions say, a row a sentence: language → the sentence.
    """

    id: str
    folder: Path
    policy: Policy
    specialists: Mapping[str, Specialist]
    tools: "Mapping[str, Tool]"
    knowledge: Knowledge
    data: "DeskData | None"
    context: "type[Context] | None" = None
    hooks: "Mapping[str, Hook]" = field(default_factory=dict)
    texts: tuple[Mapping[str, str], ...] = ()

    @property
    def first(self) -> str:
        """Name of the specialist who starts."""
        return next(iter(self.specialists))

    @property
    def actions(self) -> "Mapping[str, Action]":
        """The tools that are actions, those of servers too."""
        from bot.desk.actions.actions import Action
        from bot.desk.actions.mcp_actions import served_actions

        own = {name: tool for name, tool in self.tools.items() if isinstance(tool, Action)}
        return served_actions(self.policy.mcp_servers) | own

    @property
    def served(self) -> Sequence[str]:
        """Names of the servers' tools that may be used."""
        return [name for server in self.policy.mcp_servers.values() for name in (*server.read, *server.actions)]

    @property
    def voice(self) -> str:
        """How every specialist speaks."""
        return self.policy.voice


def load_rules(name_or_dir: str) -> Desk:
    """Return a desk's rules and specialists, for a process that takes no turns: no tools, no data, no knowledge.

    What is wrong with those, a process that takes turns finds.

    Raises:
        ConfigError: naming every mistake with file, line and mend.
    """
    folder = desk_folder(name_or_dir)
    mistakes: list[Mistake] = []
    source = source_of(folder)
    policy = source.read(Policy)
    files = read_specialists(folder / "specialists", mistakes)
    order = in_order(policy.specialists if policy else (), files, folder / "specialists", source)
    specialists = {name: finish(files[name], order, None, None, mistakes) for name in order}
    mistakes = source.mistakes + mistakes
    if policy is None or not specialists or mistakes:
        raise unusable(folder, mistakes)
    return Desk(folder.name, folder, policy, specialists, {}, Knowledge(()), None)


def source_of(folder: Path) -> Source:
    """Return the text of a desk's rules."""
    return Source("desk.yml", (folder / "desk.yml").read_text("utf-8", "replace"))


def unusable(folder: Path, mistakes: Sequence[Mistake]) -> ConfigError:
    """Return the error that names what is wrong with a desk."""
    return ConfigError("\n".join([f"The desk in {folder} cannot work:", *map(str, mistakes)]))


def desk_folder(name_or_dir: str, named_by: str = "FRONTDESK_DESK") -> Path:
    """Return the folder of a desk.

    Args:
        named_by: the variable or argument that says so.

    Raises:
        ConfigError: there is no such desk.
    """
    home = Path(desks.__path__[0])
    built_in = sorted(path.parent.name for path in home.glob("*/desk.yml"))
    folder = home / name_or_dir if name_or_dir in built_in else Path(name_or_dir).expanduser()
    if not (folder / "desk.yml").is_file():
        raise ConfigError(
            f"{named_by}: {name_or_dir} is neither a built-in desk ({', '.join(built_in)}) nor a folder with a desk.yml"
            f"; looked for in {folder.absolute()}"
        )
    return folder.resolve()


def is_built_in(folder: Path) -> bool:
    """Return whether a desk comes with the package, so that nothing is written into its folder."""
    return folder.resolve().parent == Path(desks.__path__[0]).resolve()
