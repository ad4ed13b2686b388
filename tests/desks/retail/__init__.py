"""A retail shop as a desk: pending orders are cancelled and modified, delivered ones returned and exchanged."""
