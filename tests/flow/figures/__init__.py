"""Whole stories that figures are counted of."""
