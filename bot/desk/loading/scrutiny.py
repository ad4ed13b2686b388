"""The extra checks of `frontdesk desk check`: what loads, but fails or misleads later."""

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, get_args, get_type_hints

from bot.desk.actions.actions import Action
from bot.desk.database import Database
from bot.desk.loading.desk import Desk
from bot.desk.loading.dial import never_matching
from bot.desk.loading.importer import TOOL_FILES
from bot.desk.loading.yaml_source import Mistake, Source
from bot.desk.policy.policy import Policy
from bot.desk.tools.error_location import place_of
from bot.desk.tools.mcp import McpServerConfig
from bot.domain.ports import Clock

ALIKE = 0.85
"""Names of two groups that are more alike than this, without a digit, are one name and a slip."""
MONEY = frozenset({"amount", "price", "total", "refund", "credit"})
IN_MEMORY = "sqlite+aiosqlite://"

Variables = Callable[[Sequence[str]], Mapping[str, str]]


def doubts(desk: Desk, variables: Variables) -> list[Mistake]:
    """Return what will not do what was meant.

    Args:
        variables: returns environment variables by name, those that are set.
    """
    source = Source("desk.yml", (desk.folder / "desk.yml").read_text("utf-8"))
    found = [
        *_groups(desk, source),
        *never_matching(desk.policy, source),
        *_unset(desk.policy.mcp_servers, variables, source),
        *_unset_key(desk.policy, variables, source),
    ]
    for tool in desk.tools.values():
        found += _parameters(tool) if isinstance(tool, Action) else []
    for name in TOOL_FILES:
        file = desk.folder / f"{name}.py"
        found += _offers(file) if file.is_file() else []
    return found


async def seeding(desk: Desk, clock: Clock) -> list[Mistake]:
    """Return what keeps the desk's tables from being made and filled, tried in memory."""
    if desk.data is None:
        return []
    try:
        database = await Database.open(IN_MEMORY, desk, clock, desk.policy.organisations)
    except Exception as error:
        file, _, line = place_of(error, desk.data.seed).rpartition(":")
        cause = getattr(error, "orig", None) or error
        return [Mistake(file, int(line), f"its first rows fail: {type(cause).__name__}: {cause}", "mend what it adds")]
    await database.close()
    return []


def _groups(desk: Desk, source: Source) -> Iterator[Mistake]:
    """Yield groups to be answered in, or to be careful with, that are a slip beside one that tickets go to."""
    known = [*desk.policy.groups, desk.policy.default_group]
    for path, name in _named_groups(desk.policy):
        if name in known or any(character.isdigit() for character in name):
            continue
        alike = [one for one in known if SequenceMatcher(None, name.lower(), one.lower()).ratio() > ALIKE]
        if alike:
            line = source.line_of(*path)
            yield Mistake("desk.yml", line, f"no group is called `{name}` elsewhere", f"did you mean `{alike[0]}`?")


def _named_groups(policy: Policy) -> Iterator[tuple[Sequence[str | int], str]]:
    """Yield the groups that are named beside `groups` itself, each with where it stands."""
    yield from ((("answer_groups", number), name) for number, name in enumerate(policy.answer_groups))
    for number, rule in enumerate(policy.autonomy.rules):
        yield from ((("autonomy", "rules", number, "group"), name) for name in rule.group)


def _unset(servers: Mapping[str, McpServerConfig], variables: Variables, source: Source) -> Iterator[Mistake]:
    """Yield the environment variables that servers are to get and nobody has set."""
    for server, config in servers.items():
        wanted = [(("headers", header), name) for header, name in config.headers.items()]
        wanted += [(("environment", str(number)), name) for number, name in enumerate(config.environment)]
        given = variables([name for _, name in wanted])
        for path, name in wanted:
            if not given.get(name):
                line = source.line_of("mcp_servers", server, *path)
                what = f"`{server}` would go without `{name}`: the environment variable is not set"
                yield Mistake("desk.yml", line, what, f"export {name}=… (a line in .env is not enough), or take it out")


def _unset_key(policy: Policy, variables: Variables, source: Source) -> Iterator[Mistake]:
    """Yield the environment variable with the key of the embedding model, where nobody has set it."""
    model = policy.embeddings
    if model and model.key and not variables([model.key]).get(model.key):
        what = f"embeddings are off without `{model.key}`: the environment variable is not set"
        mend = f"export {model.key}=… (a line in .env is not enough), or take it out"
        yield Mistake("desk.yml", source.line_of("embeddings", "key"), what, mend)


def _parameters(tool: Action) -> Iterator[Mistake]:
    """Yield parameters that are money by their name and no Decimal by their type."""
    code = tool.function.__code__
    for name, hint in get_type_hints(tool.function).items():
        kinds = get_args(hint) or (hint,)
        is_exact = any(isinstance(kind, type) and issubclass(kind, Decimal) for kind in kinds)
        if name.rpartition("_")[2] in MONEY and name not in tool.injected and not is_exact:
            what = f"`{tool.name}`: `{name}` is an amount and no Decimal, so that it is not exact"
            yield Mistake(Path(code.co_filename).name, code.co_firstlineno, what, f"write `{name}: Amount`")


def _offers(file: Path) -> Iterator[Mistake]:
    """Yield offers whose amount is written as something else than a Decimal; such an offer fails when it is made."""
    for node in ast.walk(ast.parse(file.read_bytes())):
        if not (isinstance(node, ast.Call) and _called(node) == "Offer"):
            continue
        given: list[tuple[str, ast.expr]] = list(zip(("", "", "amount", "so_far"), node.args, strict=False))
        given += [(keyword.arg or "", keyword.value) for keyword in node.keywords]
        for name, value in given:
            if name in {"amount", "so_far"} and _is_inexact(value):
                what, mend = f"`{name}` of this Offer is no Decimal", 'write `Decimal("49.90")`'
                yield Mistake(file.name, value.lineno, what, mend)


def _is_inexact(value: ast.expr) -> bool:
    if isinstance(value, ast.Constant):
        return isinstance(value.value, int | float | str)
    if isinstance(value, ast.UnaryOp):
        return _is_inexact(value.operand)
    if isinstance(value, ast.BinOp):
        return any(
            isinstance(side, ast.Constant) and isinstance(side.value, float) for side in (value.left, value.right)
        )
    return isinstance(value, ast.Call) and _called(value) in {"float", "int", "str"}


def _called(call: ast.Call) -> Any:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
