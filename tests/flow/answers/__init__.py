"""Stories of what a model is asked and what may leave of its words."""
