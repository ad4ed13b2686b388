"""Figures: whether it helps, counted from the audit into two narrow tables; no word of anybody is in them."""
