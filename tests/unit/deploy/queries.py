"""Reads PromQL: what metrics an expression asks for, after a dashboard's variables have been put in."""

import re

import promql_parser

WINDOWS = re.compile(r"\$__(rate_interval|interval|range)")
VARIABLES = re.compile(r"\$\{?\w+\}?")


def metrics_in(expression: str) -> set[str]:
    """Return the names of the metrics that an expression reads.

    Raises:
        ValueError: it is no PromQL.
    """
    plain = VARIABLES.sub("x", WINDOWS.sub("5m", expression))
    promql_parser.parse(plain)
    bare = re.sub(r'"[^"]*"', '""', plain)
    return set(re.findall(r"\b(frontdesk_\w+)", bare))
