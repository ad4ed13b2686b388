"""The rules before the model, one a file, in the order of `BEFORE_MODEL` in `turn.py`."""
