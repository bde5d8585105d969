"""Pages for guests, behind signed links: choose a time, and confirm, move or cancel it. GET changes nothing."""

import datetime as dt
import secrets
import zoneinfo
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_http_methods

from appointments.forms import GuestForm
from appointments.models import Meeting, Offer
from appointments.rules import guest_words, zones
from appointments.services import booking, offers
from appointments.views import slots
from crm import clock
from crm.access import policy
from crm.errors import Refused

SHOWN_DAYS = 14


class Reader:
    """The language and zone a guest reads in: what they chose, else what their browser and our data say."""

    def __init__(self, request: HttpRequest, *, zone: str = "", language: str = "") -> None:
        asked = request.POST if request.method == "POST" else request.GET
        heard = guest_words.accepted(request.headers.get("Accept-Language", ""))
        self.language = guest_words.choose(asked.get("lang", ""), *heard, language)
        self.zone = zones.first_known(asked.get("zone", ""), zone, "UTC")
        self.zone_unknown = not asked.get("zone")
        self.w = guest_words.table(self.language)

    def local(self, moment: dt.datetime) -> dt.datetime:
        return moment.astimezone(zoneinfo.ZoneInfo(self.zone))

    def moment(self, moment: dt.datetime) -> str:
        return guest_words.moment(self.local(moment), self.language)

    @property
    def context(self) -> dict[str, Any]:
        return {
            "w": self.w,
            "language": self.language,
            "languages": guest_words.LANGUAGES,
            "zone": self.zone,
            "zone_unknown": self.zone_unknown,
            "zones": zones.choices(self.zone, clock.now(), self.w["zone_now"]),
        }


