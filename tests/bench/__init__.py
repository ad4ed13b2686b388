"""Measurements, side by side in one run: every figure stands beside what an engineer would have without Frontdesk.

A part is a module with one `async def run() -> Table`; `__main__.py` lists them. The processes that are measured, and
the one that sends, are started by `processes.py` and speak over loopback.
"""
