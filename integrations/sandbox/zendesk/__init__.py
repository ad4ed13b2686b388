"""The simulated Zendesk."""
