"""Imports a desk's Python files (`tools.py`, `data.py`), from a built-in package or from any folder."""

import ast
import importlib
import importlib.util
import sys
import traceback
import types
from collections.abc import Collection, Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TypeGuard, cast

from bot import desks
from bot.desk.database import DeskData
from bot.desk.loading.specialist import TURN_TOOLS
from bot.desk.loading.yaml_source import Mistake, nearest
from bot.desk.tools import builtin
from bot.desk.tools.context import Context
from bot.desk.tools.hooks import Hook
from bot.desk.tools.tools import Tool, Unfit

DATA_PARTS = {
    "metadata": "the tables' MetaData",
    "seed": "async def seed(session, clock)",
    "customer_by_email": "async def customer_by_email(session, email)",
    "customer_by_id": "async def customer_by_id(session, customer_id)",
}
TOOL_FILES = ("tools", "actions")
"""Where a desk's functions stand; a desk with few of them needs the first file alone."""

_RESERVED = "transfer_to_"  # the names of transfers


def read_tools(folder: Path, mistakes: list[Mistake]) -> tuple[Mapping[str, Tool], bool]:
    """Return the built-in tools and those of the desk, by name, and whether all could be read.

    What is wrong goes to `mistakes`.
    """
    own: dict[str, Tool] = {}
    before = len(mistakes)
    built_in = _tools_in(builtin)
    for name in TOOL_FILES:
        found = _tools_in(_import(folder, name, mistakes))
        _note_twice(
            folder / f"{name}.py",
            {**dict.fromkeys(built_in, "built in"), **dict.fromkeys(own, "in tools.py")},
            mistakes,
        )
        reserved = [tool for tool in found if tool in TURN_TOOLS or tool.startswith(_RESERVED)]
        mistakes += [
            Mistake(f"{name}.py", 0, f"`{tool}` is a name of the turn's own", "rename it") for tool in reserved
        ]
        own |= found
    return built_in | own, len(mistakes) == before


def _note_twice(file: Path, others: Mapping[str, str], mistakes: list[Mistake]) -> None:
    """Note functions that would silently take the place of another one.

    Args:
        others: names that are taken, and where.
    """
    try:
        body = ast.parse(file.read_bytes()).body if file.is_file() else []
    except (SyntaxError, ValueError):
        return  # the import has told
    seen: dict[str, int] = {}
    for node in body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if node.name in seen:
            what = f"`{node.name}` stands here a second time, after line {seen[node.name]}"
            mistakes.append(Mistake(file.name, node.lineno, what, "rename one of them"))
        elif node.decorator_list and node.name in others:
            what = f"there is a tool `{node.name}` already, {others[node.name]}"
            mistakes.append(Mistake(file.name, node.lineno, what, "rename this one"))
        seen.setdefault(node.name, node.lineno)


def read_context(
    folder: Path, specialists: Collection[str], mistakes: list[Mistake]
) -> tuple[type[Context] | None, Mapping[str, Hook]]:
    """Return the desk's `Context` class, None where it has none, and what it does before a specialist answers."""
    module = _import(folder, "context", mistakes)
    values = list(vars(module).values()) if module else []
    classes = [value for value in values if _is_own_context(value)]
    hooks = [value for value in values if isinstance(value, Hook)]

    _check_contexts(classes, mistakes)
    _check_hooks(hooks, specialists, mistakes)
    return (classes[0] if classes else None), {hook.specialist: hook for hook in hooks}


def _is_own_context(value: object) -> TypeGuard[type[Context]]:
    return isinstance(value, type) and issubclass(value, Context) and value is not Context


def _check_contexts(classes: Sequence[type[Context]], mistakes: list[Mistake]) -> None:
    if len(classes) > 1:
        what = "a desk has one `Context`, here are two"
        mistakes.append(Mistake("context.py", 0, what, "put their fields into one class"))
    for each in classes:
        required = [name for name, field in each.model_fields.items() if field.is_required()]
        mistakes += [
            Mistake("context.py", 0, f"`{each.__name__}.{name}` has no default", "give it one") for name in required
        ]


