"""Tests of `integrations/web`."""
