"""Reads a desk folder and checks it: every mistake with file and line."""
