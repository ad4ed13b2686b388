"""Desks that prove what a desk folder can do; they are no part of the product."""
