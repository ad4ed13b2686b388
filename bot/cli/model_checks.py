"""What `doctor` asks of the model itself: a streamed call with a tool, one with a schema, and room for the desk."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import httpx
from agents import (
    Agent,
    AgentOutputSchema,
    FunctionTool,
    Model,
    ModelSettings,
    ModelTracing,
    RunContextWrapper,
    function_tool,
)
from openai.types.responses import ResponseCompletedEvent
from pydantic import BaseModel, ValidationError

from bot.app.container import open_models
from bot.app.settings import Settings
from bot.cli.doctor_checks import MODEL_SECONDS, OPENAI
from bot.desk.loading.desk import Desk
from bot.desk.tools.tool_context import ToolContext
from bot.domain.errors import AgentError, ModelTrouble
from bot.domain.models.faults import TOLD, Why, fields_of
from bot.domain.ports import Clock
from bot.runtime.connectors import CheckResult, Look
from bot.turn.agent.history import BYTES_PER_TOKEN
from bot.turn.agent.patience import fault_of, patient_settings
from bot.turn.agent.specialists import SpecialistModels, build_agents

OFFLINE = "offline"
INSTRUCTIONS = "You answer customers. Look every order up with the tool before you answer; never guess."
QUESTION = "Where is order A1001?"
ANSWER_TOKENS = 1_000
"""Room that an answer and the look-ups before it want at least."""

NO_CALL = "it answers, but calls no tool when told to"
NO_CALL_MEND = (
    "what needs a look-up would be guessed, or go to people: take a model that is made for tools, and see that the"
    " server tells it of them (llama.cpp: `--jinja`, with a template that knows tools)"
)
_CONTEXTS = ("max_model_len", "context_length", "context_window", "max_context_length", "n_ctx")
"""Names by which servers tell a model's context: vLLM, OpenRouter, Groq, Mistral and LM Studio, llama.cpp."""


class Sample(BaseModel):
    """What is asked for by a schema.

    Args:
        is_question: whether the text asks for something.
        language: two letters.
    """

    is_question: bool
    language: str


@function_tool
def look_order_up(order_id: str) -> str:
    """Tell what is known of an order.

    Args:
        order_id: The order's number.
    """
    return order_id


def look_at_calls(
    settings: Settings,
    desk_of: Callable[[], Desk | None],
    clock: Clock,
    transport: httpx.AsyncBaseTransport | None = None,
    faulty: Collection[str] = (),
) -> Look:
    """Return the look at what the models can do for this desk; it costs a few hundred tokens.

    Args:
        desk_of: returns the desk once it was loaded, None where it could not be.
        transport: the tests' own, for what is asked of the server beside the calls.
        faulty: models of which is known by then that they do not answer.
    """

    async def look() -> list[CheckResult]:
        desk = desk_of()
        large = settings.frontdesk_model or OFFLINE
        small = settings.frontdesk_router_model or large
        named = [name for name in _remote(large, small) if name not in faulty]
        if desk is None or not named:
            return []
        models = open_models(settings)
        asked = patient_settings(models.settings, desk.policy.model)
        try:
            lines = await _calls({large: models.large, small: models.small}, named, asked)
            if small in named and desk.policy.screen.model:
                lines.append(await _schema(small, models.small, asked))
        finally:
            await models.close()
        prompt = first_prompt(desk, clock)
        rooms = [await _room(settings, name, prompt, desk, transport) for name in named]
        return [*_by_cause(lines), *rooms]

    return look


def _remote(*names: str) -> list[str]:
    return [name for name in dict.fromkeys(names) if name != OFFLINE]


async def _calls(models: Mapping[str, Model], names: Sequence[str], asked: ModelSettings) -> list[CheckResult]:
    return [await _tool(name, models[name], asked) for name in names]


def _by_cause(lines: Sequence[CheckResult]) -> list[CheckResult]:
    """Return the lines with one for each problem: what fails alike has one cause."""
    found: dict[object, CheckResult] = {}
    for line in lines:
        cause = (line.problem, line.mend) if line.problem else line.what
        before = found.get(cause)
        found[cause] = replace(line, what=f"{before.what}; {line.what}") if before else line
    return list(found.values())


async def _tool(name: str, model: Model, settings: ModelSettings) -> CheckResult:
    """One streamed call, as a specialist makes them."""
    what, calls = f"Model {name}: a streamed call with a tool", False
    tools: list[Any] = [look_order_up]
    try:
        stream: Any = model.stream_response(
            INSTRUCTIONS, QUESTION, settings, tools, None, [], ModelTracing.DISABLED, **_NOTHING_BEFORE
        )
        async for event in stream:
            if isinstance(event, ResponseCompletedEvent):
                calls = any(item.type == "function_call" for item in event.response.output)
    except Exception as error:
        return _fault(what, error)
    return CheckResult(what) if calls else CheckResult(what, NO_CALL, NO_CALL_MEND)


async def _schema(name: str, model: Model, settings: ModelSettings) -> CheckResult:
    """One call as the screen makes them."""
    what = f"Model {name}: a call with a schema"
    schema = AgentOutputSchema(Sample)
    try:
        response = await model.get_response(
            "Say what the customer's text is.", QUESTION, settings, [], schema, [], ModelTracing.DISABLED,
            **_NOTHING_BEFORE,
        )  # fmt: skip
        messages = [item for item in response.output if item.type == "message"]
        parts = [part for message in messages for part in message.content]
        Sample.model_validate_json("".join(getattr(part, "text", "") for part in parts))
    except ValidationError:
        return CheckResult(what, "it answers with something else", TOLD[Why.SCHEMA].mend)
    except Exception as error:
        return _fault(what, error)
    return CheckResult(what)


