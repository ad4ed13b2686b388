"""Normalises what model servers really send: answers and calls of offered tools, nothing else."""
