"""What rules tell of a customer's words: injected orders, mood, language."""
