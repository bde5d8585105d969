"""What people do in a story: each deed is a verb of the services, with two numbers that choose to whom and how."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from appointments.models import Classification, WorkItem
from appointments.services import answering, classifying, work_items
from crm import clock
from crm.models import Contact, Mailbox, Membership, Suppression
from crm.services import accounts, contacts, mailboxes, memberships, suppression
from crm.services.examples import AUTO, BOUNCE, EXAMPLES, OUT_OF_OFFICE
from prospecting.models import Outgoing, Reply, RouteVersion, Skip, StageVisit, Touch
from prospecting.queries import approvals, explain
from prospecting.rules import guard as reasons
from prospecting.rules import labels, outcomes
from prospecting.services import (
    adoption,
    approving,
    calls,
    enrollment,
    guard,
    policies,
    reactions,
    resting,
    routes,
    segments,
    sending,
    sequences,
    skipping,
    writing,
)
from tests.prospecting.lives import Life
from tests.prospecting.stories import NEXT, ROLES

SPOKEN = [key for key, row in outcomes.OUTCOMES.items() if key != "done" and not row.asks_day]
ALL = list(labels.LABELS)


def reply(life: Life, which: int, how: int) -> None:
    """Someone answers, in the words of one label, and where the words were understood otherwise a person says so."""
    touch, label = life.sent_mail(which // 2), ALL[how]
    kind, text = EXAMPLES[label]
    if kind == BOUNCE:
        message = life.report(touch, "delivery-status", ("5.1.1", "4.2.2", "5.7.1")[which % 3])
    elif kind in (OUT_OF_OFFICE, AUTO):
        message = life.mail(touch, text, Auto_Submitted="auto-replied")
    else:
        message = life.mail(touch, text.replace("{name}", touch.contact.name))
    found = Reply.objects.filter(message=message).first()
    if found and found.label != label and kind != BOUNCE:
        classifying.correct(found, label, by=life.ada)


def hear_again(life: Life, which: int, how: int) -> None:
    """A colleague answers in the thread, or a complaint about it comes."""
    touch = life.sent_mail(which)
    if how % 4 == 0:
        life.report(touch, "feedback-report")
        return
    there = Contact.objects.filter(memberships__account=touch.account, memberships__until=None).exclude(
        pk=touch.contact_id
    )
    colleague = life.pick(there.order_by("pk"), how)
    life.mail(touch, EXAMPLES[ALL[how]][1], sender=colleague.email, name=colleague.name)


def correct(life: Life, which: int, how: int) -> None:
    classifying.correct(life.pick(Reply.objects.order_by("-pk"), which), ALL[how], by=life.ada)


def undo_label(life: Life, which: int, how: int) -> None:
    classifying.undo(life.pick(Classification.objects.filter(undone_at=None).order_by("-pk"), which), by=life.ada)


def finish(life: Life, which: int, how: int) -> None:
    item = life.pick(work_items.open_items().select_related("account").order_by("pk"), which)
    done(life, item, how)


def done(life: Life, item: WorkItem, how: int) -> None:
    step = NEXT[how % len(NEXT)]
    until = clock.today() + timedelta(days=3 + how) if step == "rest" else None
    reason = "no_need" if item.what == "give_reason" else ""
    work_items.done(item, outcome="answered", next=step, rest_until=until, reason=reason, by=life.ada)


def answer(life: Life, which: int, how: int) -> None:
    """An answer is written to whoever wrote, whatever stands against outreach; the guard has no other say than the law's."""
    item = life.pick(
        work_items.open_items().exclude(reply=None).select_related("account", "contact", "conversation"), which
    )
    if item.account and item.contact:
        said = guard.may_contact(item.account, item.contact, purpose=reasons.ANSWER)
        assert said.reason in ("", reasons.SUPPRESSED, reasons.ACCOUNT_CLOSED), said
    answering.send_answer(item, "Gladly.", by=life.ada)


def pause(life: Life, which: int, how: int) -> None:
    enrollment.pause(life.walk(which), "Ada talks to their board first.", by=life.ada)


def resume(life: Life, which: int, how: int) -> None:
    enrollment.resume(life.walk(which), by=life.ada)


def skip_step(life: Life, which: int, how: int) -> None:
    skipping.skip_steps([life.pick(planned(), which)], "not for them", by=life.ada)


def planned() -> Any:
    return Touch.objects.filter(state__in=["planned", "paused"]).select_related("account", "contact").order_by("pk")


