"""Pages for guests, behind signed links: choose a time, and confirm, move or cancel it. GET changes nothing."""

import datetime as dt
import hashlib
import secrets
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from appointments.forms import GuestForm
from appointments.models import Meeting, MeetingType, Offer
from appointments.rules import guest_words, questions, zones
from appointments.services import booking, meeting_mails, offers, pencilling
from appointments.services.hosts import Slot, hosts_of, is_together
from appointments.views import guest_fields, slots
from appointments.views.guest_reading import Reader, broken, page, too_many
from crm import clock
from crm.access import policy
from crm.errors import Refused
from crm.models import User

SHOWN_DAYS = 14
NAMES = ("slot", "name", "email", "note", "key", "zone", "guests")


# choose a time ----------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@policy("guest")
def book(request: HttpRequest, token: str) -> HttpResponse:
    try:
        offer = offers.read_link(token)
    except Refused as error:
        return broken(request, error)
    reader = Reader(request, zone=offer.guest_zone, language=offer.contact.language if offer.contact else "")
    if request.method == "POST":
        if slow := too_many(request, f"book:{offer.pk}", reader):
            return slow
        return keep_for(request, offer) if request.POST.get("do") == "pencil" else take(request, offer, reader)
    if booked := Meeting.objects.filter(offer=offer, state=Meeting.State.BOOKED).first():
        return to_meeting(booked, reader)
    return choose(request, offer, reader)


def keep_for(request: HttpRequest, offer: Offer) -> HttpResponse:
    """What a browser asks as soon as a time is chosen: pencilled for 15 minutes while its owner types."""
    try:
        start, host = slots.read(request.POST.get("slot", ""))
        pencilling.pencil(offer, start, host_named(offer, host))
    except Refused:
        return HttpResponse(status=409)
    return HttpResponse(status=204)


def take(request: HttpRequest, offer: Offer, reader: Reader) -> HttpResponse:
    form = GuestForm(with_known(request.POST, offer))
    if not form.is_valid():
        return choose(request, offer, reader, form=form, status=400)
    said = form.cleaned_data
    try:
        start, host = slots.read(said["slot"])
        meeting = booking.book(
            offer, start, host=host_named(offer, host), guest_name=said["name"], guest_email=said["email"],
            guest_zone=reader.zone, key=key_of(offer, said["key"]), note=said["note"], by="the guest",
            language=reader.language,
            answers=guest_fields.answers(request.POST),
            guests=questions.lines(said["guests"], offer.meeting_type.most_guests),
        )  # fmt: skip
    except Refused as refused:
        if earlier := refused.details.get("meeting"):
            return to_meeting(earlier, reader, did="before")
        return choose(request, offer, reader, form=form, refused=refused, status=409)
    return to_meeting(meeting, reader, new="1")


def key_of(offer: Offer, key: str) -> str:
    """A form's key counts for its own link only: with another one's a guest would be shown a stranger's meeting."""
    return hashlib.sha256(f"guest:{offer.pk}:{key}".encode()).hexdigest()


def host_named(offer: Offer, pk: int | None) -> User | None:
    """The host a slot names, if this kind of meeting is theirs to hold; a changed form gets whoever is free."""
    if pk is None:
        return None
    return next((user for user in hosts_of(offer.meeting_type, team_id=offer.team_id) if user.pk == pk), None)


def to_meeting(meeting: Meeting, reader: Reader, **said: str) -> HttpResponse:
    asked = urlencode({**said, "lang": reader.language, "zone": reader.zone})
    return redirect(f"{reverse('appointments:booked', args=[meeting_mails.token(meeting)])}?{asked}")


def with_known(posted: Any, offer: Offer) -> dict[str, str]:
    """A guest we wrote to need not say who they are again; what they do say wins."""
    said = {name: posted.get(name, "").strip() for name in NAMES}
    if offer.contact and not (said["name"] or said["email"]):
        said |= {"name": offer.contact.name, "email": offer.contact.email}
    return said