def _check_hooks(hooks: Iterable[Hook], specialists: Collection[str], mistakes: list[Mistake]) -> None:
    for hook in hooks:
        if hook.specialist not in specialists:
            mend = nearest(hook.specialist, sorted(specialists)) or f"write specialists/{hook.specialist}.md"
            line = hook.function.__code__.co_firstlineno
            mistakes.append(Mistake("context.py", line, f"there is no specialist `{hook.specialist}`", mend))


def read_data(folder: Path, mistakes: list[Mistake]) -> DeskData | None:
    """Return the desk's `data.py`, None where it has none or it is not whole."""
    module = _import(folder, "data", mistakes)
    if module is None:
        return None
    missing = [part for part in DATA_PARTS if not hasattr(module, part)]
    mistakes += [Mistake("data.py", 0, f"`{part}` is missing", f"define {DATA_PARTS[part]}") for part in missing]
    return None if missing else cast("DeskData", module)


def _tools_in(module: types.ModuleType | None) -> dict[str, Tool]:
    found = [value for value in vars(module).values() if isinstance(value, Tool)] if module else []
    return {tool.name: tool for tool in found}


def _import(folder: Path, name: str, mistakes: list[Mistake]) -> types.ModuleType | None:
    file = folder / f"{name}.py"
    if not file.is_file():
        return None
    try:
        return importlib.import_module(f"{_package(folder)}.{name}")
    except Exception as error:
        where, line = _place(error, file)
        mistake = Mistake(where, line, *_explained(error, folder))
        if mistake not in mistakes:  # a file that two others import breaks them both, and is one mistake
            mistakes.append(mistake)
        return None


def _explained(error: Exception, folder: Path) -> tuple[str, str]:
    """Return what is wrong with a file that cannot be imported, and the mend where there is one to be told."""
    match error:
        case Unfit():
            return str(error), error.mend
        case SyntaxError():
            return f"is not Python: {error.msg}", "look at this line and the one above it"
        case ModuleNotFoundError() if error.name and (folder / f"{error.name.partition('.')[0]}.py").is_file():
            name = error.name.partition(".")[0]
            return (
                f"cannot be imported: `{name}` is a file of this desk",
                f"write `from .{name} import …`, with the dot",
            )
        case ModuleNotFoundError() if error.name and not error.name.startswith(("bot", "frontdesk_desk")):
            return f"cannot be imported: there is no module `{error.name}`", "install it beside Frontdesk, or write it"
        case _:
            return f"cannot be imported: {type(error).__name__}: {error}", "mend this line"


def _place(error: Exception, file: Path) -> tuple[str, int]:
    """Return the desk's file, and the line in it, where an import went wrong: perhaps in one that this one imports."""
    home = file.parent
    if isinstance(error, SyntaxError) and error.filename and Path(error.filename).parent == home:
        return Path(error.filename).name, error.lineno or 0
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).parent == home]
    return (Path(own[-1].filename).name, own[-1].lineno or 0) if own else (file.name, 0)


def forget(folder: Path) -> None:
    """Let the desk's files be imported anew the next time; what is in use goes on with what it has."""
    package = _package(folder)
    for name in [name for name in sys.modules if name.startswith(f"{package}.")]:
        del sys.modules[name]
    for file in folder.glob("*.py"):
        # Two edits within one second may be of one size, which is all that a compiled file is compared by.
        Path(importlib.util.cache_from_source(str(file))).unlink(missing_ok=True)
    importlib.invalidate_caches()


def _package(folder: Path) -> str:
    """Return the package that `from .data import …` in a desk's `tools.py` is relative to."""
    if folder.parent == Path(desks.__path__[0]).resolve():
        return f"{desks.__name__}.{folder.name}"
    name = f"frontdesk_desk_{sha256(str(folder).encode()).hexdigest()[:12]}"
    if name not in sys.modules:
        package = types.ModuleType(name)
        package.__path__ = [str(folder)]
        sys.modules[name] = package
    return name
