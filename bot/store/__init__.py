"""Everything on Redis: the durable queue (one mailbox per conversation, fenced lease), records, limits.

`inbox` accepts, `lease` holds a conversation for one worker, `outbox` commits a turn and settles its effects,
`due` tells workers what is due. Every step that must be whole is one Lua script over the keys of one
conversation, which share a hash tag and so a Cluster slot.
"""

from bot.late_package import absent

with absent("opentelemetry"):  # two megabytes for metrics of the client's own, where traces' packages are installed
    import redis.asyncio  # noqa: F401
