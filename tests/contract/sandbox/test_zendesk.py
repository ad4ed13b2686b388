"""The simulated Zendesk knows the documented requests, and answers any body with a documented answer."""

import pytest

from integrations.sandbox.zendesk import rules as zendesk_rules
from integrations.sandbox.zendesk import setup, tickets, users, validation
from integrations.sandbox.zendesk.routes import ROUTES
from integrations.sandbox.zendesk.webhooks import sign
from tests.contract.sandbox import kit
from tests.contract.sandbox.kit import contract

world = kit.world


@pytest.mark.parametrize("use", [True, False])
def test_zendesks_signature_examples_come_out(use: bool) -> None:
    vectors = contract("zendesk_webhook_payloads.json")["signature_vectors"]
    vector = next(v for v in vectors if v["use"] is use)
    made = sign(vector["secret"], vector["timestamp"], vector["body"].encode())
    # The second one signs body before timestamp, as old pages had it.
    assert (made == vector["signature"]) is use


def test_the_published_test_secret_is_used_verbatim() -> None:
    secret = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="
    body = b'{"event":"ticket.updated","id":123}'
    assert sign(secret, "2021-03-25T05:09:27Z", body) == "S/RDdU2ERmj7LHDDoWJ2onPYH+t7/f2+LTM4dL7UiLM="


@pytest.mark.parametrize(
    ("definition", "allowed"),
    [
        ("req_TicketCreateInput", validation.CREATE),
        ("req_TicketUpdateInput", validation.UPDATE),
        ("req_TicketCommentObject", validation.COMMENT),
        ("req_Requester", validation.REQUESTER),
        ("req_Merge", tickets.MERGE),
        ("req_User", users.USER),
        ("req_Webhook", setup.WEBHOOK),
        ("req_Trigger", zendesk_rules.TRIGGER),
        ("req_TicketField", zendesk_rules.FIELD),
    ],
)
def test_exactly_the_documented_keys_are_taken(definition: str, allowed: frozenset[str]) -> None:
    documented = contract("zendesk_requests.json")["$defs"][definition]
    assert set(documented["properties"]) == allowed


def test_every_documented_endpoint_is_there() -> None:
    documented = set()
    for name in contract("zendesk_requests.json")["endpoints"]:
        method, _, path = name.partition(" ")
        parts = ["{}" if p.startswith("{") else p for p in path.removeprefix("/api/v2/").split("/")]
        documented.add(f"{method} {'/'.join(parts)}")
    beyond = {
        "POST webhooks/test",
        "GET webhooks/{}/invocations",
        "GET webhooks/{}/invocations/{}/attempts",
        "GET oauth/tokens/current",
        "DELETE oauth/tokens/{}",
        "POST /oauth/tokens",
    }
    assert documented - set(ROUTES) - beyond == set()
