"""Stories of kills, outages, limits and what operators see."""
