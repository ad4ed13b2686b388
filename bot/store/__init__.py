"""The durable queue on Redis: one mailbox per conversation, guarded by a lease with a fence.

`inbox` accepts, `lease` holds a conversation for one worker, `outbox` commits a turn and settles its effects,
`wakeups` tells workers what is due. Every step that must be whole is one Lua script over the keys of one
conversation, which share a hash tag and so a Cluster slot.
"""
