"""R2: killed at every named place of the sending and the ingesting path and of a provider's posts, several times each; counted in Maildirs and tables."""

import signal
import time
from collections.abc import Callable
from typing import Any

from django.db.models import Count

from appointments.models import Classification, WorkItem
from crm.models import Event, Mailbox, Message, ProviderPost
from crm.services import mailboxes
from crm.signals import message_received
from prospecting.models import Outgoing, Reply, Touch
from prospecting.services import sending
from tests import mailgun
from tests.faults import points, stage, tours
from tests.faults.senders import Program

Figures = dict[str, Any]


def run(kills: int = 5) -> Figures:
    """The same zeros as R1 after `kills` deaths at each place, and no place that a tour does not come to."""
    began = time.monotonic()
    with stage.stage() as scene:
        stage.mailbox(scene.ada, 9, scene.postfix.smtp, owner=None, team=None, internal=True)
        mailboxes.pause_mailbox(Mailbox.objects.get(address="ada3@baton.example"), "for the test", by="the test")
        stage.touches_due(scene.ada, 1)
        sending.send_due(5, worker="the first")
        sent, not_reached = killed_everywhere(
            scene, points.of(points.SENDING), tours.send, kills, tours.prepare_sending
        )
        stage.settle_everything(scene)
        judged = stage.judged(scene)
        taken, missed = killed_everywhere(scene, points.of(points.INGESTING + points.REACTING), tours.ingest, kills)
        message_received.disconnect(dispatch_uid="explode")
        mailgun.joined(scene.boxes[2])
        told, unheard = killed_everywhere(scene, points.of(points.TOLD), tours.be_told, kills, tours.prepare_news)
    return {
        "figure": "R2", "points_sending": len(points.of(points.SENDING)), "points_ingesting": len(points.of(points.INGESTING)), "points_reacting": len(points.of(points.REACTING)),
        "points_told": len(points.of(points.TOLD)),
        "kills": len(sent) + len(taken) + len(told), "not_reached": [*not_reached, *missed, *unheard],
        **{name: judged[name] for name in ("twice", "lost", "wrong", "unresolved")},
        **by_hand_and_dead(sent), **mail_of(taken), **news_of(told), "seconds": round(time.monotonic() - began, 1),
    }  # fmt: skip


def killed_everywhere(
    scene: stage.Stage,
    places: list[str],
    tour: Callable[..., None],
    kills: int,
    prepare: Callable[[str], None] | None = None,
) -> tuple[list[str], list[str]]:
    """The names of the tours, each of which died at its place, and the places where one did not die."""
    names, not_reached = [], []
    for number, place in enumerate(places):
        mine = [f"{tour.__name__}{number}x{kill}" for kill in range(kills)]
        for name in mine:
            if prepare:
                prepare(name)
            program = Program(scene.database, tour, name, point=place)
            if program.ended() != -signal.SIGKILL:
                not_reached.append(place)
            program.kill()
            stage.claims_end(name)
        for name in mine:
            tour(None, name)
        names += mine
    return names, not_reached


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
