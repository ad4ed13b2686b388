"""Stories of handing over to people and back, and of what happens when nobody does anything."""
