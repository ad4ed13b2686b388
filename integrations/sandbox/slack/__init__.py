"""The simulated Slack."""
