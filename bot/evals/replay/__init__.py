"""Replays past tickets through the whole engine, in rooms from which nothing is written anywhere."""
