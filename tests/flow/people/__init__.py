"""Stories of who somebody is and what may be said to them."""
