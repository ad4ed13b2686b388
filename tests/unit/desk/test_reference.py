"""The reference of a desk's files tells what the code reads: each key, with a meaning and an example that is true."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest
import yaml
from pydantic import BaseModel, ValidationError

from bot.app.shipping import PAGE
from bot.cli.main import main
from bot.desk.loading.desk import desk_folder
from bot.desk.loading.scaffold import SCHEMA, new_desk, schema_text
from bot.desk.loading.yaml_source import Source
from bot.desk.reference.page import MODELS, reference
from bot.desk.reference.schema import meanings

TEXT = reference()
_NUMBERS = [("tag:yaml.org,2002:int", re.compile(r"-?\d+$")), ("tag:yaml.org,2002:float", re.compile(r"-?\d+\.\d+$"))]


class Yaml12(yaml.SafeLoader):
    """Reads a file as editors do: `17:00` and a date are text, in YAML 1.2."""

    yaml_implicit_resolvers = {  # noqa: RUF012 (the base class declares it so)
        **dict.fromkeys("-0123456789", _NUMBERS),
        **{each[0]: [("tag:yaml.org,2002:bool", re.compile(each))] for each in ("true$", "false$")},
    }


def examples(kind: str) -> Iterator[str]:
    """Yield the fenced blocks of one language."""
    yield from re.findall(rf"^```{kind}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def example_of(name: str) -> Source:
    """Return the example of one of the page's models as the loader reads it: the longest one."""
    longest = max(_blocks_of(name), key=len)
    return Source(name, longest.removeprefix("---\n").partition("\n---\n")[0])


def _blocks_of(name: str) -> list[str]:
    part = TEXT.split(f"\n## `{name}")[1].partition("\n## ")[0]
    return re.findall(r"^```(?:yaml|markdown)\n(.*?)^```$", part, re.MULTILINE | re.DOTALL)


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the models within a type."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from models_in(inner)


def all_models(model: type[BaseModel]) -> set[type[BaseModel]]:
    """Return a model and all within it."""
    within = [each for field in model.model_fields.values() for each in models_in(field.annotation)]
    return {model}.union(*(all_models(each) for each in within))


def keys_in(value: Any) -> set[str]:
    """Return every key that stands anywhere in a value."""
    if isinstance(value, Mapping):
        return set(value).union(*(keys_in(each) for each in value.values()))
    return set().union(*(keys_in(each) for each in value)) if isinstance(value, list) else set()


def as_json(folder: Path) -> Any:
    """Return a desk's rules as a JSON Schema sees them."""
    return yaml.load((folder / "desk.yml").read_text("utf-8"), Yaml12)  # noqa: S506 (a SafeLoader)


def test_the_page_that_readers_find_is_what_the_code_says() -> None:
    assert PAGE.read_text("utf-8") == TEXT, "a key or the text around it has changed: run `make shipped`"


@pytest.mark.parametrize("name", MODELS)
def test_every_key_has_a_meaning(name: str) -> None:
    models = all_models(MODELS[name])
    unexplained = [(each.__name__, set(each.model_fields) - set(meanings(each))) for each in models]

    assert [pair for pair in unexplained if pair[1]] == []


@pytest.mark.parametrize("name", MODELS)
def test_the_example_is_read_as_it_stands_and_shows_every_key(name: str) -> None:
    example = example_of(name)
    keys = {key for model in all_models(MODELS[name]) for key in model.model_fields}
    spelt_otherwise = {"name", "arguments", "command", "environment"}  # `tool: {…}`, and in a comment

    assert example.read(MODELS[name]) is not None, example.mistakes
    assert keys - keys_in(example.data) <= spelt_otherwise


def test_the_python_in_it_is_python() -> None:
    for block in examples("python"):
        compile(block, "page.md", "exec")


@pytest.mark.parametrize("desk", ["store", "airline"])
def test_the_schema_for_editors_agrees_with_the_desks_that_there_are(desk: str) -> None:
    jsonschema.validate(as_json(desk_folder(desk)), json.loads(schema_text()))


@pytest.mark.parametrize(
    "change",
    [
        {"timer": {"idle_close": "3 days"}},
        {"timers": {"idle_close": "three days"}},
        {"autonomy": {"otherwise": "sometimes"}},
        {"limits": {"refund": {"at_once_below": -1}}},
        {"business_hours": {"open": "9 o'clock", "close": "17:00"}},
    ],
)
def test_what_the_loader_refuses_the_schema_refuses_too(change: Mapping[str, Any], tmp_path: Path) -> None:
    new_desk(tmp_path / "mine")
    rules = {**as_json(tmp_path / "mine"), **change}

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(rules, json.loads(schema_text()))
    with pytest.raises(ValidationError):
        MODELS["desk.yml"].model_validate(rules)


def test_a_new_desk_brings_its_schema_and_names_it_in_its_first_line(tmp_path: Path) -> None:
    new_desk(tmp_path / "mine")
    first = (tmp_path / "mine" / "desk.yml").read_text("utf-8").partition("\n")[0]

    assert first == f"# yaml-language-server: $schema={SCHEMA}"
    jsonschema.validate(as_json(tmp_path / "mine"), json.loads((tmp_path / "mine" / SCHEMA).read_text("utf-8")))


def test_the_command_prints_the_page_and_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    printed = []
    for options in ([], ["--schema"]):
        with pytest.raises(SystemExit) as done:
            main(["desk", "reference", *options])
        assert done.value.code == 0
        printed.append(capsys.readouterr().out)

    assert printed == [TEXT, schema_text()]
