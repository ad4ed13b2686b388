"""What spans and their attributes are called: OpenTelemetry's conventions for GenAI, which still move, in one place.

https://opentelemetry.io/docs/specs/semconv/gen-ai/. What they leave open begins with `frontdesk.`. Values are ids,
names from our own files, counts and outcomes, and never anybody's words: `gen_ai.input.messages` and its kin are left
out on purpose.
"""

OPERATION = "gen_ai.operation.name"
PROVIDER = "gen_ai.provider.name"
REQUEST_MODEL = "gen_ai.request.model"
INPUT_TOKENS = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS = "gen_ai.usage.output_tokens"
CACHED_TOKENS = "gen_ai.usage.cache_read.input_tokens"
CONVERSATION = "gen_ai.conversation.id"
AGENT = "gen_ai.agent.name"
TOOL = "gen_ai.tool.name"
TOOL_TYPE = "gen_ai.tool.type"
TOOL_CALL = "gen_ai.tool.call.id"
ERROR = "error.type"

TURN_NUMBER = "frontdesk.turn"
ATTEMPT = "frontdesk.attempt"
VERDICT = "frontdesk.verdict"
OWNER = "frontdesk.owner"
SPECIALIST = "frontdesk.specialist"
OUTCOME = "frontdesk.outcome"
EFFECT = "frontdesk.effect.id"
EFFECT_KIND = "frontdesk.effect.kind"
TICKET = "frontdesk.ticket.id"

CHAT, INVOKE_AGENT, EXECUTE_TOOL, TURN, DELIVER = "chat", "invoke_agent", "execute_tool", "turn", "deliver"
"""Operations; a span is called by its operation and what it is done with."""
OPENAI = "openai"
"""The API that is spoken, whoever answers."""
FUNCTION = "function"
EXPECTED = frozenset(
    {
        *(OPERATION, PROVIDER, REQUEST_MODEL, INPUT_TOKENS, OUTPUT_TOKENS, CACHED_TOKENS, CONVERSATION, AGENT),
        *(TOOL, TOOL_TYPE, TOOL_CALL, ERROR),
        *(TURN_NUMBER, ATTEMPT, VERDICT, OWNER, SPECIALIST, OUTCOME, EFFECT, EFFECT_KIND, TICKET),
    }
)
"""Every attribute that a span of ours may have."""