def choose(
    request: HttpRequest,
    offer: Offer,
    reader: Reader,
    *,
    form: GuestForm | None = None,
    refused: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    found = Times(offer.meeting_type, offer.team_id, reader, account=offer.account, pencilled_by=offer)
    nearest = [one for one in found.free if refused and one.start in (refused.details.get("nearest") or [])]
    offered = nearest or found.still(offers.offered(offer))
    said = form.data if form else {"key": secrets.token_hex(16)}
    host = found.sole_host(offered)
    chosen = "" if refused else said.get("slot", "") or found.named(request.GET.get("at", ""))
    context = {
        **reader.context,
        **headings(offer, reader, host),
        "host": host,
        "place": reader.w["video"] if "://" in offer.meeting_type.place else offer.meeting_type.place,
        "offered": [found.shown(one, named=host is None) for one in offered],
        "offered_title": reader.w["nearest" if nearest else "offered"],
        "days": found.by_day(),
        "chosen": chosen,
        "chosen_below": "" if any(slots.write(one.start, one.host_id) == chosen for one in offered) else chosen,
        # a refused booking gets a new key: the form that follows is another attempt
        "key": secrets.token_hex(16) if refused else said.get("key", ""),
        "person_fields": guest_fields.person(offer, reader, form),
        "asked": guest_fields.asked(offer, reader, request.POST, refused),
        "further": guest_fields.further(offer, reader, request.POST, refused),
        "notice": notice(form, refused, reader),
        "submit": reader.w["book"],
    }
    return page(request, "appointments/guest_book.html", context, status)


class Times:
    """The free times of one kind of meeting as one guest reads them."""

    def __init__(self, kind: MeetingType, team_id: int, reader: Reader, **of: Any) -> None:
        self.reader, self.together = reader, is_together(kind)
        self.free = offers.free_slots(kind, guest_zone=reader.zone, team_id=team_id, days=SHOWN_DAYS, **of)
        self.hosts = {user.pk: user for user in User.objects.filter(pk__in={one.host_id for one in self.free})}

    def still(self, starts: list[dt.datetime]) -> list[Slot]:
        """Those of the offered times that nobody has taken since."""
        return [one for one in self.free if one.start in set(starts)]

    def named(self, asked: str) -> str:
        """The value of the free time that a link of the mail names; nothing where it is gone."""
        try:
            start, _ = slots.read(asked)
        except Refused:
            return ""
        return next((slots.write(one.start, one.host_id) for one in self.free if one.start == start), "")

    def sole_host(self, among: list[Slot]) -> User | None:
        """The host, when all of these times are with one and the same person."""
        hosts = {one.host_id for one in among or self.free}
        return self.hosts.get(hosts.pop()) if len(hosts) == 1 else None

    def shown(self, one: Slot, *, named: bool = False) -> dict[str, str]:
        local = self.reader.local(one.start)
        host = self.hosts.get(one.host_id)
        return {
            "value": slots.write(one.start, one.host_id),
            "when": guest_words.moment(local, self.reader.language),
            "day": guest_words.long_day(local.date(), self.reader.language),
            "hour": f"{local:%H:%M}",
            "host": str(host) if host and named else "",
        }

    def by_day(self, *, but: int | None = None) -> list[dict[str, Any]]:
        """`but`: the host they know; a time that somebody else would hold says who."""
        days: dict[dt.date, list[dict[str, str]]] = {}
        for one in self.free:
            shown = self.shown(one, named=but not in (None, one.host_id))
            days.setdefault(self.reader.local(one.start).date(), []).append(shown)
        return [
            {
                "name": guest_words.long_day(day, self.reader.language),
                "slots": times,
                "values": [one["value"] for one in times],
            }
            for day, times in days.items()
        ]


def headings(offer: Offer, reader: Reader, host: Any) -> dict[str, str]:
    w, minutes = reader.w, offer.meeting_type.minutes
    first = offer.contact.first_name if offer.contact else ""
    by = offer.by.name if offer.by and host and offer.by != host else ""
    asked = w["asked_by"].format(by=by, host=host) if by else ""
    return {
        "title": w["title"].format(host=host) if host else w["title_any"],
        "greeting": w["greeting"].format(minutes=minutes, name=first) if first else w["greeting_any"],
        "lead": " ".join(filter(None, [asked, offer.meeting_type.description])),
        "length": w["minutes"].format(n=minutes),
    }


def notice(form: GuestForm | None, refused: Refused | None, reader: Reader) -> dict[str, str] | None:
    w = reader.w
    if refused and "nearest" in refused.details and form:
        try:
            start, _ = slots.read(form.data.get("slot", ""))
            return {
                "tone": "soon",
                "strong": w["taken"].format(time=f"{reader.local(start):%H:%M}"),
                "text": "",
            }
        except Refused:
            return {"tone": "soon", "strong": w["taken_any"], "text": ""}
    if refused and guest_fields.NAMED & set(refused.details):
        return {"tone": "soon", "strong": w["look_again"], "text": ""}
    if refused:
        return {"tone": "soon", "strong": w["not_saved"], "text": refused.sentence}
    if form and "slot" in form.errors:
        return {"tone": "soon", "strong": w["pick_one"], "text": ""}
    return None


# confirm, move, cancel --------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@policy("guest")
def booked(request: HttpRequest, token: str) -> HttpResponse:
    try:
        meeting = meeting_mails.read_link(token)
    except Refused as error:
        return broken(request, error)
    reader = Reader(request, zone=meeting.guest_zone, language=meeting.contact.language if meeting.contact else "")
    if request.method == "POST":
        return too_many(request, f"meeting:{meeting.pk}", reader) or change(request, meeting, reader)
    return meeting_page(request, meeting, reader)


def change(request: HttpRequest, meeting: Meeting, reader: Reader) -> HttpResponse:
    """One of three buttons; what cannot be done is said on the same page."""
    do = request.POST.get("do", "")
    try:
        if do == "confirm":
            booking.confirm(meeting, by="the guest")
        elif do == "move" and not request.POST.get("slot"):
            return meeting_page(
                request, meeting, reader, notice={"tone": "soon", "strong": reader.w["pick_one"], "text": ""}
            )
        elif do == "move":
            start, _ = slots.read(request.POST["slot"])
            booking.move(meeting, start, by="the guest")
        elif do == "cancel":
            booking.cancel(meeting, reason=request.POST.get("reason", "").strip()[:300], by="the guest")
        else:
            raise Refused(reader.w["not_saved"])
    except Refused as refused:
        meeting.refresh_from_db()
        return meeting_page(request, meeting, reader, notice=taken(refused, reader))
    return redirect(f"{request.path}?lang={reader.language}&zone={reader.zone}&did={do}")


def meeting_page(
    request: HttpRequest, meeting: Meeting, reader: Reader, notice: dict[str, str] | None = None
) -> HttpResponse:
    w, now = reader.w, clock.now()
    is_open = meeting.state == Meeting.State.BOOKED and meeting.starts_at > now
    found = (
        Times(meeting.meeting_type, meeting.team_id, reader, but=meeting, account=meeting.account) if is_open else None
    )
    did = "new" if "new" in request.GET else request.GET.get("did", "")
    context = {
        **reader.context,
        **words_of(meeting, reader, did, now),
        "meeting": meeting,
        "hosts": ", ".join(str(seat.host) for seat in meeting.seats.select_related("host").order_by("pk")),
        "further": list(meeting.guests.all()),
        "when": reader.moment(meeting.starts_at),
        "zone_words": w["zone_now"].format(zone=zones.city(reader.zone), hour=f"{reader.local(now):%H:%M}"),
        "length": w["minutes"].format(n=int((meeting.ends_at - meeting.starts_at).total_seconds() // 60)),
        "open": is_open,
        "confirmed": bool(meeting.confirmed_at),
        "asks": did not in ("new", "move"),  # nobody is asked whether it suits them right after they chose it
        "days": found.by_day(but=meeting.host_id) if found else [],
        "move_open": bool(notice and request.POST.get("do") == "move"),
        "notice": notice,
        "again": again(meeting),
    }
    return page(request, "appointments/guest_meeting.html", context, 409 if notice else 200)


def again(meeting: Meeting) -> str:
    """Where whoever cancelled chooses another time, while the link they came by still books."""
    if meeting.state != Meeting.State.CANCELLED or meeting.offer is None:
        return ""
    try:
        return reverse("appointments:book", args=[offers.token(offers.read_link(offers.token(meeting.offer)))])
    except Refused:
        return ""


def words_of(meeting: Meeting, reader: Reader, did: str, now: dt.datetime) -> dict[str, str]:
    w = reader.w
    if meeting.state == Meeting.State.CANCELLED:
        return {"heading": w["cancelled"], "lead": w["cancelled_lead"]}
    if meeting.ends_at <= now or meeting.state != Meeting.State.BOOKED:
        return {"heading": w["your_meeting"], "lead": w["over"]}
    if did in ("new", "move"):
        heading = w["booked"] if did == "new" else w["moved"]
        return {"heading": heading, "lead": w["booked_lead"].format(email=meeting.guest_email)}
    if did == "before":
        return {"heading": w["your_meeting"], "lead": w["booked_before"]}
    return {"heading": w["your_meeting"], "lead": ""}


def taken(refused: Refused, reader: Reader) -> dict[str, str]:
    gone = "nearest" in refused.details
    strong = reader.w["taken_any" if gone else "not_saved"]
    return {"tone": "soon", "strong": strong, "text": "" if gone else refused.sentence}
