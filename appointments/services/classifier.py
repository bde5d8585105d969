"""Which head judges now: the newest put to use here, else the one that came with the product; kept for each process."""

import logging
import time
from types import SimpleNamespace

from appointments.models import ClassifierVersion
from appointments.rules.classify import Incoming, Model, classify
from appointments.rules.head import Head
from appointments.rules.model import judge_with, shipped
from crm import clock
from crm.boot import nothing_made

LOOKED_EVERY = 3.0  # seconds a process trusts the version that it saw
_seen = SimpleNamespace(version=0, look_at=float("-inf"))
_kept: SimpleNamespace = SimpleNamespace(version=None, model=None)
log = logging.getLogger(__name__)


def current_model() -> Model | None:
    """What judges a reply now. A version put to use elsewhere is noticed within seconds, without a restart."""
    global _kept
    kept, version = _kept, current_version()
    if kept.version != version:
        kept = _kept = SimpleNamespace(version=version, model=_load(version))
    return kept.model


def load() -> None:
    """Everything a first reply would wait for: the head, the encoder and the phrases."""
    words = Incoming("Could you tell me what this costs for three sites?", clock.now())
    classify(words, current_model())


def model_for_files() -> Model | None:
    """The same for the commands that judge files, which work where no database was ever made too."""
    return shipped() if nothing_made() else current_model()


def current_version() -> int:
    """The number of the version in use; 0 is the head that came with the product."""
    if time.monotonic() >= _seen.look_at:
        found = ClassifierVersion.objects.filter(state=ClassifierVersion.State.IN_USE).values_list("pk", flat=True)
        _seen.version, _seen.look_at = found.first() or 0, time.monotonic() + LOOKED_EVERY
    return _seen.version


def forget() -> None:
    """Look again at the next reply."""
    _seen.look_at = float("-inf")


def _load(version: int) -> Model | None:
    """A head of another release that cannot be read any more gives way to the one that came with this one."""
    if not version:
        return shipped()
    content = ClassifierVersion.objects.values_list("head", flat=True).get(pk=version)
    try:
        return judge_with(Head.load(bytes(content)))
    except ValueError:
        log.warning("Version %s of the classifier cannot be read by this release; the product's own judges.", version)
        return shipped()
