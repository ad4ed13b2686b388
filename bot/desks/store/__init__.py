"""A built-in desk: a shop that sells software plans and ships goods; the README's example."""
