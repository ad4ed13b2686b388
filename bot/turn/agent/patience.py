"""Retries a failing model while the desk has patience and the customer has seen none of the answer.

What passes by itself (a server that is overloaded, restarts, breaks off, or says nothing once) costs the customer a
while with a status line; only what lasts goes to people. The limits count silence, and the whole of one call.
"""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from time import monotonic
from typing import Any

import structlog
from agents import Model, ModelResponse, ModelSettings
from agents.exceptions import AgentsException
from agents.items import TResponseStreamEvent
from openai import APIConnectionError, APIError, APIStatusError, APITimeoutError, OpenAIError
from openai.types.responses import ResponseCompletedEvent

from bot.desk.policy.sections import ModelCalls
from bot.domain.errors import AgentError, ModelTrouble, passes_by
from bot.domain.models.faults import OUT_OF_MONEY, Why, fields_of, why_refused
from bot.domain.ports import Clock
from bot.telemetry import metrics
from bot.turn.agent.preview import PreviewBuffer

FIRST_DELAY, LONGEST_DELAY = 0.5, 8.0
SILENT_TRIES = 2
"""So often a model that said nothing is asked again; then it means it, and the run decides whether that will do."""

log = structlog.get_logger(__name__)


def patient_settings(settings: ModelSettings, calls: ModelCalls) -> ModelSettings:
    """Return how a desk's models are called: its limits, and neither the SDK's time limit nor its retries.

    The client's `timeout` is that of each read, so that it counts silence.
    """
    return replace(
        settings,
        timeout=None,
        retry=None,
        max_tokens=calls.max_output_tokens,
        temperature=calls.temperature,
        extra_args={**(settings.extra_args or {}), "timeout": calls.silence},
    )


class PatientModel(Model):
    """Any model, asked again where that may help."""

    def __init__(self, model: Model, calls: ModelCalls, clock: Clock) -> None:
        self._model = model
        self._calls = calls
        self._clock = clock

    async def close(self) -> None:
        """Close the model behind it."""
        await self._model.close()

    def get_retry_advice(self, request: Any) -> Any:
        """Return what the model behind it advises."""
        return self._model.get_retry_advice(request)

    async def get_response(self, *given: Any, **named: Any) -> ModelResponse:
        """Return the answer.

        Raises:
            AgentError: there is none to be had.
        """
        trying = _Trying(self._calls, self._clock)
        while True:
            try:
                asked, rest = trying.call(given, named)
                async with asyncio.timeout(self._calls.whole):
                    response = await self._model.get_response(*asked, **rest)
                trying.weigh(response.output)
            except Exception as error:
                await trying.again(error)
            else:
                trying.observe("done")
                return response

    async def stream_response(self, *given: Any, **named: Any) -> AsyncIterator[TResponseStreamEvent]:
        """Stream the answer; what nobody has seen begins again with a `response.created`.

        Raises:
            AgentError: there is none to be had.
        """
        trying = _Trying(self._calls, self._clock)
        while True:
            try:
                asked, rest = trying.call(given, named)
                async with aclosing(self._events(asked, rest)) as events:
                    async for event in events:
                        trying.hear()
                        if isinstance(event, ResponseCompletedEvent):
                            trying.weigh(event.response.output)
                        yield event
            except Exception as error:
                await trying.again(error)
            else:
                trying.observe("done")
                return

    async def _events(self, given: Sequence[Any], named: dict[str, Any]) -> AsyncGenerator[TResponseStreamEvent, None]:
        """Only the waiting for the model counts, not what is done with an event meanwhile."""
        ends = asyncio.get_running_loop().time() + self._calls.whole
        stream: Any = self._model.stream_response(*given, **named)
        async with aclosing(stream):
            while True:
                async with asyncio.timeout_at(ends):
                    event = await anext(stream, None)
                if event is None:
                    return
                yield event


