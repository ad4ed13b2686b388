"""Doubles of what lies outside: a channel, a help desk and time, held to the contract tests of the real adapters."""
