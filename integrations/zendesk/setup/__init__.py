"""Sets a Zendesk account up for Frontdesk: what it should have × what it has → changes, shown before they are made."""
