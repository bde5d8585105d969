"""Numbers that people or their browsers send: a whole one, or none that any row has."""


def whole(text: str | None) -> int:
    """The id a form names; 0, which no row has, for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else 0
