"""Slack's published method reference as a check on what we send (`../shared/contracts/slack_methods.json`)."""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

REFERENCE = Path(__file__).parents[4] / "shared" / "contracts" / "slack_methods.json"


def load_reference() -> dict[str, Any] | None:
    """Return the reference with its corrections, None where the folder is absent."""
    if not REFERENCE.exists():
        return None
    reference: dict[str, Any] = json.loads(REFERENCE.read_text())
    return reference


def problems(reference: Mapping[str, Any], requests: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return what Slack would not understand in the sandbox's request log, one line each."""
    found: list[str] = []
    for request in requests:
        if request["vendor"] == "slack":
            arguments = {**request["query"], **request["body"]}
            found += [f"{request['path']}: {problem}" for problem in _check(reference, request["path"], arguments)]
            found += _check_answer(reference, request["path"], request["answer"])
    return found


def _check(reference: Mapping[str, Any], name: str, arguments: Mapping[str, Any]) -> list[str]:
    method = reference["methods"].get(name)
    if method is None:
        return ["unknown method"]
    corrections = reference["corrections"]
    found = _check_names(name, method, corrections, arguments)
    found += _check_groups(name, method, corrections, arguments)
    for argument, value in arguments.items():
        spec = method["args"].get(argument, {})
        if not _fits(spec, value):
            found.append(f"{argument} is no {spec.get('type')}")
        allowed = corrections["enum"].get(f"{name}.{argument}")
        if allowed and value not in allowed:
            found.append(f"{argument} is none of {allowed}")
    return found


def _check_names(
    name: str, method: Mapping[str, Any], corrections: Mapping[str, Any], arguments: Mapping[str, Any]
) -> list[str]:
    """Arguments that do not exist, and those that are missing."""
    known = {*method["args"], *corrections["extra_args"].get(name, ()), *corrections["allowed_everywhere"]}
    optional = corrections["not_required"].get(name, ())
    required = [arg for arg, spec in method["args"].items() if spec["required"] and arg not in optional]
    required += corrections["effectively_required"].get(name, ())
    unknown = [f"unknown argument {argument}" for argument in arguments if argument not in known]
    return unknown + [f"{argument} is missing" for argument in required if argument not in arguments]


def _check_groups(
    name: str, method: Mapping[str, Any], corrections: Mapping[str, Any], arguments: Mapping[str, Any]
) -> list[str]:
    """Arguments of which one must be sent, and those of which only one may be."""
    found: list[str] = []
    one_of = corrections["one_of_required"].get(name)
    if one_of and not set(one_of) & set(arguments):
        found.append(f"one of {one_of} is missing")
    exclusive = [group["args"] for group in method.get("arg_groups", ()) if group["mutually_exclusive"]]
    return found + [f"only one of {args} may be sent" for args in exclusive if len(set(args) & set(arguments)) > 1]


def _check_answer(reference: Mapping[str, Any], name: str, answer: Any) -> list[str]:
    error = answer.get("error") if isinstance(answer, dict) and answer.get("ok") is False else None
    known = {"ratelimited", *reference["methods"].get(name, {}).get("errors", ())}
    return [] if error is None or error in known else [f"{name}: the simulator answers {error}"]


def _fits(spec: Mapping[str, Any], value: Any) -> bool:
    kinds = spec.get("type")
    if kinds is None:
        return True
    if spec.get("format") == "json":
        return _is_json(value)
    return any(_is(kind, value) for kind in ([kinds] if isinstance(kinds, str) else kinds))


def _is_json(value: Any) -> bool:
    if not isinstance(value, str):
        return isinstance(value, dict | list)
    try:
        json.loads(value)
    except ValueError:
        return False
    return True


def _is(kind: str, value: Any) -> bool:
    text = str(value)
    match kind:
        case "boolean":
            return isinstance(value, bool) or text in {"0", "1", "true", "false"}
        case "integer" | "number":
            return text.replace(".", "", 1).isdigit()
        case "timestamp":
            return bool(re.fullmatch(r"\d+\.\d+", text))
        case "array":
            return isinstance(json.loads(value) if isinstance(value, str) else value, list)
        case "channel" | "user" | "file":
            return isinstance(value, str) and bool(re.fullmatch(r"[A-Z0-9]*[A-Z][A-Z0-9]*", text))
        case _:
            return isinstance(value, str)
