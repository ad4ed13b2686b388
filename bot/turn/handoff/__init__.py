"""To human agents and back: escalation, summary, takeover, release."""
