"""Replaces characters that the terminal's encoding lacks, so that no command fails while printing."""

import codecs
import sys
from typing import TextIO

PLAINER = {
    "→": "->",
    "…": "...",
    "—": "-",
    "–": "-",
    "•": "*",
    "≥": ">=",
    "≤": "<=",
    "×": "x",
    "“": '"',
    "”": '"',
    "„": '"',
    "‘": "'",
    "’": "'",
    "\N{NO-BREAK SPACE}": " ",
}
"""What we print ourselves; every other character that cannot be shown is a question mark."""

_NAME = "frontdesk_plainer"


def degrade(*streams: TextIO) -> None:
    """Let these streams write plainer characters in the place of those that their encoding lacks."""
    codecs.register_error(_NAME, _plainer)
    for stream in streams:
        if callable(reconfigure := getattr(stream, "reconfigure", None)):
            reconfigure(errors=_NAME)


def degrade_output() -> None:
    """The same for what this process prints; a Latin-1 terminal or a C locale is no reason to end."""
    degrade(sys.stdout, sys.stderr)


def _plainer(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return "".join(PLAINER.get(character, "?") for character in wrong), error.end
