"""Everything on Redis: the durable queue (one mailbox per conversation, fenced lease), records, limits.

`inbox` accepts, `lease` holds a conversation for one worker, `outbox` commits a turn and settles its effects,
`due` tells workers what is due. Every step that must be whole is one Lua script over the keys of one
conversation, which share a hash tag and so a Cluster slot.
"""
