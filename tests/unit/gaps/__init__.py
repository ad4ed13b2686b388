"""Gaps: signals, words, grouping, contradictions, what is kept and forgotten."""
