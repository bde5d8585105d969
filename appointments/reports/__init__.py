"""The funnel, split at the reply: both halves, the verdict, where it leaked, and what better steps would bring."""

from appointments.reports.behind import KNOWN, accounts_behind, says_words
from appointments.reports.comparing import like_for_like
from appointments.reports.halves import counted, cut_of
from appointments.reports.money import costs, what_if
from appointments.reports.page import funnel

__all__ = [
    "KNOWN",
    "accounts_behind",
    "costs",
    "counted",
    "cut_of",
    "funnel",
    "like_for_like",
    "says_words",
    "what_if",
]
