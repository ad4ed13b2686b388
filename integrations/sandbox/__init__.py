"""A stateful simulator of Slack and Zendesk: Web API and signed events, Support API and signed webhooks.

It knows the vendors' documents and nothing of the bot: it signs, throttles, repeats, reorders and fails as
the vendors do, and speaks only HTTP. Own routes stand under ``/_sandbox/``.
"""

from integrations.sandbox.app import Sandbox, create_app
from integrations.sandbox.core.options import SandboxOptions

__all__ = ["Sandbox", "SandboxOptions", "create_app"]
