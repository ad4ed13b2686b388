"""What runs all the time: the worker and the periodic tasks beside it."""
