"""Zendesk: signed webhooks in, the `HelpDesk` port out over zenpy."""
