"""Limits that all workers share: per customer, per vendor, and on what models may cost."""
