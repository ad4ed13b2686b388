"""The long-running parts: the worker, and the periodic tasks beside it."""
