"""Slack: signed events in, thread replies out. The only place that knows `slack_sdk` and `slack_bolt`."""
