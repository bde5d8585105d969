"""Telling the user that something is done, with ten seconds to take it back."""

from django.contrib import messages
from django.http import HttpRequest


def say(request: HttpRequest, sentence: str, *, undo: str = "") -> None:
    """`undo` is an address of ours that takes it back when it is posted to."""
    messages.success(request, sentence, extra_tags=f"undo:{undo}" if undo else "")


def refuse(request: HttpRequest, sentence: str) -> None:
    """A refusal stays on the page until it is read."""
    messages.error(request, sentence)
