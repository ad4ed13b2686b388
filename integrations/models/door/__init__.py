"""The one door between a model and everything else: what models really send becomes answers and calls."""
