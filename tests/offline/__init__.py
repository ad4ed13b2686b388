"""Customers' lines that the offline model answers through the whole product, judged one by one."""
