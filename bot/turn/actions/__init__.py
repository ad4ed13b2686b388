"""Irreversible actions inside a turn: proposed, confirmed, approved, committed."""
