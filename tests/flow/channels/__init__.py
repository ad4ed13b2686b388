"""Stories of channels and help desks that the product does not have: what a new one can rely on."""
