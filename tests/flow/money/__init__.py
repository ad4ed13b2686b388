"""Stories of refunds, credits, limits and what models cost."""
