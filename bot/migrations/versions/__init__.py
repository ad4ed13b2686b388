"""One file a version, named by its number and what it does, the oldest first; a released one is never edited."""
