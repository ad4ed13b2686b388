"""Zendesk's interface as a judge: requests to the simulator are held against the vendor's request schemas."""

import functools
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

CONTRACTS = Path(__file__).parents[4] / "shared" / "contracts"
_WARNING = "x-zendesk-api-warn"


def contract_file(name: str) -> Any:
    """Return a contract file's JSON; skip the test where the files are not at hand."""
    path = CONTRACTS / name
    if not path.is_file():
        pytest.skip("no ../shared/contracts")
    return json.loads(path.read_text())


UNCHECKED = frozenset(
    {
        "GET /api/v2/help_center/articles",
        "GET /api/v2/help_center/incremental/articles",
        "GET /api/v2/help_center/locales",
        "GET /api/v2/help_center/user_segments",
        "GET /api/v2/incremental/ticket_events",
        "GET /api/v2/search/export",
    }
)
"""Endpoints that the vendor's published interface, as we have it, does not describe."""

_UNDESCRIBED = re.compile(
    r"GET /api/v2/(brands|users/\d+/brand_agents|custom_roles/\d+|groups/\d+/memberships)"
    r"|(GET|POST) /api/v2/(macros|views)|(GET|PUT|DELETE) /api/v2/(macros|views)/\d+"
    r"|POST /api/v2/help_center/[\w-]+/sections/\d+/articles"
    r"|(PUT|DELETE) /api/v2/groups/\d+|DELETE /api/v2/(tickets|users|webhooks)/\w+"
)
"""The same for what an administrator does."""


KNOWN = "'deleted' is not one of"
"""The incremental export's status of a deleted ticket, which the description lacks:
https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/"""


def violations(requests: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return what Zendesk would not have understood.

    Args:
        requests: as the sandbox records them: method, path, query, headers, body, status.
    """
    document = contract_file("zendesk_requests.json")
    found = []
    for request in requests:
        name = f"{request['method']} {request['path']}"
        if name.removesuffix(".json") in UNCHECKED or _UNDESCRIBED.fullmatch(name.removesuffix(".json")):
            continue
        endpoint = _endpoint(request["method"], request["path"])
        if endpoint is None:
            found.append(f"{name}: no such endpoint")
            continue
        rules = document["endpoints"][endpoint]
        found += [f"{name}: {problem}" for problem in _query(rules, request["query"])]
        found += [f"{name}: {problem}" for problem in _body(document, rules, request)]
        found += [f"{name}: {problem}" for problem in _answer(document, rules, request) if KNOWN not in problem]
    return found


def _query(rules: Mapping[str, Any], query: Mapping[str, str]) -> Iterable[str]:
    allowed = rules.get("query") or {}
    for key, text in query.items():
        if key not in allowed:
            yield f"query {key} is unknown"
            continue
        value = _typed(allowed[key].get("type"), text)
        yield from (f"query {key}: {e.message}" for e in Draft202012Validator(allowed[key]).iter_errors(value))


def _body(document: Mapping[str, Any], rules: Mapping[str, Any], request: Mapping[str, Any]) -> Iterable[str]:
    schema, body = rules.get("body"), request["body"]
    if schema is None:
        yield from ["a body where none belongs"] if body else []
    elif not schema.get("binary") and (body or request["path"] != "/oauth/tokens"):
        # The sandbox's record leaves out what signs in.
        checker = Draft202012Validator({**schema, "$defs": document["$defs"]})
        yield from (f"{e.json_path}: {e.message}" for e in checker.iter_errors(body))


def _answer(document: Mapping[str, Any], rules: Mapping[str, Any], request: Mapping[str, Any]) -> Iterable[str]:
    """The simulator's word is only worth something while it answers like Zendesk."""
    schema = (rules.get("responses") or {}).get(str(request["status"]))
    answer = request.get("answer")
    if schema and answer:
        checker = Draft202012Validator({**schema, "$defs": document["$defs"]})
        yield from (f"answer {e.json_path}: {e.message}" for e in checker.iter_errors(answer))


def _typed(kind: Any, text: str) -> Any:
    if kind == "integer" and text.isdecimal():
        return int(text)
    return {"true": True, "false": False}.get(text, text) if kind == "boolean" else text


def _endpoint(method: str, path: str) -> str | None:
    """Return the schema's name of an endpoint; literal paths win over those with ids."""
    plain = path.removesuffix(".json")
    known = [pattern for pattern in _patterns() if pattern[0].fullmatch(f"{method} {plain}")]
    return min(known, key=lambda pattern: pattern[1].count("{"))[1] if known else None


@functools.cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    names = contract_file("zendesk_requests.json")["endpoints"]
    parts = re.compile(r"\{(\w+)\}")
    return [(re.compile(parts.sub(_id_pattern, re.sub(r"([.?+])", r"\\\1", name))), name) for name in names]


def _id_pattern(match: re.Match[str]) -> str:
    is_number = not match[1].startswith(("webhook", "invocation", "job", "token"))
    return "[0-9]+" if is_number else "[^/]+"
