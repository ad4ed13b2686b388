"""Many workspaces: their installation through OAuth, their encrypted tokens, and what ends them."""
