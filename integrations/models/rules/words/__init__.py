"""What customers' words mean and what the offline model's own are, in every language that desks may claim."""
