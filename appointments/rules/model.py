"""The model layer: what a head makes of a reply."""

from appointments.rules.classify import Incoming, Model, Opinion
from appointments.rules.head import Head


def judge_with(head: Head) -> Model:
    """A model for `classify` and `evaluate`; loads the encoder when a first text is judged."""

    def judge(message: Incoming) -> Opinion:
        raise NotImplementedError

    return judge
