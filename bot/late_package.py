"""Lets a package load at its first use although a library imports it at once, or not at all.

The Agents SDK takes one error class out of `mcp`, and Python runs a package whole before any module in it: client,
server and the schemas of three protocol versions, 20 MB and a third of a second in every process of a desk that has
no MCP server. A package that comes late is there with its path, so that a module in it can be imported by itself; what
its `__init__` makes is made when somebody asks for it.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec, module_from_spec
from threading import RLock
from typing import Any


def load_late(name: str) -> None:
    """Put off running a package's `__init__` until one of its names is wanted; without effect where it ran already.

    Args:
        name: of a package that stands in no other.
    """
    if name in sys.modules or not (spec := find_spec(name)) or not (loader := spec.loader):
        return
    package = module_from_spec(spec)
    lock = RLock()
    is_run = False

    def load(wanted: str) -> Any:
        nonlocal is_run
        if wanted.startswith("__") and wanted != "__all__":  # who looks at all modules wants none to load
            raise AttributeError(wanted)
        with lock:  # other threads wait until all names are there; the one that runs it may look in meanwhile
            if not is_run:
                is_run = True
                loader.exec_module(package)
        if wanted not in package.__dict__:
            raise AttributeError(f"module {name!r} has no attribute {wanted!r}", name=wanted, obj=package)
        return package.__dict__[wanted]

    package.__getattr__ = load  # type: ignore[method-assign]  # https://peps.python.org/pep-0562/
    sys.modules[name] = package


@contextmanager
def absent(*names: str) -> Iterator[None]:
    """Let the body import libraries that do without these packages where they are not installed.

    Args:
        names: of packages; what is loaded already is not hidden.
    """
    hidden = [name for name in names if name not in sys.modules]
    for name in hidden:
        # https://docs.python.org/3/reference/import.html#the-module-cache
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
