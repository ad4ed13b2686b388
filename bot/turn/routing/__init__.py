"""Picks the specialist of a first message without asking a model, where that is sure."""
