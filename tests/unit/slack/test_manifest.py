"""`manifest.yml` asks for the events we listen to and for no scope more than they need."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from integrations.slack.inbound.bolt_app import EVENTS
from integrations.slack.inbound.receiver import EVENTS_PATH

ROOT = Path(__file__).parents[3]
SCHEMA = ROOT.parent / "shared" / "contracts" / "slack_manifest.schema.json"

SCOPES = {
    "app_mentions:read": "app_mention",
    "assistant:write": "agents.sessions.setStatus",
    "channels:history": "message.channels",
    "channels:read": "conversations.members",
    "chat:write": "chat.postMessage",
    "files:read": "files.info",
    "files:write": "files.completeUploadExternal",
    "groups:history": "message.groups",
    "groups:read": "conversations.members",
    "im:history": "message.im",
    "im:write": "conversations.open",
    "mpim:history": "message.mpim",
    "mpim:read": "conversations.info",
    "users:read": "users.info",
    "users:read.email": "users.info",
}
"""Each scope with the event or the method that needs it."""


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "manifest.yml").read_text())
    return loaded


def test_it_subscribes_to_the_events_we_listen_to_and_to_no_other(manifest: dict[str, Any]) -> None:
    assert manifest["settings"]["event_subscriptions"]["bot_events"] == list(EVENTS)


def test_it_asks_for_the_least_scopes(manifest: dict[str, Any]) -> None:
    assert manifest["oauth_config"]["scopes"] == {"bot": sorted(SCOPES)}


def test_each_scope_is_used(manifest: dict[str, Any]) -> None:
    code = "\n".join(path.read_text() for path in (ROOT / "integrations" / "slack").rglob("*.py"))
    unused = [scope for scope, need in SCOPES.items() if f'"{need}"' not in code]
    assert unused == []


def test_both_addresses_are_the_receivers(manifest: dict[str, Any]) -> None:
    settings = manifest["settings"]
    addresses = {settings[part]["request_url"] for part in ("event_subscriptions", "interactivity")}
    assert {address.removeprefix("https://support.example.com") for address in addresses} == {EVENTS_PATH}


def test_it_is_an_agent_and_not_the_deprecated_assistant(manifest: dict[str, Any]) -> None:
    features = manifest["features"]
    assert "assistant_view" not in features
    assert features["agent_view"]["agent_description"]
    assert features["app_home"]["messages_tab_enabled"] is True


def test_slack_would_take_it(manifest: dict[str, Any]) -> None:
    if not SCHEMA.exists():
        pytest.skip("no ../shared/contracts")
    jsonschema.Draft7Validator(json.loads(SCHEMA.read_text())).validate(manifest)
