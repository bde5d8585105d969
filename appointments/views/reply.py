"""One reply: read it, answer it, offer times, book, and say what comes next."""

import datetime as dt
import secrets
import zoneinfo
from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from appointments import access, queries
from appointments.forms import AnswerForm, HandOverForm, LabelForm, NamesForm, RoleForm, SnoozeForm
from appointments.models import AnswerDraft, Meeting, MeetingType, Offer, Playbook, WorkItem
from appointments.rules import matrix as matrix_rules
from appointments.rules import time_lines, tongues
from appointments.services import answering, booking, drafts, matrix, meeting_mails, objections, offers, playbooks
from appointments.services.hosts import Slot, hosts_of, is_together
from appointments.views import claiming, counters, ending, next_step, qualification, shown, slots
from appointments.views.asked import asked
from crm import clock, toasts
from crm.access import policy, visible_notes
from crm.errors import Refused
from crm.models import Attachment, Event, Note, User
from crm.rules import saying
from crm.views.numbers import whole
from prospecting.models import Outgoing
from prospecting.rules import labels
from prospecting.services import guard, reactions

NOTES = 12
MIGHT_MEET = {"question", "objection_other", "not_now"}


@require_safe
@policy("member")
def reply(request: HttpRequest, pk: int) -> HttpResponse:
    item = access.item_read(request.user, pk)
    if request.htmx and "preview" in request.GET:
        mine = access.writable_items(request.user).filter(pk=item.pk).exists()
        return render(request, "appointments/preview.html", {"shown": shown.of(item, request.user), "may_write": mine})
    return show(request, item)


def show(request: HttpRequest, item: WorkItem, *, status: int = 200, **more: Any) -> HttpResponse:
    found = shown.of(item, request.user)
    step = next_step.of(item)
    may_write = access.writable_items(request.user).filter(pk=item.pk).exists()
    working = may_write and item.state != WorkItem.State.DONE
    context = {
        "item": item,
        "step": step,
        "shown": found,
        "seen": shown.seen(item),
        "counter": counters.shown(step.meeting, clock.now()) if step.kind == "time" and step.meeting else None,
        "held": claiming.held_by_another(item, request.user),
        "may_write": may_write,
        "label_form": LabelForm(
            initial={"label": ending.said(found.classification) or item.reply.label, "secondary": item.reply.secondary}
            if item.reply
            else {}
        ),
        "notes": notes_of(item, request.user),
        "meetings": meetings_of(item, request.user),
        "attachments": files_of(found),
        "qualification": qualification.standing(
            item.account, item.reply.enrollment if item.reply else None, request.user
        ),
        **neighbours(item, request.user),
        **asked(request.user),
        **(working_parts(request, item, found, step) if working else {"typed": typed(item, request.user, more)}),
        **more,
    }
    return render(request, "appointments/reply.html", context, status=status)


def typed(item: WorkItem, user: User, more: dict[str, Any]) -> str:
    """What they were writing when it was finished: it is theirs, and stands where they can read it."""
    form = more.get("answer_form")
    if form is not None and form.data.get("body", "").strip():
        return str(form.data["body"])[: drafts.LONGEST]
    found = drafts.kept(item, user)
    return found.body.strip() if found else ""


def working_parts(request: HttpRequest, item: WorkItem, found: shown.Shown, step: next_step.Step) -> dict[str, Any]:
    """What only someone who may answer needs: times, the draft, the forms, the guard's verdict."""
    first = step.kind == "answer"
    chosen = chosen_draft(request)
    kept = None if chosen else drafts.kept(item, request.user)
    pick = playbooks.pick(item, chosen)
    kind = kind_shown(request, item, kept, pick)
    free = offered_times(item, kind) if first and not step.meeting else None
    draft = answering.written(item, pick, by=request.user, slots=free or (), times=not step.meeting)
    body = draft.text if first else ""
    if step.kind == "time" and step.meeting:
        body = meeting_mails.offers_move(step.meeting)
    if kept:
        body = words_kept(item, kept, kind, free or ())
    return {
        "kept": kept,
        "draft_version": drafts.version(item, request.user),
        "pick": pick,
        "problem": draft.problem if first else "",
        "texts": texts_to_pick(item, pick, request.user, free or (), times=not step.meeting),
        "second": objections.answered(item),
        "answered_itself": answered_itself(item, step),
        "slots": slots_shown(item, kind, free, kept.slots if kept and kept.meeting_type in (None, kind) else None)
        if free
        else [],
        "paused_by_hand": paused_by_hand(item),
        "slots_missing": f"Nobody who holds “{kind}” is free in the next days, so no time can be offered for it."
        if free == []
        else "",
        "kinds": offers.kinds_for(item.team_id) if free is not None else [],
        "kind": kind,
        "chosen": chosen,
        "playbook": pick.playbook,
        "form_key": secrets.token_hex(12),
        "mailbox": item.conversation.mailbox.address,
        "verdict": verdict(item, found),
        "answer_form": AnswerForm(initial={"body": body}),
        "done_form": ending.proposed(item, step, found.classification),
        "snooze_form": SnoozeForm(initial={"until": timezone.localtime(tomorrow())}),
        "hand_form": HandOverForm(people=colleagues(request.user, item)),
        "role_form": RoleForm(initial={"role": "unknown"}) if item.what == "correct_role" else None,
        "names_form": NamesForm(initial={"role": "unknown", "may_cite": citing_allowed(item), **named(found)}),
    }


