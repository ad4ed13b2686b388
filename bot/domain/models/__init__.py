"""What is to know of models, whoever serves them: why they fail, and what they cost."""
