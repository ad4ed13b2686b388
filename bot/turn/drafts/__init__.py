"""Answers that wait for a human: held back at the end of a turn, decided on, graded by what people wrote instead."""