def undo_skip(life: Life, which: int, how: int) -> None:
    skipped = Touch.objects.filter(state="skipped", outcome="skipped", enrollment__state__in=["active", "paused"])
    skipping.undo_steps([life.pick(skipped.select_related("account", "contact").order_by("pk"), which)], by=life.ada)


def skip_person(life: Life, which: int, how: int) -> None:
    walk = life.walk(which)
    skipping.skip_person(walk, person(life, which, how), "not them", by=life.ada)


def person(life: Life, which: int, how: int) -> Contact:
    here = Contact.objects.filter(memberships__account=life.account(which), memberships__until=None)
    return life.pick(here.order_by("pk").distinct(), how)


def undo_person(life: Life, which: int, how: int) -> None:
    skip = life.pick(Skip.objects.filter(undone_at=None).select_related("account", "contact").order_by("pk"), which)
    skipping.undo_person(skip, by=life.ada)


def skip_account(life: Life, which: int, how: int) -> None:
    skipping.skip_account(life.walk(which), "we leave it", by=life.ada)


def enroll(life: Life, which: int, how: int) -> None:
    life.enroll(life.account(which))


def close_account(life: Life, which: int, how: int) -> None:
    reactions.close_account(life.account(which), "They moved.", by=life.ada)


def reopen_account(life: Life, which: int, how: int) -> None:
    accounts.reopen_account(life.account(which), by=life.ada)


def rest(life: Life, which: int, how: int) -> None:
    reactions.rest_account(life.account(which), clock.today() + timedelta(days=1 + how), "A quiet while.", by=life.ada)


def end_rest(life: Life, which: int, how: int) -> None:
    resting.end_rest(life.account(which), by=life.ada)


def suppress_address(life: Life, which: int, how: int) -> None:
    someone = person(life, which, how)
    suppression.suppress_address(someone.email, reason="asked us", by=life.ada, contact=someone)


def suppress_domain(life: Life, which: int, how: int) -> None:
    suppression.suppress_domain(life.account(which).domain, reason="asked us", by=life.ada)


def suppress_account(life: Life, which: int, how: int) -> None:
    suppression.suppress_account(life.account(which), reason="asked us", by=life.ada)


def lift(life: Life, which: int, how: int) -> None:
    suppression.lift(life.pick(Suppression.objects.filter(lifted_at=None).order_by("pk"), which), by=life.lead)


def go_ahead(life: Life, which: int, how: int) -> None:
    """A lead goes against whatever keeps us from somebody."""
    account = life.account(which)
    here = life.pick(guard.standing_against(account), how)
    guard.go_ahead(account, here.contact, here.verdict.reason, "They asked us to write.", by=life.lead)


def open_stage(life: Life, which: int, how: int) -> None:
    rows = StageVisit.objects.filter(enrollment__state="active").exclude(state="open").select_related("stage")
    enrollment.open_stage(life.pick(rows.order_by("pk"), which), "said on the phone", by=life.ada)


def close_stage(life: Life, which: int, how: int) -> None:
    rows = StageVisit.objects.filter(enrollment__state="active", state="open").select_related("stage")
    enrollment.close_stage(life.pick(rows.order_by("pk"), which), "said on the phone", by=life.ada)


def by_hand(life: Life, which: int, how: int) -> None:
    sentence = "They asked us to write." if how % 3 == 0 else ""
    someone = person(life, which, how)
    writing.write(
        life.account(which), someone, subject="Hello", body="A word by hand.", by=life.lead, sentence=sentence
    )


def call(life: Life, which: int, how: int) -> None:
    calls.log(life.account(which), person(life, which, how), SPOKEN[how % len(SPOKEN)], by=life.ada)


def log_task(life: Life, which: int, how: int) -> None:
    logged(life, life.pick(life.due_tasks(), which), how)


def logged(life: Life, touch: Touch, how: int) -> None:
    usual = ("no_answer", "voicemail", "connected", "again")[how % 4]
    said = SPOKEN[how % len(SPOKEN)] if how > 12 else usual
    calls.log(touch.account, touch.contact, said, by=life.ada, touch=touch)


def new_sequence(life: Life, which: int, how: int) -> None:
    draft = sequences.draft(life.sequence.sequence, life.steps(more=how % 3), by=life.ada, mailboxes=None)
    sequences.publish(draft, by=life.ada)


def adopt(life: Life, which: int, how: int) -> None:
    adoption.adopt(life.walk(which), sequences.current_version(life.sequence.sequence), by=life.ada)


def new_policy(life: Life, which: int, how: int) -> None:
    fields = {"people_at_once": 1 + which % 3, "touches_a_week": 1 + how % 4, "days_between_people": how % 3}
    policies.publish(policies.draft(by=life.lead, **fields), "We learned.", by=life.lead)


