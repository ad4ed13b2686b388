"""Tests of `bot/desk` and the built-in desks."""
