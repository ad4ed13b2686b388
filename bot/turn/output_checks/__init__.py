"""What may leave of a model's words: links, ids, claims."""
