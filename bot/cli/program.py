"""Names the command as it can be typed here: in a checkout `frontdesk` is not on the PATH, `.venv/bin/frontdesk` is."""

import re
import shutil
import sys
from pathlib import Path

NAME = "frontdesk"
_COMMANDS = (
    "brake|chat|conversations|db|demo|desk|doctor|eval|figures|gaps|people|replay|secret|serve|web|worker|zendesk"
)
_COMMAND = re.compile(rf"(?<![\w./-]){NAME} (?=(?:{_COMMANDS})\b)")


def program() -> str:
    """Return what a person types to start this program: its name, where that finds this very file, else its path."""
    own = Path(sys.executable).with_name(NAME)
    found = shutil.which(NAME)
    if not own.exists() or (found and Path(found).resolve() == own.resolve()):
        return NAME
    here = Path.cwd()
    return str(own.relative_to(here) if own.is_relative_to(here) else own)


def as_typed(text: str) -> str:
    """Return a text with each command in it as it can be typed."""
    return _COMMAND.sub(lambda _: f"{program()} ", text)
