"""Tests of what people review, and of the cases that follow."""
