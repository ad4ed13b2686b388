"""Finds the file and line in a desk's own code that raised an error; never values."""

import inspect
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any


def place_of(error: BaseException, function: Callable[..., Any]) -> str:
    """Return `file:line` of the innermost frame in the function's own folder, else of the function itself.

    Args:
        function: the desk's, which was called.
    """
    code = inspect.unwrap(function).__code__
    home = Path(code.co_filename).parent
    for one in _causes(error):
        for frame in reversed(traceback.extract_tb(one.__traceback__)):
            file = Path(frame.filename)
            if file.is_relative_to(home):
                return f"{file.relative_to(home).as_posix()}:{frame.lineno}"
    return f"{Path(code.co_filename).name}:{code.co_firstlineno}"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield the error and what it came from: a time limit stands for the await that it cut short."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
