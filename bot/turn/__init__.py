"""Decides one turn: the messages that wait in a conversation become its next state and effects.

A turn decides and never delivers, so a worker that dies half-way takes it again. Read `turn.py` first: its two tables
lead to everything else. A new rule is a file in `rules/` and a row in `BEFORE_MODEL`; a new kind of event is a handler
in `stages/` and a row in `EVENTS`.
"""
