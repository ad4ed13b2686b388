"""Tests of `bot/telemetry`."""
