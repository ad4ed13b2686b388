"""The durable queue: accept, lease, commit, deliver, and wake who is due."""