def kind_shown(request: HttpRequest, item: WorkItem, kept: AnswerDraft | None, pick: playbooks.Pick) -> MeetingType:
    """What times are offered for: as chosen on the page, else as kept with what was typed, else as the draft says."""
    named = whole(request.POST.get("kind") or request.GET.get("kind"))
    return answering.kind_for(item, pick, named or (kept.meeting_type_id if kept else None))


def words_kept(item: WorkItem, kept: AnswerDraft, kind: MeetingType, free: Sequence[Slot]) -> str:
    """What was typed; where another kind of meeting was chosen since, its times stand where the others stood."""
    if kept.meeting_type in (None, kind):
        return kept.body
    return time_lines.exchange(
        kept.body, lines_of(item, [slots.read(one)[0] for one in kept.slots]), lines_of(item, free)
    )


def lines_of(item: WorkItem, times: Sequence[Slot | dt.datetime]) -> list[str]:
    return [answering.times_text(item, [one]).partition("\n")[0] for one in times]


def answered_itself(item: WorkItem, step: next_step.Step) -> str:
    """Who had allowed the answer that left without a person."""
    if step.sent is None or not step.sent.automatic:
        return ""
    rows = Event.objects.filter(kind="workitem.answered_itself", subject_id=item.pk, facts__outgoing=step.sent.pk)
    return rows.values_list("why", flat=True).first() or ""


def chosen_draft(request: HttpRequest) -> int | None:
    """The draft asked for by its address, which is how one is picked without JavaScript."""
    named = request.GET.get("draft", "")
    return int(named) if named.isdigit() and len(named) < 10 else None


def texts_to_pick(
    item: WorkItem, pick: playbooks.Pick, user: User, free: Sequence[Slot], *, times: bool
) -> list[dict[str, Any]]:
    """Other drafts, whole, and the paragraphs that go in where one is typing."""
    whole = [
        {"pk": one.pk, "name": one.name, "about": draft_for(one), **text_of(answering.written(item, playbooks.Pick(one, "", pick.language), by=user, slots=free, times=times))}
        for one in pick.others
    ]  # fmt: skip
    paragraphs = playbooks.snippets(playbooks.addressee(item, user, pick.language))
    return whole + [
        {"pk": None, "name": name, "about": "A paragraph", "text": words, "problem": ""} for name, words in paragraphs
    ]


def text_of(draft: playbooks.Filled) -> dict[str, str]:
    return {"text": draft.text, "problem": draft.problem}


def draft_for(row: Playbook) -> str:
    also = f" and “{labels.words(row.also)}”" if row.also else ""
    return f"{labels.words(row.label)}{also}, {tongues.name_of(row.language)}, {row.segment or 'every segment'}"


def paused_by_hand(item: WorkItem) -> str:
    """Why someone paused the walk by hand; going on with the stage ends that too."""
    walk = reactions.open_enrollment(item.account) if item.account else None
    return (walk.reason or "without a reason") if walk and walk.paused_by_hand else ""


def offered_times(item: WorkItem, kind: MeetingType) -> list[Slot] | None:
    """Three times where the reply asks to meet, or might; None where no times are called for."""
    asks = answering.wants_times(item) or (item.reply is not None and item.reply.label in MIGHT_MEET)
    return offers.propose(item, kind=kind) if asks and item.account else None


def slots_shown(
    item: WorkItem, kind: MeetingType, free: list[Slot], kept: list[str] | None = None
) -> list[dict[str, Any]]:
    """`kept` are the times picked with a draft; without one those are picked that the reply asks for."""
    hosts = dict(User.objects.filter(pk__in={one.host_id for one in free}).values_list("pk", "name"))
    if is_together(kind):  # every one of them sits in it, whoever is named first
        hosts = dict.fromkeys(hosts, ", ".join(str(one) for one in hosts_of(kind, team_id=item.team_id)))
    zone = offers.guest_zone(item.contact, item.account)
    asked = answering.wants_times(item)
    starts = {value.partition("~")[0] for value in kept or ()}
    return [
        {
            "value": slots.write(one.start, one.host_id),
            "starts": one.start,
            "host": hosts.get(one.host_id, ""),
            "theirs": their_clock(one.start, zone),
            "line": lines_of(item, [one])[0],
            "picked": asked if kept is None else slots.write(one.start) in starts,
        }
        for one in free
    ]


