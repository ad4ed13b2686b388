"""One rule a file: what is decided about a customer's words before any model reads them, in the order of `turn.py`."""
