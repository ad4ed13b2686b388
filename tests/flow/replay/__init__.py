"""Stories of past tickets that are replayed."""
