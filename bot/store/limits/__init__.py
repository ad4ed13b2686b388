"""Limits that all workers keep together: customers' rate, vendors' rate, the models' budget."""
