"""What a text holds of what it should hold."""


def lacking(text: str, *parts: str) -> list[str]:
    """Return the parts that the text does not hold, so that a failure names them."""
    return [part for part in parts if part not in text]
