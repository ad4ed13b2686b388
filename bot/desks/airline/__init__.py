"""The desk of an airline: questions, and seats that are changed after a yes."""
