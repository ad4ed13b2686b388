"""One turn: the messages that wait in a conversation become its next state and effects.

A turn decides and never delivers, so a worker that dies half-way takes it again. Read `turn` first, then
`gates` (policy before any model), `run` (one SDK run), `escalation` (to people and back).
"""
