"""What tests of the simulated Slack say again and again."""

from typing import Any

MENTION = "<@U0BOT> where is my order?"
HERE: dict[str, Any] = {"recipient_user_id": "U0SARAH", "recipient_team_id": "T0FRONTDSK"}