_NOTHING_BEFORE: Mapping[str, Any] = {"previous_response_id": None, "conversation_id": None, "prompt": None}


def _fault(what: str, error: Exception) -> CheckResult:
    """What went wrong in our words, with the codes by which it can be looked up."""
    fault = fault_of(error)
    fields = fields_of(fault)
    codes = ", ".join(fields[name] for name in ("error", "status", "code") if fields.get(name))
    if isinstance(fault, ModelTrouble) and not fault.why:
        return CheckResult(what, f"{fault.reason} ({codes})", NO_CALL_MEND)
    told = TOLD[Why(fields.get("why") or Why.UNTOLD)]
    said = told.what if isinstance(fault, AgentError) and fault.why else fault.reason
    return CheckResult(what, f"{said} ({codes})", told.mend)


def first_prompt(desk: Desk, clock: Clock) -> str:
    """Return the longest of what the desk's specialists are told before a customer's first word, tools included.

    Those of MCP servers are not among them.
    """
    nobody: Any = None
    agents = build_agents(desk, SpecialistModels(nobody, nobody, ModelSettings()))
    context = ToolContext(None, "", None, desk.knowledge, clock, can_prove=True)
    return max((_told(agent, context) for agent in agents.values()), key=len)


def _told(agent: Agent[ToolContext], context: ToolContext) -> str:
    instructions: Any = agent.instructions
    own = [tool for tool in agent.tools if isinstance(tool, FunctionTool)]
    tools = [(tool.name, tool.description, tool.params_json_schema) for tool in own]
    ways: Any = agent.handoffs
    tools += [(way.tool_name, way.tool_description, way.input_json_schema) for way in ways]
    return f"{instructions(RunContextWrapper(context), agent)}\n{json.dumps(tools)}"


async def _room(
    settings: Settings, name: str, prompt: str, desk: Desk, transport: httpx.AsyncBaseTransport | None
) -> CheckResult:
    """Whether the desk fits into the model's context, where the server tells it."""
    headers = {"Authorization": f"Bearer {settings.openai_api_key.get_secret_value()}"}
    base = (settings.openai_base_url or OPENAI).rstrip("/")
    what = f"Model {name}: its context"
    async with httpx.AsyncClient(timeout=MODEL_SECONDS, headers=headers, transport=transport) as server:
        context = await _context(server, base, name)
        if not context:
            return CheckResult(f"{what} (the server does not tell it)")
        first = await _counted(server, base, name, prompt)
    return judged(what, context, first, desk.policy.history_tokens)


def judged(what: str, context: int, first: int, history: int) -> CheckResult:
    """Return whether the first prompt, a long history and an answer fit."""
    told = f"{context} tokens; the first prompt has {first}"
    if context < first + ANSWER_TOKENS:
        return CheckResult(what, f"{told}, so that no conversation fits", TOLD[Why.CONTEXT].mend)
    if context < first + history + ANSWER_TOKENS:
        fits = context - first - ANSWER_TOKENS
        mend = f"set `history_tokens` to {fits} or less, or give the model a larger context"
        return CheckResult(what, f"{told}, so that a conversation of `history_tokens` ({history}) does not fit", mend)
    return CheckResult(f"{what} of {told}")


async def _context(server: httpx.AsyncClient, base: str, name: str) -> int:
    """Return the tokens that fit, 0 where nobody tells; llama.cpp tells a conversation's share of them elsewhere."""
    props = await _json(server, "GET", f"{base.removesuffix('/v1')}/props")
    if found := _number((props.get("default_generation_settings") or {}).get("n_ctx")):
        return found
    rows = (await _json(server, "GET", f"{base}/models")).get("data") or []
    row = _row_of(name, rows)
    sizes = [_number(place.get(key)) for place in (row, row.get("meta") or {}) for key in _CONTEXTS]
    return next(filter(None, sizes), 0)


def _row_of(name: str, rows: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return what the server's list says of a model; the only one is it, whatever its name."""
    named = [row for row in rows if row.get("id") == name]
    only = rows if len(rows) == 1 else []
    return next(iter([*named, *only]), {})


async def _counted(server: httpx.AsyncClient, base: str, name: str, prompt: str) -> int:
    """Return the prompt's tokens: by the server where it counts, else about.

    https://platform.openai.com/docs/api-reference/responses/input-tokens
    """
    told = await _json(server, "POST", f"{base}/responses/input_tokens", {"model": name, "input": prompt})
    return _number(told.get("input_tokens")) or len(prompt.encode()) // BYTES_PER_TOKEN


async def _json(server: httpx.AsyncClient, method: str, url: str, body: object = None) -> dict[str, Any]:
    """Return an answer's object, an empty one where there is none."""
    try:
        answer = await server.request(method, url, json=body)
        found = answer.json() if answer.status_code == 200 else {}
    except (httpx.HTTPError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _number(given: object) -> int:
    return given if isinstance(given, int) and given > 0 else 0
