"""Reads past tickets with all that was said on them, from an account or from a file; nothing here can write."""
