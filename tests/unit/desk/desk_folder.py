"""A small desk in a folder, as a company would write it."""

from pathlib import Path

DESK = """\
name: Pizza
specialists: [waiter]
business_hours: {open: 09:00, close: 17:00}
promises: {urgent: 15 minutes, high: 15 minutes, normal: 4 hours, low: 1 business day}
"""

WAITER = """\
---
name: waiter
handles: Pizzas and tables.
tools: [bake, search_knowledge]
examples: [one pizza please]
---
You are the waiter of Pizza.
"""

TOOLS = '''\
from bot.desk import tool


@tool
def bake(topping: str) -> str:
    """Bake a pizza with one topping and say when it is ready."""
    return f"A pizza with {topping} is ready in 12 minutes."
'''


def write_desk(folder: Path, **files: str) -> Path:
    """Write the desk with some of its files replaced; `specialists__cook` is specialists/cook.md."""
    texts = {"desk.yml": DESK, "specialists/waiter.md": WAITER, "tools.py": TOOLS}
    for name, text in files.items():
        room, _, file = name.rpartition("__")
        suffix = ".md" if room else ".yml" if file == "desk" else ".py"
        texts[f"{room}/{file}{suffix}" if room else f"{file}{suffix}"] = text
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder
