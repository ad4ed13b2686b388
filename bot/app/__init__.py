"""Puts the product together (`container.py`) and starts it (`processes.py`); alone imports `integrations`."""
