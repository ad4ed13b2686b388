"""What stands in `deploy/`: read, parsed, and compared with the code."""
