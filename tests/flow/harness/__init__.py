"""A whole Frontdesk on loopback for stories: simulated vendors, scripted models, checks that hold in each story."""
