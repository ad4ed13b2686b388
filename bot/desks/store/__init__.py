"""A built-in desk: a shop that sells software plans and ships goods, and the one that `make demo` plays."""
