"""Reads mail: which words are the author's own, and whether a person wrote it."""
