"""Gaps: what customers asked and nobody could answer, grouped by meaning, with what people answered in the end."""
