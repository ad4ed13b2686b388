"""Parses a desk's YAML and keeps line numbers, so that every mistake can be pointed at."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError

_QUOTED = re.compile(r"'([^']*)'")
WORDS = {
    "tuple_type": ("has to be a list", "write it in brackets: `[a, b]`"),
    "mapping_type": ("has to be a list of `key: value` lines", "write it so, or in braces: `{key: value}`"),
    "dict_type": ("has to be a list of `key: value` lines", "write it so, or in braces: `{key: value}`"),
    "model_type": ("has to be a list of `key: value` lines", "write it so, or in braces: `{key: value}`"),
    "string_type": ("has to be text", "put it in quotes"),
    "string_pattern_mismatch": ("has to be written with small letters, digits and `_`", "write it like `order_help`"),
    "string_too_short": ("says nothing", "write it"),
    "int_parsing": ("has to be a whole number", "write it in digits, such as 30"),
    "decimal_parsing": ("has to be an amount", "write it like 100.00"),
    "bool_parsing": ("has to be `true` or `false`", "write one of them"),
}
"""What pydantic finds, in the words of somebody who writes a desk: what it has to be, and how to mend it."""

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Mistake:
    """Something in a desk that cannot work.

    Args:
        file: path inside the desk's folder.
        line: counted from 1, 0 when it is not known.
        mend: what to do about it, empty when `what` says it.
    """

    file: str
    line: int
    what: str
    mend: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.what}" + (f"; {self.mend}" if self.mend else "")


if TYPE_CHECKING:
    _Safe = yaml.SafeLoader
else:
    _Safe = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # in C where PyYAML was built with it: ten times as fast


class _Loader(_Safe):
    """YAML without its surprises: `17:00`, `no`, `2026-01-01` and `99.90` stay the text that was written."""

    yaml_implicit_resolvers = {  # noqa: RUF012 (the base class declares it so)
        "t": [("tag:yaml.org,2002:bool", re.compile(r"true$"))],
        "f": [("tag:yaml.org,2002:bool", re.compile(r"false$"))],
        "n": [("tag:yaml.org,2002:null", re.compile(r"null$"))],
        "~": [("tag:yaml.org,2002:null", re.compile(r"~$"))],
        "": [("tag:yaml.org,2002:null", re.compile(r"$"))],
    }


@dataclass
class Source:
    """One YAML text: its data, where each key stands, and the mistakes found so far.

    Args:
        file: path inside the desk's folder.
        first: number of the text's first line in that file.
    """

    file: str
    text: str
    first: int = 1
    mistakes: list[Mistake] = field(default_factory=list)
    data: Any = None
    _lines: dict[tuple[str, ...], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        try:
            node = self._parse()
        except yaml.MarkedYAMLError as error:
            what = f"is not YAML: {error.problem or error.context}"
            self.mistakes.append(Mistake(self.file, self._line_of_error(error), what))
            return
        except yaml.YAMLError:
            self.mistakes.append(Mistake(self.file, 0, "is not YAML", "save it as plain UTF-8 text"))
            return
        if node is not None:
            self._index(node, ())

    def _parse(self) -> yaml.Node | None:
        """Read data and lines in one go: PyYAML takes its time, and a desk has many files."""
        loader = _Loader(self.text)
        try:
            node = loader.get_single_node()
            self.data = loader.construct_document(node) if node is not None else None
        finally:
            loader.dispose()
        return node

    def _line_of_error(self, error: yaml.MarkedYAMLError) -> int:
        """Return the line to look at, 0 for none: what the end of the text leaves open is mended where it begins.

        A reader may stand behind the last line by then; a line without text is never told.
        """
        last = max(len(self.text.rstrip().splitlines()) - 1, 0)
        mark = error.problem_mark
        if mark and mark.line > last:
            mark = error.context_mark or mark
        return min(mark.line, last) + self.first if mark else 0

    def _index(self, node: yaml.Node, path: tuple[str, ...]) -> None:
        self._lines.setdefault(path, node.start_mark.line + self.first)
        for key, mark, value in _children(node):
            here, line = (*path, key), mark.line + self.first
            if here in self._lines:
                self.add(f"`{key}` stands here a second time", "keep one", line=line)
            self._lines[here] = line
            self._index(value, here)

    def line_of(self, *path: str | int) -> int:
        """Return the line of the deepest part of `path` that the text has; 0 for none."""
        names = tuple(str(part) for part in path)
        return next((self._lines[names[:n]] for n in range(len(names), -1, -1) if names[:n] in self._lines), 0)

    def add(self, what: str, mend: str = "", *path: str | int, line: int = 0) -> None:
        """Note a mistake at the line of `path`."""
        self.mistakes.append(Mistake(self.file, line or self.line_of(*path), what, mend))

    def read(self, model: type[Model]) -> Model | None:
        """Return the data as `model`; None after noting every way in which it is not one."""
        if self.mistakes:
            return None
        if not isinstance(self.data, dict):
            self.add("is not a list of `key: value` lines", f"begin with {_listed(model.model_fields)}")
            return None
        try:
            return model.model_validate(self.data)
        except ValidationError as error:
            problems = error.errors(include_url=False)
            for problem in problems:
                is_sequel = any(_is_within(other["loc"], problem["loc"]) for other in problems)
                if problem["type"] != "too_short" or not is_sequel:
                    self._explain(problem, model)
            return None

    def _explain(self, problem: Any, model: type[BaseModel]) -> None:
        path: tuple[str | int, ...] = problem["loc"]
        name = ".".join(str(part) for part in path) or self.file
        if problem["type"] == "missing":
            self.add(f"`{name}` is missing", "add it", *path)
        elif problem["type"] == "extra_forbidden":
            known = list(_fields_at(model, path[:-1]))
            self.add(f"`{name}` means nothing here", nearest(str(path[-1]), known) or _instead(known), *path)
        elif problem["type"] in WORDS:
            what, mend = WORDS[problem["type"]]
            self.add(f"`{name}` {what}", mend, *path)
        else:
            said = str(problem["msg"]).removeprefix("Value error, ").replace("Input should be", "has to be")
            mend = (
                nearest(str(problem["input"]), _QUOTED.findall(said))
                if problem["type"] in {"literal_error", "enum"}
                else ""
            )
            self.add(f"`{name}` {said[0].lower()}{said[1:]}", mend, *path)


def _is_within(path: Sequence[str | int], other: Sequence[str | int]) -> bool:
    return len(path) > len(other) and tuple(path[: len(other)]) == tuple(other)


def _fields_at(model: type[BaseModel], path: Sequence[str | int]) -> Mapping[str, Any]:
    """Return the fields of the part of `model` at `path`; nothing where they are free."""
    fields: Mapping[str, Any] = model.model_fields
    for part in path:
        if str(part) in fields:
            fields = next((one.model_fields for one in _models(fields[str(part)].annotation)), {})
    return fields


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the models that a type speaks of, such as `Limits` in `Mapping[str, Limits]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


def nearest(word: str, known: Sequence[str]) -> str:
    """Return a mend naming the known word that was probably meant; empty when there is none."""
    close = get_close_matches(word, known, n=1)
    return f"did you mean `{close[0]}`?" if close else ""


def _children(node: yaml.Node) -> Iterator[tuple[str, yaml.Mark, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield str(key.value), key.start_mark, value
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield str(number), value.start_mark, value


def _instead(known: Sequence[str]) -> str:
    """Return a mend for a key that is near to none of those that there are."""
    return f"remove it; here may stand {_all_of(known)}" if known else "remove it"


def _all_of(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _listed(names: Sequence[str] | Any) -> str:
    return _all_of(list(names)[:3])
