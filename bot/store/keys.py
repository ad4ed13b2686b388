"""Every Redis key, its type and its lifetime: the one table.

Keys of a conversation share the hash tag `{conversation}`, so scripts work on Redis Cluster; a DM's pointers share
`{team:channel}`, so one MGET reads them.

| key | type | holds | lives |
|---|---|---|---|
| `fd:{C}:in` | list | messages waiting, oldest first | session days |
| `fd:{C}:st` | hash | lease (owner, until, fence), attempt (frozen, clock, …), state, `f:*` facts | session days |
| `fd:{C}:out` | list | effects not yet settled, in order | session days |
| `fd:{C}:dd` | zset | message ids already accepted, by time | session days |
| `fd:{C}:it` | list | the session's entries | session days |
| `fd:{C}:jn` | hash | what the running turn has already learnt, by step | until it commits |
| `fd:{C}:ea` | list | lines that came before the one that makes it a conversation | one minute |
| `fd:{C}:an` | hash | answers of `/chat` in the last turns, by message id | one day after the last |
| `fd:{C}:au` | stream | the conversation's own audit, the newest 1,000 events | session days |
| `fd:{C}:ac` | string | the audit has events that the common one lacks | session days |
| `fd:{C}:lk` | string | of one with a ticket, what outlives its session: owner, last comment | none: as the link |
| `fd:{due}` | zset | conversations by the time they are due | none: holds work |
| `fd:{due}:first` | hash | when a pending wake was first asked for | none: emptied by every claim |
| `fd:{due}:authors` | hash | who has written in what is due, by a tag that tells nothing | a day after the last |
| `fd:{due}:all` | zset | conversations by the time of their newest message | none: lists read the newest |
| `fd:{due}:indexed` | string | those of the version before stand there too | none |
| `fd:{due}:worked` | zset | conversations that workers took up lately | none: emptied once a minute |
| `fd:{due}:swept:to` | string | up to when that was looked for, ms | session days |
| `fd:{audit}` | stream | all conversations' audit, the newest 100,000 events | none: figures come from it |
| `fd:{audit}:at:C` | string | the last event of a conversation that stands there | 400 days |
| `fd:moved:TEAM:C` | string | the id a Slack channel's conversations are kept under | none: as long as the channel |
| `fd:mark:…` | string | how far a vendor's changes have been read | session days |
| `fd:taken:…` | string | some process does a round of what one does for all | minutes |
| `fd:ticket:T` | string | the conversation a ticket belongs to | none: as long as the ticket |
| `fd:dm:{…}:USER` | string | a user's newest DM thread | session days |
| `fd:told:CHANNEL:TS` | string | the conversation that a message to colleagues is about | 30 days |
| `fd:visits:CUSTOMER` | zset | a customer's newest conversations, by when they began | session days |
| `fd:line:{…}:TS` | string | the thread a top-level line joined | two days |
| `fd:connected:…` | string | when an account was first connected | none, by contract |
| `fd:owner:VENDOR` | string | the only account whose conversations stand here | none: as long as the store |
| `fd:installs` | hash | installations of many workspaces, encrypted, by workspace | none: until removed |
| `fd:once:PURPOSE:TICKET` | string | what is good for one time, such as the state of a Slack install | ten minutes |
| `fd:{due}:of:NAME` | zset | what one process alone works on (`:first`, `:authors` too) | a minute after it ended |
| `fd:{review}` | zset | what people are to look at again, by when it was said | none: old places leave it |
| `fd:{review}:e:ID` | string | one of these, its words masked | `FRONTDESK_RETENTION_DAYS` |
| `fd:{review}:decided` | hash | what was decided, by topic, without words | none: a figure comes from it |
| `fd:rating:key` | string | what links to rate are signed with | none: links outlive restarts |
| `fd:brake` | string | that nothing is public, since when and by whom | none: until somebody releases it |
| `fd:dead` | stream | dead letters, the newest 10,000 | none: somebody must look |
| `fd:idem:…` | string | what a `/chat` idempotency key stands for | one day |
| `fd:open:PERSON` | zset | conversations that a person has open, by when they wrote last | one day |
| `fd:crowded:PERSON` | string | the one in which people heard that a person has too many | one day |
| `fd:code:WHO` | zset | one-time codes of the last hour for an author or an address (its hash) | one hour |
| `fd:rate:…` | list | when a customer's messages of the last minute were counted | one minute |
| `fd:pace:…` | hash | from when a limited channel or account is free, and who is next | a minute after its last place |
| `fd:paced` | string | some channel or account is limited | half a minute after a 429 |
| `fd:{stuck}` | zset | conversations with effects that a vendor does not take now, by since when | three days |
| `fd:{doubts}` | zset | threads in which something of ours may stand twice, by when to look | one day |
| `fd:{spent}:day:DATE:WHO` | string | millionths of a dollar that a customer's model calls cost | two days |
| `fd:{spent}:month:MONTH:DESK` | string | the same of a desk | two months |
| `fd:{spent}:on:C` | string | the same of a conversation | session days |
| `fd:{spent}:hold:ID` | string | the estimate of a call that is not settled | one day |

"Session days" begin with the last turn, and not before people have let go of the conversation and nothing in it waits
for anybody's decision: until then its keys have no expiry, and the field `stays` in `st` says so.

Channels: `fd:{C}:live` (live events of a conversation), `fd:nudge` (something is due, or a customer pressed stop). A
reset leaves `st` with the fence and the turn's number alone, `dd`, and the audit, for as long as they had to live.
"""

