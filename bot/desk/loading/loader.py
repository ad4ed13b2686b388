"""Loads a desk: a folder with rules, specialists, tools, data and knowledge becomes one checked `Desk`."""

import re
from collections.abc import Mapping
from pathlib import Path

import yaml
from pydantic import TypeAdapter, ValidationError

from bot.desk.actions.actions import Action
from bot.desk.knowledge.documents import read_knowledge
from bot.desk.knowledge.search import Knowledge
from bot.desk.loading.desk import Desk, desk_folder, source_of, unusable
from bot.desk.loading.dial import note_unknown
from bot.desk.loading.importer import read_context, read_data, read_tools
from bot.desk.loading.specialist import TURN_TOOLS, finish, in_order, read_specialists, twice_said
from bot.desk.loading.yaml_source import Mistake, Source, nearest
from bot.desk.policy.policy import Policy
from bot.desk.tools.tools import Tool

TEXTS = "texts.yml"
_TEXTS = TypeAdapter(dict[str, dict[str, str]])


def load_desk(name_or_dir: str) -> Desk:
    """Return a built-in desk by name, or the desk in a folder.

    Raises:
        ConfigError: naming every mistake with file, line and mend.
    """
    folder = desk_folder(name_or_dir)
    desk, mistakes = read_desk(folder)
    if desk is None or mistakes:
        raise unusable(folder, mistakes)
    return desk


def read_desk(folder: Path) -> tuple[Desk | None, list[Mistake]]:
    """Return the desk in `folder`, None when it is too broken to be read, and every mistake found."""
    mistakes: list[Mistake] = []
    source = source_of(folder)
    policy = source.read(Policy)
    files = read_specialists(folder / "specialists", mistakes)
    tools, are_readable = read_tools(folder, mistakes)
    twice_said(files, mistakes)
    data = read_data(folder, mistakes)
    passages = read_knowledge(folder, mistakes)
    order = in_order(policy.specialists if policy else (), files, folder / "specialists", source)
    names = tools if are_readable else None
    servers = policy.mcp_servers if policy else None
    specialists = {name: finish(files[name], order, names, servers, mistakes) for name in order}
    context, hooks = read_context(folder, order, mistakes)
    if policy and are_readable:
        _note_unused_limits(policy, tools, source)
        _note_served_twice(policy, tools, source)
        _note_uncounted(policy, source)
        note_unknown(policy, order, _limited(policy, tools), source)
    texts = _read_texts(folder, mistakes)
    _note_strays(folder, mistakes)
    mistakes = source.mistakes + mistakes
    if policy is None or not specialists:
        return None, mistakes
    knowledge = Knowledge(passages)
    desk = Desk(folder.name, folder, policy, specialists, tools, knowledge, data, context, hooks, texts)
    return desk, mistakes


def _note_unused_limits(policy: Policy, tools: Mapping[str, Tool], source: Source) -> None:
    """A misspelt limit would leave its action to humans, and nobody would know why."""
    used = _limited(policy, tools)
    for name in policy.limits:
        if name not in used:
            source.add(f"no action uses `limits.{name}`", nearest(name, used) or "remove it", "limits", name)


def _limited(policy: Policy, tools: Mapping[str, Tool]) -> list[str]:
    """Return the names under which limits of actions may stand."""
    served = {name for server in policy.mcp_servers.values() for name in server.actions}
    return sorted(served | {tool.limits for tool in tools.values() if isinstance(tool, Action)})


def _note_served_twice(policy: Policy, tools: Mapping[str, Tool], source: Source) -> None:
    """A server's tool is called by its own name, which no other tool may have."""
    taken = dict.fromkeys([*tools, *TURN_TOOLS], "the desk")
    for server, config in policy.mcp_servers.items():
        for kind, names in (("read", config.read), ("actions", config.actions)):
            for name in names:
                if (other := taken.setdefault(name, server)) != server:
                    what = f"`{name}` of `{server}` is a name that {other} has already"
                    source.add(what, "leave one of them out", "mcp_servers", server, kind)


def _note_uncounted(policy: Policy, source: Source) -> None:
    """A limit that nothing can be held against is none: of a server's tool we know its arguments alone."""
    served = {name: rule for server in policy.mcp_servers.values() for name, rule in server.actions.items()}
    for name, rule in served.items():
        limits = policy.limits.get(name)
        if limits is None or limits.human:
            continue
        if limits.counts_money and not rule.amount:
            mend = "name the argument that is the money as its `amount`, or write `any_amount: true` or `human: true`"
            source.add(f"`limits.{name}` cannot be computed: `{name}` names no `amount`", mend, "limits", name)
        for bound in ("window_days", "statuses", "human_for"):
            if getattr(limits, bound) not in (None, ()):
                what = f"`limits.{name}.{bound}` cannot be computed: no server's tool tells us that"
                source.add(what, "take it out, or write `human: true`", "limits", name, bound)


def _note_strays(folder: Path, mistakes: list[Mistake]) -> None:
    for path in sorted((folder / "specialists").rglob("*.*")):
        if path.is_file() and path.suffix != ".md" and not path.name.startswith("."):
            name = path.relative_to(folder).as_posix()
            mistakes.append(Mistake(name, 0, "is not read: here every file is Markdown", "let its name end in .md"))


def _read_texts(folder: Path, mistakes: list[Mistake]) -> tuple[Mapping[str, str], ...]:
    """Return what the desk's actions say in other languages; a desk needs no such file."""
    path = folder / TEXTS
    if not path.is_file():
        return ()
    try:
        rows = _TEXTS.validate_python(yaml.safe_load(path.read_text("utf-8")) or {})
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError):
        mistakes.append(Mistake(TEXTS, 0, "is not read", "write `name:` and below it a sentence a language"))
        return ()
    for name, row in rows.items():
        if "en" not in row or any(_fields(text) != _fields(row["en"]) for text in row.values()):
            mistakes.append(Mistake(TEXTS, 0, f"`{name}` does not match", "give it `en`, and the same braces in each"))
    return tuple(rows.values())


def _fields(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))
