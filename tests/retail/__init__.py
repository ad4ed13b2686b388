"""A public retail benchmark, played through the whole engine: as the right customer, as a foreign one, without a yes,
and with workers that are killed in the middle of a commit. `make bench-desk DATA=FOLDER SPLIT=NAME`.
"""