def new_route(life: Life, which: int, how: int) -> None:
    """The route without its last stage, taken up by the segment; walks in flight keep theirs."""
    stages = life.story.stages[: max(1, len(life.story.stages) - how % 2)]
    version = routes.publish(routes.draft(life.route.route, stages, by=life.ada), by=life.ada, reason="Shorter.")
    draft = segments.draft(life.segment, rule='industry = "Cold storage"', route_version=version, by=life.ada)
    segments.publish(draft, reason="A shorter route.", expected="Sooner.", by=life.ada)
    assert version.state == RouteVersion.State.PUBLISHED


def part(life: Life, which: int, how: int) -> Membership:
    here = Membership.objects.filter(account=life.account(which), until=None)
    return life.pick(here.select_related("contact", "account", "role").order_by("pk"), how)


def move_person(life: Life, which: int, how: int) -> None:
    other = life.account(which + 1)
    memberships.move(part(life, which, how), other, by=life.ada, why="They said so.", role=ROLES[how % len(ROLES)])


def set_role(life: Life, which: int, how: int) -> None:
    memberships.set_role(part(life, which, how), ([*ROLES, "unknown"])[how % 5], by=life.ada, evidence="They said so.")


def add_person(life: Life, which: int, how: int) -> None:
    life.serial += 1
    account = life.account(which)
    source = "referral" if how % 2 else ""
    contacts.add_contact(
        account, by=life.ada, role=ROLES[how % len(ROLES)], first_name=f"New{life.serial}", last_name="Person",
        email=f"new{life.serial}@{account.domain}", source=source,
    )  # fmt: skip


def away(life: Life, which: int, how: int) -> None:
    contacts.set_away(person(life, which, how), clock.today() + timedelta(days=how), by=life.ada)


def end_part(life: Life, which: int, how: int) -> None:
    memberships.end_membership(part(life, which, how), by=life.ada, why="They left.")


def approval(life: Life, which: int, how: int) -> None:
    approving.look_first(life.walk(which), bool(how % 2), by=life.lead)


def release(life: Life, which: int, how: int) -> None:
    approving.release(list(approvals.unreleased()), by=life.ada)


def settle(life: Life, which: int, how: int) -> None:
    """A person says what became of a mail whose fate nobody knows; the server knows that it came."""
    rows = [*Touch.objects.filter(state="uncertain"), *Outgoing.objects.filter(state="uncertain")]
    sending.settle_uncertain(life.pick(rows, which), "sent" if how % 2 else "dropped", by=life.ada)


def mailbox(life: Life, which: int, how: int) -> None:
    box = Mailbox.objects.get(pk=life.mailbox.pk)
    (mailboxes.resume_mailbox if box.state == "paused" else mailboxes.pause_mailbox)(
        box, *(() if box.state == "paused" else ("It is being moved.",)), by=life.ada
    )


def diligent(life: Life, day: int) -> None:
    """Someone works what waited long enough, logs the calls of the day, releases drafts and mends the mailbox."""
    if not life.story.diligence or day % life.story.diligence:
        return
    since = life.now - timedelta(days=life.story.diligence)
    for item in list(work_items.open_items().filter(since__lte=since).select_related("account").order_by("pk")):
        life.tell(partial(done, life, item, life.next()))
    for touch in list(life.due_tasks()):
        life.tell(partial(logged, life, touch, life.next() % 17))
    if approvals.unreleased().exists():
        life.tell(lambda: release(life, 0, 0))
    if Mailbox.objects.filter(pk=life.mailbox.pk, state="paused").exists():
        life.tell(lambda: mailbox(life, 0, 0))


def every_account_is_explained(life: Life) -> None:
    """For any account the product says what happens next, in words."""
    for account in life.accounts:
        said = explain(life.account(life.accounts.index(account)))
        assert said["next"], f"nothing is said about {account}"


DEEDS: dict[str, Callable[[Life, int, int], None]] = {
    deed.__name__: deed
    for deed in (
        reply, hear_again, correct, undo_label, finish, answer, pause, resume, skip_step, undo_skip, skip_person,
        undo_person, skip_account, enroll, close_account, reopen_account, rest, end_rest, suppress_address,
        suppress_domain, suppress_account, lift, go_ahead, open_stage, close_stage, by_hand, call, log_task, new_sequence,
        adopt, new_policy, new_route, move_person, set_role, add_person, away, end_part, approval, release, settle, mailbox,
    )
}  # fmt: skip
