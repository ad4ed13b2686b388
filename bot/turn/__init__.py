"""Decides one turn: the messages that wait in a conversation become its next state and effects.

A turn decides and never delivers, so a worker that dies half-way takes it again. Read `turn.py` first: its two tables
lead to everything else. How a rule, a kind of event or a timer is added stands
in CONTRIBUTING.md.
"""