class _Trying:
    """One question to the model, however often it is put."""

    def __init__(self, calls: ModelCalls, clock: Clock) -> None:
        self._calls = calls
        self._clock = clock
        self._showing = PreviewBuffer.now()
        self._heard = clock.now()
        self._fails_since: float | None = None
        self._seen: Counter[str] = Counter()
        self._hint = ""
        self._began = monotonic()
        if self._showing:
            self._showing.begin()

    def call(self, given: Sequence[Any], named: dict[str, Any]) -> tuple[Sequence[Any], dict[str, Any]]:
        """Return the arguments of the next call; a hint goes to the end of the instructions."""
        self._began = monotonic()
        if not self._hint:
            return given, named
        said = given[0] if given else named.get("system_instructions")
        hinted = f"{said or ''}\n\n{self._hint}".strip()
        return ((hinted, *given[1:]), named) if given else (given, {**named, "system_instructions": hinted})

    def observe(self, outcome: str) -> None:
        """Count the time that the last call took."""
        metrics.MODEL_SECONDS.labels(outcome=outcome).observe(monotonic() - self._began)

    def hear(self) -> None:
        """Something came."""
        self._heard = self._clock.now()

    def weigh(self, output: Sequence[Any]) -> None:
        """Look at a whole answer.

        Raises:
            ModelTrouble: it is empty, and asking again may bring one that is not.
        """
        if self._seen["Silence"] < SILENT_TRIES and not any(_says(item) for item in output):
            raise ModelTrouble("the model said nothing", error="Silence", code="empty", tries=SILENT_TRIES)
        if self._showing and self._fails_since is not None:
            self._showing.waited += self._clock.now() - self._fails_since

    async def again(self, error: Exception) -> None:
        """Return when the question may be put again.

        Raises:
            AgentError: it may not.
        """
        if not isinstance(error, AgentError | OpenAIError | AgentsException | TimeoutError):
            raise error
        self.observe("failed")
        fault = fault_of(error)
        self._fails_since = self._heard if self._fails_since is None else self._fails_since
        delay = self._delay(fault)
        if delay is None or not (self._showing is None or self._showing.take_back()):
            count(fault, "given up")
            raise fault from error
        count(fault, "asked again")
        log.info("model.asked_again", **fields_of(fault))
        self._seen[fault.error] += 1
        self._hint = fault.hint if isinstance(fault, ModelTrouble) else ""
        if self._showing:
            await self._showing.status("status.slow")
        await asyncio.sleep(delay)

    def _delay(self, fault: AgentError) -> float | None:
        """How long to wait before the next call, None for no next call."""
        if not isinstance(fault, ModelTrouble):
            return None
        if fault.tries is not None and self._seen[fault.error] >= fault.tries:
            return None
        before = self._showing.waited if self._showing else 0.0
        left = self._calls.patience - before - (self._clock.now() - (self._fails_since or 0.0))
        grown = min(FIRST_DELAY * 2 ** self._seen.total(), LONGEST_DELAY) * random.uniform(0.75, 1.25)  # noqa: S311
        delay = 0.0 if fault.tries else fault.retry_after or grown
        return delay if delay <= left else None


def _says(item: Any) -> bool:
    if item.type == "message":
        return any(str(getattr(part, "text", "") or getattr(part, "refusal", "")).strip() for part in item.content)
    return bool(item.type != "reasoning")


def fault_of(error: Exception) -> AgentError:
    """Return what an error means for the desk: a `ModelTrouble` where asking again may help."""
    name = type(error).__name__
    match error:
        case AgentError():
            return error
        case APITimeoutError():
            return ModelTrouble("the model was silent for too long", error=name, code="silence", why=Why.SILENT)
        case APIConnectionError():
            return ModelTrouble(f"the model failed ({name})", error=name, code="connection", why=Why.AWAY)
        case APIStatusError():
            return _refusal(error)
        case APIError():
            return _broken(error)
        case TimeoutError():
            return AgentError("the model took too long", error=name, code="whole", why=Why.SILENT)
        case _:
            return AgentError(f"the model failed ({name})", error=name)


def count(fault: AgentError, then: str) -> None:
    """Count a fault for those who run the model."""
    if fault.is_fault:
        metrics.MODEL_FAULTS.labels(**metrics.bounded(fields_of(fault)), then=then).inc()


def _refusal(error: APIStatusError) -> AgentError:
    name = type(error).__name__
    status = error.status_code
    code = _code(error)
    reason = f"the model failed ({name})"
    why = why_refused(status, code, f"{error.message} {error.body}")
    if not passes_by(status) or code in OUT_OF_MONEY or why is Why.CONTEXT:
        return AgentError(reason, error=name, status=status, code=code, why=why)
    return ModelTrouble(reason, error=name, status=status, code=code, why=why, retry_after=_retry_after(error))


def _broken(error: APIError) -> AgentError:
    """An error inside a stream that began with 200: its code may be a status."""
    body: Any = error.body
    given = body.get("code") if isinstance(body, dict) else None
    code = str(given or error.code or "")
    status = int(code) if code.isdigit() else None
    reason = f"the model failed ({type(error).__name__})"
    why = why_refused(status, code, f"{error.message} {body}")
    if (
        (status is not None and not passes_by(status))
        or code in OUT_OF_MONEY
        or code.startswith(("invalid", "context_length"))
    ):
        return AgentError(reason, error=type(error).__name__, status=status, code=code, why=why)
    return ModelTrouble(reason, error=type(error).__name__, status=status, code=code, why=why)


def _code(error: APIStatusError) -> str:
    """Servers that repeat the status as the code say more in the type."""
    code = str(error.code or "")
    return str(error.type or code) if not code or code.isdigit() else code


def _retry_after(error: APIStatusError) -> float | None:
    """https://www.rfc-editor.org/rfc/rfc9110#field.retry-after; OpenAI adds one in milliseconds."""
    for header, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            return max(0.0, float(error.response.headers.get(header, "")) / unit)
        except ValueError:
            continue
    return None
