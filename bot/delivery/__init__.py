"""Carries out each committed effect once, and looks it up before it is sent again."""
