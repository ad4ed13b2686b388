"""What a model may call, and what the desk puts in that no model may fill."""
