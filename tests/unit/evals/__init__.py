"""Tests of `bot/evals`."""
