"""What every page for guests shares: the language and zone of its reader, its headers, and how often it may be asked."""

import datetime as dt
import zoneinfo
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from appointments.rules import guest_words, zones
from crm import clock
from crm.errors import Refused

A_MINUTE = 60
MOST_PRESSES = 30  # of one link
MOST_WRONG = 60  # links that do not work, from one address


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
            "zone_options": self._zone_options(),
        }

    def _zone_options(self) -> SafeString:
        """The chosen zone and the others: drawn here, for a template takes as long for them as for all the rest."""
        chosen, *others = zones.choices(self.zone, clock.now(), self.w["zone_now"])
        rest = format_html_join("", '<option value="{}">{}</option>', others)
        return format_html('<option value="{}" selected>{}</option>{}', *chosen, rest)


def page(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    response = render(request, template, context, status=status)
    add_never_cache_headers(response)
    response["Referrer-Policy"] = "no-referrer"
    return response


def broken(request: HttpRequest, error: Refused) -> HttpResponse:
    """A link that was changed, cut off or is too old: a clear page, with the same answer for each."""
    reader = Reader(request)
    if asked_too_often(f"wrong:{request.META.get('REMOTE_ADDR', '')}", MOST_WRONG):
        response = page(request, "appointments/guest_broken.html", reader.context | {"slow": True}, status=429)
        response["Retry-After"] = str(A_MINUTE)
        return response
    return page(request, "appointments/guest_broken.html", reader.context, status=404)


def asked_too_often(what: str, most: int) -> bool:
    """Counts in this process; whether it is more than so many within a minute of the first."""
    key = f"guests:{what}"
    if cache.add(key, 1, A_MINUTE):
        return False
    try:
        return bool(cache.incr(key) > most)
    except ValueError:  # the minute ended in between
        return False


def too_many(request: HttpRequest, what: str, reader: Reader) -> HttpResponse | None:
    if not asked_too_often(what, MOST_PRESSES):
        return None
    response = page(request, "appointments/guest_broken.html", reader.context | {"slow": True}, status=429)
    response["Retry-After"] = str(A_MINUTE)
    return response
