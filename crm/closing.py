"""Whether this program was asked to finish: said once by the process that gets the signal, seen by all it forked."""

import mmap

# Anonymous and shared: a worker's processes are forked after this was made.
_ASKED = mmap.mmap(-1, 1)


def ask() -> None:
    """Finish what is in hand and take up nothing more."""
    _ASKED[0] = 1


def asked() -> bool:
    return _ASKED[0] == 1