PREFIX = "fd:"
EVERYTHING = f"{PREFIX}*"
DUE = f"{PREFIX}{{due}}"
DUE_FIRST = f"{DUE}:first"
DUE_AUTHORS = f"{DUE}:authors"
ALL = f"{DUE}:all"
INDEXED = f"{DUE}:indexed"
WORKED = f"{DUE}:worked"
SWEPT_TO = f"{DUE}:swept:to"
NUDGE = f"{PREFIX}nudge"
INSTALLS = f"{PREFIX}installs"
DEAD = f"{PREFIX}dead"
BRAKE = f"{PREFIX}brake"
REVIEW = f"{PREFIX}{{review}}"
REVIEWED = f"{REVIEW}:decided"
RATING_KEY = f"{PREFIX}rating:key"
AUDIT = f"{PREFIX}{{audit}}"
RATE = f"{PREFIX}rate"
DOUBTS = f"{PREFIX}{{doubts}}"
STUCK = f"{PREFIX}{{stuck}}"
LIMITED = f"{PREFIX}paced"
SPENT = f"{PREFIX}{{spent}}"
WRITTEN = f"{PREFIX}written"
"""Set by whoever asks whether the store takes writes."""

WRITTEN_SECONDS = 60
LINE_SECONDS = 2 * 86_400
ANNOUNCED_SECONDS = 30 * 86_400
"""Longer than what was missed is looked for."""
CODES_SECONDS = 3_600
OPEN_SECONDS = 86_400
"""A conversation nobody wrote in for so long is not counted as open."""
IDEMPOTENCY_SECONDS = 86_400
EARLY_SECONDS = 60
ALONE_SECONDS = 60
AUTHORS_SECONDS = 86_400
DOUBT_SECONDS = 86_400
DEAD_LETTERS = 10_000
HOLD_SECONDS = 86_400
WHOLE_SECONDS = 300
TOMBSTONE_SECONDS = 30 * 86_400
"""What a reset leaves of a conversation that had no expiry."""
AUDITED_SECONDS = 400 * 86_400
"""Much longer than a conversation: its events must not be copied a second time."""
DAY_SECONDS = 2 * 86_400
MONTH_SECONDS = 62 * 86_400
CONVERSATION_EVENTS = 1_000
EVENTS = 100_000


def of_conversation(conversation: str, part: str) -> str:
    """Return the key of one of the `PARTS` of a conversation."""
    return f"{PREFIX}{{{conversation}}}:{part}"


PARTS = ("in", "st", "out", "dd", "ea", "it", "jn", "an", "au", "ac", "lk")
"""All that a conversation has under its hash tag: whoever exports or deletes one asks for these, and scans nothing."""


def is_of_conversation(key: str) -> bool:
    """Return whether a key is one of a conversation's parts."""
    return key.startswith(f"{PREFIX}{{") and key.endswith(tuple(f"}}:{part}" for part in (*PARTS, "live")))


def conversation_of(key: str) -> str:
    """Return the conversation that one of its keys, or its channel, belongs to."""
    return key.partition("{")[2].rpartition("}")[0]


def inbox(conversation: str) -> str:
    """Return the key of the waiting messages."""
    return of_conversation(conversation, "in")


def state(conversation: str) -> str:
    """Return the key of the lease and the state."""
    return of_conversation(conversation, "st")


def outbox(conversation: str) -> str:
    """Return the key of the effects not yet settled."""
    return of_conversation(conversation, "out")


def seen(conversation: str) -> str:
    """Return the key of the accepted message ids."""
    return of_conversation(conversation, "dd")


def early(conversation: str) -> str:
    """Return the key of the lines that came before the one that makes it a conversation."""
    return of_conversation(conversation, "ea")


def items(conversation: str) -> str:
    """Return the key of the session's entries."""
    return of_conversation(conversation, "it")


def answers(conversation: str) -> str:
    """Return the key of the answers that `/chat` waits for."""
    return of_conversation(conversation, "an")


def kept(conversation: str) -> str:
    """Return the key of what is kept beside the link to the conversation's ticket."""
    return of_conversation(conversation, "lk")


