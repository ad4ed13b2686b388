"""The desk of a shop that sells software plans and ships things: the example the README tells about."""
