"""Every metric, declared once; all names begin with `frontdesk_`.

They live in a registry of their own, so that `/metrics` shows nothing else. Labels never hold ids, names or words of
customers: each takes a small, fixed set of values.
"""

from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

REGISTRY = CollectorRegistry()
ProcessCollector(namespace="frontdesk", registry=REGISTRY)

_QUICK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_SLOW = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 120.0)
_MODEL = tuple(0.01 * 2**step for step in range(14))
"""As OpenTelemetry measures a model's calls: https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/."""
_HUMAN = (5.0, 15.0, 60.0, 300.0, 900.0, 3_600.0, 14_400.0, 28_800.0, 86_400.0, 259_200.0)
"""From what a bot needs for a first answer to what people need over a weekend."""

MESSAGES = Counter(
    "frontdesk_messages_accepted", "Messages stored, by the surface they came from", ["surface"], registry=REGISTRY
)
DUPLICATES = Counter(
    "frontdesk_messages_duplicate", "Deliveries of a message that was stored before", ["surface"], registry=REGISTRY
)
CONVERSATIONS = Counter(
    "frontdesk_conversations", "Conversations that a customer began, by where", ["channel"], registry=REGISTRY
)
ANSWERS = Counter(
    "frontdesk_answers",
    "What turns said to a customer: an answer of a specialist, a notice in our own words, or a draft for people",
    ["channel", "kind"],
    registry=REGISTRY,
)
FIRST_RESPONSE_SECONDS = Histogram(
    "frontdesk_first_response_seconds",
    "From a conversation's first line to the first answer of the bot, and to that of a human",
    ["channel", "by"],
    buckets=_HUMAN,
    registry=REGISTRY,
)
TIME_TO_HUMAN_SECONDS = Histogram(
    "frontdesk_time_to_human_seconds",
    "From the hand-over to a human's first words",
    ["channel"],
    buckets=_HUMAN,
    registry=REGISTRY,
)
RESOLUTIONS = Counter(
    "frontdesk_resolutions",
    "What the bot alone resolved: confirmed as the customer said, presumed as nothing more was written",
    ["channel", "kind"],
    registry=REGISTRY,
)
RESOLUTIONS_UNDONE = Counter(
    "frontdesk_resolutions_undone",
    "Resolutions that were taken back",
    ["channel"],
    registry=REGISTRY,
)
TURNS = Counter(
    "frontdesk_turns",
    "Turns committed, by the owner they leave and what they came to",
    ["owner", "outcome"],
    registry=REGISTRY,
)
TURN_SECONDS = Histogram(
    "frontdesk_turn_seconds", "From a turn's begin to its commit", buckets=_SLOW, registry=REGISTRY
)
MODEL_SECONDS = Histogram("frontdesk_model_seconds", "One model call", ["outcome"], buckets=_MODEL, registry=REGISTRY)
MODEL_TOKENS = Counter(
    "frontdesk_model_tokens",
    "Tokens that models read (input) and wrote (output), as far as their servers tell",
    ["direction", "model"],
    registry=REGISTRY,
)
MODEL_FAULTS = Counter(
    "frontdesk_model_faults",
    "Calls of a model that led to nothing, by class, status and code of the error, by what it comes down to, and by "
    "what followed: asked again or given up",
    ["error", "status", "code", "why", "then"],
    registry=REGISTRY,
)
TOOL_CALLS = Counter("frontdesk_tool_calls", "Tool calls", ["tool", "outcome"], registry=REGISTRY)
ROUTED = Counter(
    "frontdesk_routed", "First messages, by the specialist who got them", ["specialist"], registry=REGISTRY
)
SCREENED = Counter(
    "frontdesk_screened",
    "Messages screened, by verdict and by who gave it: rules or model",
    ["verdict", "by"],
    registry=REGISTRY,
)
SPENT = Counter("frontdesk_spent_usd", "What models cost, by model", ["model"], registry=REGISTRY)
OVERSPENT = Counter("frontdesk_overspent", "Model calls that a cap did not allow", ["cap"], registry=REGISTRY)
BRAKE = Gauge("frontdesk_brake", "Whether the brake holds every public answer back: 1 on, 0 off", registry=REGISTRY)
TRANSFERS = Counter("frontdesk_transfers", "Specialist to specialist", ["source", "target"], registry=REGISTRY)
SHORT_LISTINGS = Counter(
    "frontdesk_short_listings",
    "Listings of the Help Center that lacked so many articles that the old ones were kept",
    registry=REGISTRY,
)
CROWDED = Counter(
    "frontdesk_crowded",
    "Customers' turns that were not answered because their author has too many conversations open",
    registry=REGISTRY,
)
ESCALATIONS = Counter(
    "frontdesk_escalations",
    "Conversations handed to people: by model, rule, failure or button, and why",
    ["kind", "reason", "channel"],
    registry=REGISTRY,
)
EFFECTS = Counter(
    "frontdesk_effects", "Deliveries, by effect and what became of them", ["kind", "outcome"], registry=REGISTRY
)
OUTBOX_UNKNOWN = Counter(
    "frontdesk_outbox_unknown",
    "Deliveries after which nobody knew whether the vendor took them, the look-up included; they are looked up again",
    ["kind"],
    registry=REGISTRY,
)
EFFECT_SECONDS = Histogram(
    "frontdesk_effect_seconds", "One delivery to a vendor", ["kind"], buckets=_QUICK, registry=REGISTRY
)
PACED = Counter(
    "frontdesk_paced",
    "Calls that waited, or were put off, to keep a vendor's limit",
    ["vendor", "outcome"],
    registry=REGISTRY,
)
LIMITED = Counter("frontdesk_limited", "Times a vendor asked to wait", ["vendor"], registry=REGISTRY)
MACHINES = Counter("frontdesk_machine_mails", "Mails of machines, which nobody answers", ["kind"], registry=REGISTRY)
UNKNOWN_INSTALLS = Counter(
    "frontdesk_unknown_install_events",
    "Deliveries for a workspace whose installation is not known here, dropped; the log names it",
    registry=REGISTRY,
)
DEAD_LETTERS = Counter("frontdesk_dead_letters", "Turns and effects given up", ["kind"], registry=REGISTRY)
DEAD_LETTERS_KEPT = Gauge(
    "frontdesk_dead_letters_kept", "Dead letters that nobody has tried again or dropped yet", registry=REGISTRY
)
STUCK_EFFECTS = Gauge(
    "frontdesk_effects_waiting", "Effects that a vendor does not take at present, over all workers", registry=REGISTRY
)
STUCK_SECONDS = Gauge(
    "frontdesk_effects_waiting_oldest_seconds",
    "For how long the oldest of them has been tried in vain",
    registry=REGISTRY,
)
DUE = Gauge("frontdesk_due_conversations", "Conversations that wait for a worker, over all workers", registry=REGISTRY)
DUE_OLDEST_SECONDS = Gauge(
    "frontdesk_due_oldest_seconds",
    "For how long the oldest of them has waited for a worker",
    registry=REGISTRY,
)
HANDOVERS = Counter(
    "frontdesk_handovers",
    "Hand-overs to people, by what became of them: made, late (the customer was told that it takes longer), refused",
    ["outcome"],
    registry=REGISTRY,
)
SOLVES_REFUSED = Counter(
    "frontdesk_solves_refused", "Tickets that the help desk did not let us solve, pending instead", registry=REGISTRY
)
DRAFTS = Counter(
    "frontdesk_drafts",
    "Drafts, by what became of them and by the specialist who wrote them",
    ["outcome", "specialist"],
    registry=REGISTRY,
)
REPLAYED = Counter(
    "frontdesk_steps_replayed",
    "Model responses and tool results that a retaken turn had already",
    ["step"],
    registry=REGISTRY,
)
RATINGS = Counter("frontdesk_ratings", "What customers thought of the help", ["score"], registry=REGISTRY)
FEEDBACK = Counter("frontdesk_feedback", "Thumbs on single answers", ["sign"], registry=REGISTRY)
RECONCILED = Counter(
    "frontdesk_reconciled",
    "Looked at because a vendor has it, delivered or not",
    ["what"],
    registry=REGISTRY,
)
NEWER = Counter(
    "frontdesk_newer",
    "Times something of a newer version was found and left for a process that knows it",
    ["what"],
    registry=REGISTRY,
)
HELD = Gauge("frontdesk_conversations_held", "Conversations this process holds a lease on", registry=REGISTRY)
DUE_LAG_SECONDS = Histogram(
    "frontdesk_due_lag_seconds",
    "How late a due conversation was taken up",
    buckets=_QUICK,
    registry=REGISTRY,
)
BUILD = Gauge("frontdesk_build_info", "1, with the version that this process runs", ["version"], registry=REGISTRY)
HTTP_REQUESTS = Counter(
    "frontdesk_http_requests", "HTTP requests, by route pattern and status", ["route", "status"], registry=REGISTRY
)

MOST_VALUES = 50
"""Of a label whose values a vendor chooses."""
OTHER = "other"
_values: dict[str, set[str]] = {}


def bounded(labels: Mapping[str, str]) -> dict[str, str]:
    """Return labels whose values somebody else chooses; where there have been too many, new ones are `other`."""
    found = {}
    for name, value in labels.items():
        known = _values.setdefault(name, set())
        if len(known) < MOST_VALUES:
            known.add(value)
        found[name] = value if value in known else OTHER
    return found


def labels_of(name: str) -> tuple[str, ...]:
    """Return the labels of a metric, as it was declared, by its name without a suffix."""
    # The library keeps them to itself.
    found = (vars(each)["_labelnames"] for each in _declared() if next(iter(each.describe())).name == name)
    return tuple(next(found, ()))


def _declared() -> Iterator[Counter | Gauge | Histogram]:
    yield from (value for value in globals().values() if isinstance(value, Counter | Gauge | Histogram))


def exposition() -> bytes:
    """Return all metrics in Prometheus' text format."""
    return generate_latest(REGISTRY)
