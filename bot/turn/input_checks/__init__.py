"""Checks of a customer's words by rules: injected orders, mood, language."""
