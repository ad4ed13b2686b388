"""Tests of `integrations/slack`."""
