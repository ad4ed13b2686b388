"""Writes the page of all metrics, `deploy/metrics.md`: python -m bot.telemetry.reference > deploy/metrics.md."""

from prometheus_client import Metric

from bot.telemetry.metrics import MOST_VALUES, REGISTRY, labels_of

HEAD = """\
# Metrics

Every metric of `/metrics`, made from the code (`python -m bot.telemetry.reference`); a test compares. Names begin with
`frontdesk_`; labels take small, fixed sets of values and never hold ids, names or words: where a vendor or a desk
chooses values, more than {most} of them become `other`. Counters end in `_total`, histograms have `_bucket`, `_sum` and
`_count`. Gauges that show the store (*over all workers*) are the same in each process: take `max`,
not `sum`.

What is corrected afterwards (a resolution that is undone) is no counter: it stands in `/console/figures`.

| metric | kind | labels | what it tells |
|---|---|---|---|
"""
PARTS = ("_bucket", "_sum", "_count")
"""Of a histogram."""


def names() -> frozenset[str]:
    """Return every name that a query may ask for."""
    return frozenset(name for family in REGISTRY.collect() for name in _names_of(family))


def page() -> str:
    """Return the page."""
    rows = sorted(_row(family) for family in REGISTRY.collect())
    return HEAD.format(most=MOST_VALUES) + "".join(rows)


def _names_of(family: Metric) -> tuple[str, ...]:
    if family.type == "histogram":
        return tuple(f"{family.name}{part}" for part in PARTS)
    return (f"{family.name}_total" if family.type == "counter" else family.name,)


def _row(family: Metric) -> str:
    name = family.name if family.type == "histogram" else _names_of(family)[0]
    labels = " ".join(f"`{label}`" for label in labels_of(family.name))
    return f"| `{name}` | {family.type} | {labels} | {family.documentation.rstrip('.')} |\n"


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201  # a page for a file
