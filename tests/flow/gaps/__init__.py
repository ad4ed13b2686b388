"""Stories of what customers asked and nobody could answer."""
