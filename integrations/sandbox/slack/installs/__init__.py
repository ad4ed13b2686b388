"""Further workspaces and organisations, and what installing the app in them does."""
