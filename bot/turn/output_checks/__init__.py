"""Checks of a model's words before a customer reads them: links, ids, claims."""
