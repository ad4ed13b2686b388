"""What those who run it see of a model that fails: class, status, code and mend, and no word of a customer."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.domain.audit import AuditEvent
from bot.store.records.audit_log import Audit
from bot.telemetry import metrics
from tests.flow.harness.frontdesk import Stage, open_stage
from tests.model_script import Json, Step, scripted
from tests.words import lacking

WORDS = "My password is hunter2, where is order A1001?"
FAULTS: dict[str, tuple[int, Json, dict[str, str]]] = {
    "context": (
        400,
        {"message": f"exceeds the context length: {WORDS}", "code": "context_length_exceeded"},
        {"error": "BadRequestError", "status": "400", "code": "context_length_exceeded"},
    ),
    "tools": (
        400,
        {"message": "gemma does not support tools", "type": "api_error"},
        {"error": "BadRequestError", "status": "400", "code": "api_error"},
    ),
    "key": (
        401,
        {"message": f"Incorrect API key provided: sk-abcdefgh ({WORDS})", "code": f"wrong: {WORDS}"},
        {"error": "AuthenticationError", "status": "401", "code": ""},
    ),
}


@pytest.mark.parametrize("api", ["responses", "chat_completions"])
@pytest.mark.parametrize("why", FAULTS)
async def test_a_model_that_fails_is_seen_in_log_audit_and_metrics(
    redis_url: str, tmp_path: Path, why: str, api: Any
) -> None:
    status, body, fields = FAULTS[why]
    before = counted(why, fields)
    async with (
        scripted(lambda _: Step(status, {"error": body})) as model,
        open_stage(redis_url, tmp_path, **model.settings(api)) as stage,
    ):
        ticket = await stage.opens(WORDS)
        [comment] = await stage.bot_comments(ticket)
        await stage.quiet()
        escalation = await escalation_of(stage, ticket)
        log = stage.log.getvalue()

    line = failure_in(log)
    assert line.items() >= {**fields, "why": why, "level": "error"}.items()
    assert line["mend"]
    assert escalation.outcome == "failure"
    assert {name: escalation.details.get(name, "") for name in (*fields, "why")} == {**fields, "why": why}
    assert counted(why, fields) == before + 1
    told = log + json.dumps(escalation.told()) + metrics.exposition().decode()
    assert lacking(told, "hunter2", "sk-abc") == ["hunter2", "sk-abc"]
    assert "Error" not in comment["body"]


async def escalation_of(stage: Stage, ticket_id: int) -> AuditEvent:
    """Return the audit's one event of how the ticket went to people."""
    story = await Audit(stage.engine.client).story(f"zendesk:{ticket_id}")
    [escalation] = [event for event in story if event.deed == "escalation"]
    return escalation


def failure_in(log: str) -> Json:
    """Return the log's one line of a failed model."""
    [line] = [json.loads(line) for line in log.splitlines() if '"model.failed"' in line]
    found: Json = line
    return found


def counted(why: str, fields: Json) -> float:
    value = metrics.REGISTRY.get_sample_value(
        "frontdesk_model_faults_total", {**fields, "why": why, "then": "given up"}
    )
    return value or 0.0
