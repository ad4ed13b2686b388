"""Tests of `integrations/mail.py`."""
