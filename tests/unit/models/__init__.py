"""Tests of `integrations/models`."""
