"""What arrives from Slack: verified, parsed, accepted."""