def journal(conversation: str) -> str:
    """Return the key of what the running turn has already learnt."""
    return of_conversation(conversation, "jn")


def audit(conversation: str) -> str:
    """Return the key of the conversation's own audit."""
    return of_conversation(conversation, "au")


def uncopied(conversation: str) -> str:
    """Return the key that says that the common audit lacks events of the conversation."""
    return of_conversation(conversation, "ac")


def audited(conversation: str) -> str:
    """Return the key of how far a conversation's events stand in the common audit."""
    return f"{AUDIT}:at:{conversation}"


def live(conversation: str) -> str:
    """Return the pub/sub channel of a conversation's live events."""
    return of_conversation(conversation, "live")


def ticket(ticket_id: str) -> str:
    """Return the key of a ticket's conversation."""
    return f"{PREFIX}ticket:{ticket_id}"


def direct(team: str, channel: str, user: str) -> str:
    """Return the key of a user's newest DM thread."""
    return f"{PREFIX}dm:{{{team}:{channel}}}:{user}"


def announced(message: str) -> str:
    """Return the key of the conversation that a message to colleagues is about."""
    return f"{PREFIX}told:{message}"


def visits(customer: str) -> str:
    """Return the key of a customer's newest conversations."""
    return f"{PREFIX}visits:{customer}"


def line(team: str, channel: str, ts: str) -> str:
    """Return the key of the conversation a top-level line joined."""
    return f"{PREFIX}line:{{{team}:{channel}}}:{ts}"


def connected(account: str) -> str:
    """Return the key of an account's first connection."""
    return f"{PREFIX}connected:{account}"


def owner(vendor: str) -> str:
    """Return the key of the account that the store belongs to."""
    return f"{PREFIX}owner:{vendor}"


def once(purpose: str, ticket: str) -> str:
    """Return the key of a ticket that is good for one time."""
    return f"{PREFIX}once:{purpose}:{ticket}"


def due_of(name: str) -> str:
    """Return the key of what one process alone works on."""
    return f"{DUE}:of:{name}"


def moved(team: str, channel: str) -> str:
    """Return the key of the id that a Slack channel had before."""
    return f"{PREFIX}moved:{team}:{channel}"


def mark(name: str) -> str:
    """Return the key of a place in what is read again and again."""
    return f"{PREFIX}mark:{name}"


def taken(name: str) -> str:
    """Return the key that keeps others from reading it at the same time."""
    return f"{PREFIX}taken:{name}"


def idempotency(key_name: str, key: str) -> str:
    """Return the key of a `/chat` idempotency key."""
    return f"{PREFIX}idem:{key_name}:{key}"


def pace(place: str) -> str:
    """Return the key of a limited channel's or account's queue."""
    return f"{PREFIX}pace:{place}"


def codes(who: str) -> str:
    """Return the key of the one-time codes that went out for an author or to an address."""
    return f"{PREFIX}code:{who}"


def open_matters(person: str) -> str:
    """Return the key of a person's open conversations."""
    return f"{PREFIX}open:{person}"


def crowded(person: str) -> str:
    """Return the key of the conversation in which people heard that a person has too many."""
    return f"{PREFIX}crowded:{person}"


def spent_in_day(day: str, customer: str) -> str:
    """Return the key of what a customer's model calls cost in a day."""
    return f"{SPENT}:day:{day}:{customer}"


def spent_in_month(month: str, desk: str) -> str:
    """Return the key of what a desk's model calls cost in a month."""
    return f"{SPENT}:month:{month}:{desk}"


def spent_on(conversation: str) -> str:
    """Return the key of what a conversation's model calls cost."""
    return f"{SPENT}:on:{conversation}"


def spending_hold(name: str) -> str:
    """Return the key of an estimate that is not settled."""
    return f"{SPENT}:hold:{name}"


def review(name: str) -> str:
    """Return the key of what people are to look at again."""
    return f"{REVIEW}:e:{name}"


def is_ours(name: str) -> bool:
    """Return whether the key is in this table."""
    return name.startswith(PREFIX)


ENDLESS = frozenset({DUE, DUE_FIRST, ALL, INDEXED, WORKED, DEAD, AUDIT, BRAKE, INSTALLS, RATING_KEY, REVIEW, REVIEWED})
"""Single keys that have no expiry."""


def may_live_forever(name: str) -> bool:
    """Return whether the table declares the key to be without expiry."""
    if name in ENDLESS or name.endswith("}:lk"):
        return True
    return name.startswith((ticket(""), connected(""), owner(""), f"{PREFIX}moved:"))


def may_stay(name: str) -> bool:
    """Return whether the key belongs to a conversation that people own, or that waits for a decision, for so long."""
    return name.endswith(tuple(f"}}:{part}" for part in ("in", "st", "out", "dd", "it", "au", "ac")))
