"""Stories that customers live through in Slack."""
