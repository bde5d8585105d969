"""R2: killed at every named place of sending, taking in, a provider's posts, booking and reminding, several times each; counted in Maildirs and tables."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db.models import Count

from appointments.models import Classification, WorkItem
from crm import failpoints
from crm.models import Event, Mailbox, Message, ProviderPost
from crm.services import mailboxes
from crm.signals import message_received
from prospecting.models import Attempt, Outgoing, Reply, Touch
from prospecting.services import sending
from tests import mailgun
from tests.faults import meetings, points, r5, stage, tours
from tests.faults.senders import Program

Figures = dict[str, Any]
PATHS = ("SENDING", "INGESTING", "REACTING", "TOLD", "BOOKING", "OUTCOMES", "LEDGER", "REMINDING")


def run(kills: int = 5) -> Figures:
    """The same zeros as R1 after `kills` deaths at each place, and no place that a tour does not come to."""
    began = time.monotonic()
    with stage.stage() as scene:
        stage.mailbox(scene.ada, 9, scene.postfix.smtp, owner=None, team=None, internal=True)
        mailboxes.pause_mailbox(Mailbox.objects.get(address="ada3@baton.example"), "for the test", by="the test")
        stage.touches_due(scene.ada, 1)
        sending.send_due(5, worker="the first")
        killed = Killed(scene.database, kills)
        sent = killed.everywhere(points.SENDING, tours.send, tours.prepare_sending)
        stage.settle_everything(scene)
        judged = stage.judged(scene)
        taken = killed.everywhere(points.INGESTING + points.REACTING, tours.ingest)
        message_received.disconnect(dispatch_uid="explode")
        mailgun.joined(scene.boxes[2])
        told = killed.everywhere(points.TOLD, tours.be_told, tours.prepare_news)
        reminded = killed.in_a_row(points.REMINDING, meetings.remind, meetings.prepare_reminders)
        left = reminders_left(scene, reminded)
        booked = killed.in_a_row(points.BOOKING, meetings.book, meetings.prepare)
        over = killed.in_a_row(points.OUTCOMES, meetings.afterwards, meetings.prepare)
        counted = killed.in_a_row(points.LEDGER, meetings.ledger, meetings.prepare_ledger)
    return {
        "figure": "R2", **{f"points_{name.lower()}": len(points.of(getattr(points, name))) for name in PATHS},
        "kills": killed.deaths, "not_reached": killed.not_reached,
        **{name: judged[name] for name in ("twice", "lost", "wrong", "unresolved")},
        **by_hand_and_dead(sent), **mail_of(taken), **news_of(told),
        **meetings.of_reminders(reminded), **left,
        **meetings.of_booking(killed.told(booked)), **meetings.of_outcomes(killed.told(over)), **meetings.of_ledger(counted),
        "overlaps": r5.count(r5.OVERLAPS), "without_a_true_seat": r5.count(r5.UNSEATED),
        "seconds": round(time.monotonic() - began, 1),
    }  # fmt: skip


@dataclass
class Killed:
    """Tours that died at the places of a path, and were walked to their end right after."""

    database: str
    kills: int
    deaths: int = 0
    heard: dict[str, list[Any]] = field(default_factory=dict)
    not_reached: list[str] = field(default_factory=list)

    def everywhere(
        self, paths: list[str], tour: Callable[..., Any], prepare: Callable[[str], None] = lambda name: None
    ) -> list[str]:
        """The names of the tours: of each place so many, each of which died there once."""
        names = []
        for number, place in enumerate(points.of(paths)):
            for kill in range(self.kills):
                names.append(f"{tour.__name__}{number}x{kill}")
                prepare(names[-1])
                self._death(place, tour, names[-1])
                tour(None, names[-1])
        return names

    def in_a_row(self, paths: list[str], tour: Callable[..., Any], prepare: Callable[[str], None]) -> list[str]:
        """The names of so many tours, each of which died at every place, one after the other, and one that did not.

        What is told on the way is kept in `heard`: it must be true in the end.
        """
        names = [f"{tour.__name__}{number}" for number in range(self.kills + 1)]
        prepare(names[0])
        with passed() as order:
            self.heard[names[0]] = tour(None, names[0])
        places = [place for place in order if place in points.of(paths)]
        self.not_reached += sorted(set(points.of(paths)) - set(places))
        for name in names[1:]:
            prepare(name)
            said = [one for place in places for one in self._death(place, tour, name)]
            self.heard[name] = [*said, *tour(None, name)]
        return names

    def _death(self, place: str, tour: Callable[..., Any], name: str) -> list[Any]:
        """What it said before it died."""
        program = Program(self.database, tour, name, point=place)
        if program.ended() != -signal.SIGKILL:
            self.not_reached.append(place)
        said = program.heard()
        program.kill()
        stage.claims_end(name)
        self.deaths += 1
        return said

    def told(self, names: list[str]) -> dict[str, list[Any]]:
        return {name: self.heard[name] for name in names}


@contextmanager
def passed() -> Iterator[list[str]]:
    """The places this process comes to, in the order in which it first does."""
    found: list[str] = []
    reach, failpoints.reach = failpoints.reach, lambda name: None if name in found else found.append(name)
    try:
        yield found
    finally:
        failpoints.reach = reach


def reminders_left(scene: stage.Stage, names: list[str]) -> Figures:
    """Mail about the meetings that were reminded of, sent for good: each lies with its guest or host, once."""
    mine = Outgoing.objects.filter(to_address__regex="|".join(rf"\+{name}[ab]?@" for name in names))
    stage.move_to(stage.next_monday() + timedelta(days=60))
    while sending.send_due(200, worker="the last one"):
        pass
    stage.all_delivered(scene)
    there = stage.in_maildirs(scene.dovecot, stage.SECOND).ids
    ids = Attempt.objects.filter(outgoing__in=mine, outcome="accepted").values_list("message_id", flat=True)
    return {
        "reminder_mails": len(ids), "reminder_mails_not_sent": mine.exclude(state="sent").count(),
        "reminder_mails_lost": sum(there[one] == 0 for one in ids), "reminder_mails_twice": sum(there[one] > 1 for one in ids),
    }  # fmt: skip


def by_hand_and_dead(names: list[str]) -> Figures:
    """Rows that did not go through a server: each ended once, in the state that the tour asks for."""
    wanted = {"dead": "sent", "open": "dropped", "held": "planned"}
    states = dict(Outgoing.objects.values_list("key", "state"))
    wrong = [key for name in names for key in wanted if states[f"{name}:{key}"] != wanted[key]]
    answers = Outgoing.objects.filter(purpose="answer").exclude(state="cancelled").count()
    calls = Touch.objects.filter(channel="call").exclude(state="sent").count()
    return {"wrong_states": len(wrong) + answers + calls}


def mail_of(names: list[str]) -> Figures:
    """Each mail is kept once, byte by byte, and its reply is one."""
    lost = altered = unhandled = 0
    for name in names:
        for what, raw in tours.letters(name).items():
            kept = Message.objects.filter(message_id=f"{name}-{what}@{tours.ELSEWHERE}")
            lost += kept.count() != 1
            altered += any(bytes(one.raw) != raw for one in kept)
            unhandled += any(one.state != ("quarantined" if what == "poison" else "handled") for one in kept)
    double = Reply.objects.values("message").annotate(many=Count("pk")).filter(many__gt=1).count()
    replies = Reply.objects.filter(message__message_id__contains="-known@").count()
    return {
        "mail": len(names) * 3, "mail_lost_or_twice": lost, "mail_altered": altered, "mail_unhandled": unhandled,
        "replies_twice": double, "replies_lost": len(names) - replies, **cells(),
    }  # fmt: skip


def cells() -> Figures:
    """Every message was judged once, and each of the three cells of its label fired once."""
    judged = Classification.objects.annotate(fired=Count("reactions"))
    unjudged = Reply.objects.exclude(pk__in=Classification.objects.filter(undone_at=None).values("reply")).count()
    items = WorkItem.objects.exclude(state="done").values("conversation", "person_address")
    return {
        "cells_not_once": judged.exclude(fired=3).count() + abs(judged.count() - Reply.objects.count()) + unjudged,
        "items_twice": items.annotate(many=Count("pk")).filter(many__gt=1).count(),
    }


def news_of(names: list[str]) -> Figures:
    """Each post is kept once; its mail is one, byte by byte, and so is what it tells; the rest waits for a person."""
    lost = altered = 0
    for name in names:
        kept = Message.objects.filter(message_id=f"{name}-posted@{tours.ELSEWHERE}", state="handled")
        lost += kept.count() != 1
        altered += any(bytes(one.raw) != tours.posted_letter(name) for one in kept)
        row = Outgoing.objects.get(key=f"{name}:told")
        lost += row.state != "sent" or Event.objects.filter(kind="outgoing.sent", subject_id=row.pk).count() != 1
    aside = ProviderPost.objects.filter(state="quarantined").count()
    return {
        "posts": len(names) * 3, "posts_lost_or_twice": lost + abs(ProviderPost.objects.count() - len(names) * 3),
        "posts_altered": altered, "posts_not_aside": abs(aside - len(names)),
    }  # fmt: skip
