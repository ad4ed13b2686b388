"""A built-in desk: an airline that answers questions and changes seats after the customer's yes."""