def their_clock(start: dt.datetime, zone: str) -> str:
    """The hour at the guest's, where it differs from the reader's."""
    try:
        local = start.astimezone(zoneinfo.ZoneInfo(zone))
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return ""
    return "" if local.utcoffset() == timezone.localtime(start).utcoffset() else f"{local:%H:%M}"


def verdict(item: WorkItem, found: shown.Shown) -> dict[str, str]:
    """May we answer, and who waits meanwhile: the guard's own sentence."""
    waits = (
        f" Everyone else at the account waits: {saying.count(found.paused, 'planned touch', 'planned touches')} paused until this is done."
        if found.paused
        else ""
    )
    if item.account is None or item.contact is None:
        return {"icon": "check", "text": f"You may send: {item.person_address} wrote to us.{waits}"}
    said = guard.may_contact(
        item.account, item.contact, mailbox=item.conversation.mailbox, purpose="answer", now=clock.now()
    )
    if said.decision == "allow":
        return {"icon": "check", "text": f"You may send: {item.contact} wrote to us.{waits}"}
    return {"icon": "stop", "text": f"{said.sentence}{waits}"}


def citing_allowed(item: WorkItem) -> bool:
    """What the row of referrals says, for the segment of this walk."""
    walk = item.reply.enrollment if item.reply else None
    return matrix_rules.may_cite(matrix.row_for("referral", walk.segment_version.segment_id if walk else None))


def named(found: shown.Shown) -> dict[str, str]:
    """The first person the reply names, for the form that adds them."""
    entities = found.classification.entities if found.classification else {}
    people = entities.get("referred") or entities.get("alternates") or []
    person = people[0] if isinstance(people, list) and people and isinstance(people[0], dict) else {}
    first, _, last = str(person.get("name") or "").rpartition(" ")
    return {
        "first_name": first,
        "last_name": last,
        "email": str(person.get("email") or ""),
        "evidence": str(person.get("text") or "")[:300],
    }


def colleagues(user: User, item: WorkItem) -> Any:
    return User.objects.filter(team=item.team_id, is_active=True).exclude(pk=item.setter_id or 0).order_by("name")


def meetings_of(item: WorkItem, user: User) -> list[Meeting]:
    if item.account_id is None:
        return []
    rows = access.visible_meetings(user).filter(account=item.account_id).exclude(state__in=["lapsed", "pencilled"])
    return list(rows.order_by("-starts_at")[:3])


def notes_of(item: WorkItem, user: User) -> list[Note]:
    """What the team noted beside this thread and at its account, the newest last."""
    about = Q(conversation=item.conversation_id) | Q(account=item.account_id, account__isnull=False)
    rows = visible_notes(user).filter(about).select_related("by", "contact").order_by("-at", "-pk")[:NOTES]
    return list(reversed(rows))


def files_of(found: shown.Shown) -> list[Attachment]:
    return list(Attachment.objects.filter(message__in=[one.pk for one in found.unanswered]).defer("content"))


def neighbours(item: WorkItem, user: User) -> dict[str, Any]:
    """The reply before and after in the order of the inbox, the next one that waits, and where this one stands."""
    rows = access.visible_items(user).filter(setter=user).exclude(state=WorkItem.State.DONE)
    found = list(rows.order_by("due_at", "pk").only("state", "what", "answered_at", "due_at")[:500])
    found.sort(key=queries.place)
    order = [one.pk for one in found]
    at = order.index(item.pk) if item.pk in order else -1
    waits = [one.pk for one in found[at + 1 :] + found[: max(at, 0)] if queries.place(one) < queries.ANSWERED]
    if at < 0:
        return {"next_item": order[0] if order else None, "next_waiting": waits[0] if waits else None}
    return {
        "next_item": order[at + 1] if at + 1 < len(order) else None,
        "previous_item": order[at - 1] if at else None,
        "next_waiting": waits[0] if waits else None,
        "place": f"{at + 1} of {len(order)}",
    }


def tomorrow() -> dt.datetime:
    local = timezone.localtime(clock.now())
    return (local + dt.timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)


