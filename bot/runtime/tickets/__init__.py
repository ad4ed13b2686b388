"""Tickets between webhook and turn: read, told to the turn, looked at again."""
