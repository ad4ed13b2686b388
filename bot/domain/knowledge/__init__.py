"""What knowledge is made of: articles, and vectors of what they mean."""
