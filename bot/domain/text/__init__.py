"""Text before it is stored or read by a model: it can be stored, and holds no secrets."""
