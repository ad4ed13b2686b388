"""Tests of `bot/turn`."""
