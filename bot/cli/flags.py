"""Lets `--help` name no type where there is none to give: a flag stands or does not."""

from typing import Any

import typer


def name_no_type(command: Any, parent: typer.Context | None = None) -> None:
    """Take the type, `<bool>`, from the flags of a command and of all below it."""
    context = typer.Context(command, parent=parent, **command.context_settings)
    for option in command.get_params(context):
        if getattr(option, "is_flag", False):
            option.metavar = ""
    for each in getattr(command, "commands", {}).values():
        name_no_type(each, context)
