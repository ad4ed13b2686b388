"""Stories of a desk: written, checked, edited, judged."""