def page(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    response = render(request, template, context, status=status)
    add_never_cache_headers(response)
    response["Referrer-Policy"] = "no-referrer"
    return response


def broken(request: HttpRequest, error: Refused) -> HttpResponse:
    """A link that was changed, cut off or is too old: a clear page, with the same answer for each."""
    reader = Reader(request)
    return page(request, "appointments/guest_broken.html", reader.context, status=404)


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
        return take(request, offer, reader)
    return choose(request, offer, reader)


def take(request: HttpRequest, offer: Offer, reader: Reader) -> HttpResponse:
    form = GuestForm(with_known(request.POST, offer))
    if not form.is_valid():
        return choose(request, offer, reader, form=form, status=400)
    said = form.cleaned_data
    try:
        start, host = slots.read(said["slot"])
        meeting = booking.book(
            offer, start, host=host, guest_name=said["name"], guest_email=said["email"],
            guest_zone=reader.zone, key=said["key"], note=said["note"], by="the guest",
        )  # fmt: skip
    except Refused as refused:
        return choose(request, offer, reader, form=form, refused=refused, status=409)
    return redirect(f"{booking.guest_path(meeting)}?new=1&lang={reader.language}&zone={reader.zone}")


def with_known(posted: Any, offer: Offer) -> dict[str, str]:
    """A guest we wrote to need not say who they are again; what they do say wins."""
    said = {name: posted.get(name, "").strip() for name in ("slot", "name", "email", "note", "key", "zone")}
    if offer.contact and not (said["name"] or said["email"]):
        said |= {"name": offer.contact.name, "email": offer.contact.email}
    return said


def choose(request: HttpRequest, offer: Offer, reader: Reader, *, form: GuestForm | None = None, refused: Refused | None = None, status: int = 200) -> HttpResponse:  # fmt: skip
    now = clock.now()
    free = offers.free_slots(offer.meeting_type, guest_zone=reader.zone, now=now, days=SHOWN_DAYS)
    nearest = (refused.details.get("nearest") or []) if refused else []
    offered = nearest or offers.still_free(offer, now=now)
    said = form.data if form else {"key": secrets.token_hex(16)}
    host = sole_host(offered)
    context = {
        **reader.context,
        **headings(offer, reader, host),
        "host": host,
        "place": offer.meeting_type.place if len(offer.meeting_type.place) < 40 else "",
        "offered": [shown(one, reader, name=True) for one in offered],
        "offered_title": reader.w["nearest" if nearest else "offered"],
        "days": by_day(free, reader),
        "chosen": "" if refused else said.get("slot", ""),
        # a refused booking gets a new key: the form that follows is another attempt
        "key": secrets.token_hex(16) if refused else said.get("key", ""),
        "asks_person": True,
        "person_fields": person_fields(offer, reader, form),
        "notice": notice(form, refused, reader),
        "submit": reader.w["book"],
    }
    return page(request, "appointments/guest_book.html", context, status)


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


def sole_host(offered: list[Any]) -> Any:
    """The host, when all offered times are with one and the same person."""
    hosts = {one.host for one in offered if getattr(one, "host", None)}
    return hosts.pop() if len(hosts) == 1 else None


def shown(one: Any, reader: Reader, *, name: bool = False) -> dict[str, str]:
    local = reader.local(one.start)
    host = getattr(one, "host", None)
    return {
        "value": slots.write(one.start, host.pk if host and name else None),
        "when": guest_words.moment(local, reader.language),
        "hour": f"{local:%H:%M}",
        "host": str(host) if host and name else "",
    }


def by_day(free: list[Any], reader: Reader) -> list[dict[str, Any]]:
    days: dict[dt.date, list[dict[str, str]]] = {}
    for one in free:
        days.setdefault(reader.local(one.start).date(), []).append(shown(one, reader))
    return [{"name": guest_words.long_day(day, reader.language), "slots": times} for day, times in sorted(days.items())]


def person_fields(offer: Offer, reader: Reader, form: GuestForm | None) -> list[dict[str, Any]]:
    w, said = reader.w, form.data if form else {}
    errors = form.errors if form else {}
    contact = offer.contact
    known = {"name": contact.name if contact else "", "email": contact.email if contact else ""}
    fields = [
        {"name": "name", "label": w["your_name"], "type": "text", "auto": "name", "longest": 200, "error": w["need_name"] if "name" in errors else ""},
        {"name": "email", "label": w["your_email"], "type": "email", "auto": "email", "longest": 320, "help": w["email_help"], "error": w["need_email"] if "email" in errors else ""},
        {"name": "note", "label": w["note"], "optional": True},
    ]  # fmt: skip
    for field in fields:
        field["value"] = said.get(field["name"], known.get(str(field["name"]), ""))
    return fields


def notice(form: GuestForm | None, refused: Refused | None, reader: Reader) -> dict[str, str] | None:
    w = reader.w
    if refused and "nearest" in refused.details and form:
        try:
            start, _ = slots.read(form.data.get("slot", ""))
            return {
                "tone": "soon",
                "strong": w["taken"].format(time=f"{reader.local(start):%H:%M}"),
                "text": w["nearest"],
            }
        except Refused:
            return {"tone": "soon", "strong": w["taken_any"], "text": w["nearest"]}
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
        meeting = booking.read_link(token)
    except Refused as error:
        return broken(request, error)
    reader = Reader(request, zone=meeting.guest_zone, language=meeting.contact.language if meeting.contact else "")
    if request.method == "POST":
        return change(request, meeting, reader)
    return meeting_page(request, meeting, reader)


def change(request: HttpRequest, meeting: Meeting, reader: Reader) -> HttpResponse:
    """One of three buttons; what cannot be done is said on the same page."""
    do = request.POST.get("do", "")
    try:
        if do == "confirm":
            booking.confirm(meeting, by="the guest")
        elif do == "move":
            start, _ = slots.read(request.POST.get("slot", ""))
            booking.move(meeting, start, by="the guest")
        elif do == "cancel":
            booking.cancel(meeting, reason=request.POST.get("reason", "").strip()[:300], by="the guest")
        else:
            raise Refused(reader.w["not_saved"])
    except Refused as refused:
        return meeting_page(request, meeting, reader, refused=refused)
    return redirect(f"{request.path}?lang={reader.language}&zone={reader.zone}&did={do}")


def meeting_page(
    request: HttpRequest, meeting: Meeting, reader: Reader, refused: Refused | None = None
) -> HttpResponse:
    w, now = reader.w, clock.now()
    is_open = meeting.state == Meeting.State.BOOKED and meeting.starts_at > now
    free = offers.free_slots(meeting.meeting_type, guest_zone=reader.zone, now=now, days=SHOWN_DAYS) if is_open else []
    did = "new" if "new" in request.GET else request.GET.get("did", "")
    context = {
        **reader.context,
        **words_of(meeting, reader, did, now),
        "meeting": meeting,
        "when": reader.moment(meeting.starts_at),
        "zone_words": w["zone_now"].format(zone=zones.city(reader.zone), hour=f"{reader.local(now):%H:%M}"),
        "length": w["minutes"].format(n=int((meeting.ends_at - meeting.starts_at).total_seconds() // 60)),
        "open": is_open,
        "confirmed": bool(meeting.confirmed_at),
        "days": by_day(free, reader),
        "move_open": bool(refused and request.POST.get("do") == "move"),
        "notice": taken(refused, reader) if refused else None,
    }
    return page(request, "appointments/guest_meeting.html", context, 409 if refused else 200)


def words_of(meeting: Meeting, reader: Reader, did: str, now: dt.datetime) -> dict[str, str]:
    w = reader.w
    if meeting.state == Meeting.State.CANCELLED:
        return {"heading": w["cancelled"], "lead": w["cancelled_lead"]}
    if meeting.ends_at <= now or meeting.state != Meeting.State.BOOKED:
        return {"heading": w["your_meeting"], "lead": w["over"]}
    if did in ("new", "move"):
        heading = w["booked"] if did == "new" else w["moved"]
        return {"heading": heading, "lead": w["booked_lead"].format(email=meeting.guest_email)}
    return {"heading": w["your_meeting"], "lead": ""}


def taken(refused: Refused, reader: Reader) -> dict[str, str]:
    gone = "nearest" in refused.details
    strong = reader.w["taken_any" if gone else "not_saved"]
    return {"tone": "soon", "strong": strong, "text": "" if gone else refused.sentence}