@require_safe
@policy("member")
def news(request: HttpRequest, pk: int) -> HttpResponse:
    """Whether someone else answered, or the person wrote again, since the page was rendered."""
    item = access.item_read(request.user, pk)
    before = request.GET.get("seen", "")
    stale = shown.stale(item, before, request.user) or shown.relabelled(item, before, request.user)
    held = claiming.held_by_another(item, request.user)
    return render(request, "appointments/reply_news.html", {"item": item, "stale": stale, "held": held})


@require_POST
@policy("member")
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Send an answer, with times where some are picked; refused with everything kept if someone was faster."""
    item = access.item_write(request.user, pk)
    form = AnswerForm(request.POST)
    picked = request.POST.getlist("slots")[:6]
    if not form.is_valid():
        return show(request, item, status=400, answer_form=form)
    stale = shown.stale(item, form.cleaned_data["seen"], request.user)
    if stale:
        if item.state == WorkItem.State.DONE and not drafts.kept(item, request.user):
            drafts.keep(item, form.cleaned_data["body"], by=request.user, version=drafts.version(item, request.user))
        return show(request, item, status=409, answer_form=form, stale=stale)
    key = f"answer:{item.pk}:{form.cleaned_data['key']}" if form.cleaned_data["key"] else None
    try:
        said, kind = form.cleaned_data, kind_posted(request, item)
        times = [slot_of(item, value, kind) for value in picked]
        sent = answering.send_answer(
            item, said["body"], by=request.user, slots=times, key=key, again=said["again"], meeting_type=kind
        )
    except Refused as error:
        form.add_error(None, error.sentence)
        return show(request, item, status=409, answer_form=form)
    offered = f" with {saying.count(len(times), 'time')}" if times else ""
    toasts.say(
        request,
        f"Sent to {item.contact or item.person_address}{offered}.",
        undo=reverse("appointments:reply_unsend", args=[item.pk, sent.pk]),
    )
    return redirect("appointments:reply", item.pk)


def kind_posted(request: HttpRequest, item: WorkItem) -> MeetingType | None:
    """What the times on the page were for. Refused where that is not offered any more."""
    named = whole(request.POST.get("kind"))
    found = offers.kind_named(item.team_id, named)
    if named and found is None:
        raise Refused("This kind of meeting is not offered any more. Load the page again.")
    return found


def host_named(item: WorkItem, pk: int | None, kind: MeetingType | None = None) -> User | None:
    people = hosts_of(kind or answering.kind_for(item), team_id=item.team_id)
    return next((user for user in people if user.pk == pk), None)


def slot_of(item: WorkItem, value: str, kind: MeetingType | None = None) -> Slot:
    """A picked time with a host who may hold it."""
    start, pk = slots.read(value)
    host = host_named(item, pk, kind)
    if host is None:
        raise Refused("One of the times names someone who holds no meetings. Load the page again.")
    return Slot(start, host.pk)


@require_POST
@policy("member")
def unsend(request: HttpRequest, pk: int, outgoing: int) -> HttpResponse:
    item = access.item_write(request.user, pk)
    row = get_object_or_404(Outgoing, pk=outgoing, conversation=item.conversation_id)
    answering.take_back(item, row, by=request.user)
    toasts.say(request, "Taken back. Nothing was sent.")
    return redirect("appointments:reply", item.pk)


@require_POST
@policy("member")
def book(request: HttpRequest, pk: int) -> HttpResponse:
    """Book a time the person accepted in plain words, for what it was offered."""
    item = access.item_write(request.user, pk)
    start, host = slots.read(request.POST.get("start", ""))
    kind = accepted_kind(item, start) or kind_posted(request, item) or answering.kind_for(item)
    by = host_named(item, host, kind)
    meeting = booking.book_for(item, start, host=by, meeting_type=kind, by=request.user)
    toasts.say(
        request,
        f"Booked: {meeting.account}, {saying.moment(timezone.localtime(meeting.starts_at), timezone.localdate(clock.now()))}.",
    )
    return redirect("appointments:meeting", meeting.pk)


def accepted_kind(item: WorkItem, start: dt.datetime) -> MeetingType | None:
    """What the time they accept in words was offered for, though another kind be shown by now."""
    said = next_step.accepted(item)
    return said["kind"] if said and said["start"] == start else None


@require_POST
@policy("member")
def void_link(request: HttpRequest, pk: int, offer: int) -> HttpResponse:
    """The booking link that is out is void from now on."""
    item = access.item_write(request.user, pk)
    row = get_object_or_404(Offer, pk=offer, conversation=item.conversation_id)
    offers.revoke(row, by=request.user)
    toasts.say(request, "The booking link is void.")
    return redirect("appointments:reply", item.pk)
