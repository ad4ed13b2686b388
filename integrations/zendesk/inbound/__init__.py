"""What arrives from Zendesk: signed webhooks, which are hints to look at a ticket."""
