"""Tests of `integrations/zendesk`."""
