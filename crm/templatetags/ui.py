"""How things look: icons, dates, clocks, ladders, badges, fields. Presentation only."""

import datetime as dt
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from crm import clock, words
from crm.access import visible_views
from crm.rules import saying
from crm.rules.addresses import untagged
from crm.services.saved_views import tidy
from crm.templatetags.icons import ICONS

register = template.Library()


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """A drawing that says nothing by itself; the words beside it do."""
    drawing = ICONS.get(name) or ICONS["dot"]
    kind = "i i-s" if size == "s" else "i"
    return mark_safe(f'<svg class="{kind}" viewBox="0 0 16 16" aria-hidden="true">{drawing}</svg>')  # noqa: S308 - our own constants


@register.simple_tag
def url_if(name: str, *args: Any, **kwargs: Any) -> str:
    """The address of a page, or nothing where this installation has no such page."""
    try:
        return reverse(name, args=args, kwargs=kwargs)
    except NoReverseMatch:
        return ""


# dates, in the zone of whoever reads


def local_today() -> dt.date:
    return timezone.localtime(clock.now()).date()


@register.filter
def addressees(found: Iterable[str]) -> str:
    """Who a mail went to, our own addresses without the tag of their thread."""
    return ", ".join(untagged(address) for address in found)


@register.filter
def when(value: dt.datetime | dt.date | None) -> str:
    """`Tue 16 June, 14:30`, or the day alone for a date; today and yesterday by name."""
    if isinstance(value, dt.datetime):
        return saying.moment(timezone.localtime(value), local_today())
    return saying.day(value, local_today()) if value else ""


@register.filter
def day(value: dt.datetime | dt.date | None) -> str:
    """`Tue 16 June`; today and yesterday by name."""
    return saying.day(as_date(value), local_today()) if value else ""


@register.filter
def long_day(value: dt.datetime | dt.date | None) -> str:
    """`Tuesday 16 June`."""
    return saying.dated(as_date(value), local_today(), long=True) if value else ""


@register.filter
def short_day(value: dt.datetime | dt.date | None) -> str:
    """`18 May`."""
    return saying.short_day(as_date(value), local_today()) if value else ""


@register.filter
def hour(value: dt.datetime | None) -> str:
    return f"{timezone.localtime(value):%H:%M}" if value else ""


def as_date(value: dt.datetime | dt.date) -> dt.date:
    return timezone.localtime(value).date() if isinstance(value, dt.datetime) else value


@register.filter
def duration(value: dt.timedelta | float | None) -> str:
    """`1 h 24 min`, from a timedelta or minutes."""
    if value is None:
        return ""
    return saying.duration(value if isinstance(value, dt.timedelta) else dt.timedelta(minutes=float(value)))


@register.filter
def number(value: float | None) -> str:
    return "" if value is None else f"{value:,}"


@register.filter
def counted(value: int, nouns: str) -> str:
    """`{{ n|counted:"account,accounts" }}` gives `1 account`, `1,204 accounts`."""
    one, _, many = nouns.partition(",")
    return saying.count(int(value or 0), one, many)


@register.filter
def percent(value: float | None) -> str:
    """`12.3 %` from a share of one."""
    return "" if value is None else saying.percent(value)


@register.filter
def key(mapping: Any, name: Any) -> Any:
    """`{{ by_role|key:role.slug }}`."""
    return mapping.get(name, "") if hasattr(mapping, "get") else ""


@register.simple_tag
def stamp(value: dt.datetime | None, form: str = "when") -> SafeString:
    """A `time` element: `when`, `day`, `hour` or `short_day`."""
    if not value:
        return mark_safe("")
    shown = {"when": when, "day": day, "hour": hour, "short_day": short_day, "long_day": long_day}[form](value)
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), shown)


# parts


@register.inclusion_tag("components/clock.html", name="clock")
def clock_(due: dt.datetime | None, since: dt.datetime | None = None, *, big: bool = False, text: str = "") -> dict:
    """How much of a promise is left; `text` replaces the words of a clock that ran out."""
    if not due:
        return {}
    shown, tone, share = saying.left(due, since, clock.now())
    minutes: int | None = int((due - clock.now()).total_seconds() // 60)
    if tone == "late" and text:
        shown, minutes = text.replace("{}", saying.duration(clock.now() - due)), None
    return {"words": shown, "tone": tone, "share": share, "big": big, "due": due, "minutes": minutes}


@register.inclusion_tag("components/ladder.html")
def ladder(rung: str, dates: dict | None = None, next_says: str = "") -> dict:
    """Where an account stands. `dates`: rung -> moment it was reached."""
    dates = dates or {}
    slugs = list(words.RUNGS)
    at = slugs.index(rung) if rung in slugs else 0
    shown = [slug for slug in slugs if slug not in ("accepted" if rung == "not_accepted" else "not_accepted",)]
    steps = [rung_step(slug, rung, slugs.index(slug) - at, dates, next_says) for slug in shown]
    first_unreached = next((step for step in steps if step["state"] == "" and step["ahead"]), None)
    if first_unreached:
        first_unreached |= {"state": "next", "says": next_says}
    return {"steps": steps}


def rung_step(slug: str, rung: str, distance: int, dates: dict, next_says: str) -> dict:
    state = "now" if slug == rung else "done" if slug in dates or (distance < 0 and not dates) else ""
    return {
        "slug": slug,
        "word": words.rung(slug),
        "at": dates.get(slug),
        "state": state,
        "ahead": distance > 0,
        "past": slug in words.PAST_REPLY,
        "says": "",
    }


@register.simple_tag
@lru_cache(maxsize=32)
def rungs(rung: str) -> SafeString:
    """The ladder in a row, always with its word; fifty times on a page, so made once."""
    slugs = [slug for slug in words.RUNGS if slug != "not_accepted"]
    at = slugs.index(rung) if rung in slugs else len(slugs) - 2 if rung == "not_accepted" else 0
    marks = [("a" if slug in words.PAST_REPLY else "b") if n <= at else "" for n, slug in enumerate(slugs)]
    border = sum(slug not in words.PAST_REPLY for slug in slugs)
    shown = {"before": marks[:border], "after": marks[border:], "word": words.rung(rung)}
    return mark_safe(render_to_string("components/rungs.html", shown))  # noqa: S308 - made of a template


@register.simple_tag
def label_badge(slug: str, short: str = "") -> SafeString:
    """What a reply said: green only if it leads to a meeting, red only for stop."""
    word = words.label(slug)
    return badge(short or word.text, icon=word.icon, tone=word.tone)


@register.simple_tag(name="badge")
def badge(text: str, icon: str = "", tone: str = "") -> SafeString:
    drawing = ICONS.get(icon, "")
    svg = mark_safe(f'<svg class="i" viewBox="0 0 16 16" aria-hidden="true">{drawing}</svg>' if drawing else "")  # noqa: S308
    return format_html('<span class="badge {}">{}{}</span>', tone, svg, text)


@register.simple_tag
def guard_badge(verdict: str, reason: str = "", until: dt.datetime | dt.date | None = None) -> SafeString:
    """May we write: allow, wait or refuse, with its reason and until when."""
    word, drawing, tone = {
        "allow": ("Allowed", "check", ""),
        "wait": ("Waits", "pause", "soon"),
        "refuse": ("Refused", "close", "late"),
    }.get(str(verdict), (str(verdict).capitalize(), "dot", ""))
    said = str(reason).replace("_", " ")
    text = f"{word}: {said}" if said else word
    return badge(f"{text}, until {when(until)}" if until else text, icon=drawing, tone=f"{tone} long")


@register.simple_tag
def face(person: Any, size: str = "") -> SafeString:
    """Initials in a circle; nobody is a dashed face, never a blank."""
    if not person:
        return format_html('<span class="face none {}" aria-hidden="true">?</span>', size)
    own = person.get("initials") if isinstance(person, dict) else getattr(person, "initials", "")
    shown = own or saying.initials(str(person["name"] if isinstance(person, dict) else person))
    return format_html('<span class="face {}" aria-hidden="true">{}</span>', size, shown)


@register.simple_tag
def meter(value: float, whole: float = 100, tone: str = "") -> SafeString:
    """A small share bar; the number stands beside it in words."""
    share = 0 if not whole else max(0.0, min(100.0, 100 * float(value) / float(whole)))
    return format_html(
        '<svg class="meter {}" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="{}" height="6"/></svg>',
        tone,
        f"{share:.1f}",
    )


@register.inclusion_tag("components/field.html")
def field(bound: Any, label: str = "", help: str = "", tall: bool = False, kind: str = "") -> dict:
    """One field of a form: label, control, help, and the error where it happened."""
    widget = bound.field.widget
    input_type = getattr(widget, "input_type", "")
    shape = "check" if input_type == "checkbox" and not hasattr(widget, "choices") else ""
    shape = "choices" if input_type in ("radio", "checkbox") and hasattr(widget, "choices") else shape
    described = [f"{bound.auto_id}_help"] * bool(help or bound.help_text) + [f"{bound.auto_id}_error"] * bool(
        bound.errors
    )
    attrs = {"aria-describedby": " ".join(described)} if described else {}
    if bound.errors:
        attrs["aria-invalid"] = "true"
    if not shape:
        own = widget.attrs.get("class", "")
        attrs["class"] = " ".join(filter(None, ["in", own, "tall" if tall else "", kind]))
    control = bound.as_widget(attrs=attrs) if not bound.is_hidden else bound.as_hidden()
    return {
        "bound": bound,
        "control": control,
        "label": label or bound.label,
        "help": help or bound.help_text,
        "shape": shape,
        "optional": not bound.field.required and shape != "check",
    }


@register.simple_tag
def undo_of(message: Any) -> str:
    """The address that takes back what a message reports, put there by `crm.toasts.say`."""
    tags = getattr(message, "extra_tags", "") or ""
    return tags.removeprefix("undo:") if tags.startswith("undo:/") else ""


# the way round: name, icon, URL name, its keys, and whose count stands beside it
NAVIGATION = (
    ("Work", "work", (
        ("Today", "today", "appointments:today", "G T", "today"),
        ("Inbox", "inbox", "appointments:inbox", "G I", "inbox"),
        ("Meetings", "meeting", "appointments:meetings", "G M", "meetings"),
        ("Accounts", "account", "crm:accounts", "G A", ""),
        ("Funnel", "funnel", "appointments:funnel", "G F", ""),
    )),
    ("Before the reply", "before", (
        ("Segments", "segment", "prospecting:segments", "", ""),
        ("People", "people", "crm:contacts", "G P", ""),
        ("Missing roles", "person-off", "prospecting:missing_roles", "", ""),
        ("Routes", "route", "prospecting:routes", "", ""),
        ("Sequences", "sequence", "prospecting:sequences", "", ""),
        ("Intake", "play", "prospecting:intakes", "", ""),
        ("To approve", "check", "prospecting:approvals", "G E", "approvals"),
        ("Sending", "send", "prospecting:sending", "", ""),
    )),
    ("After the reply", "after", (
        ("Calendar", "list", "appointments:calendar", "G C", ""),
        ("Playbook", "playbook", "appointments:playbooks", "", ""),
        ("Learning", "scales", "appointments:learning", "", ""),
        ("Booking pages", "link", "appointments:booking_pages", "", ""),
        ("No-shows", "undo", "appointments:no_shows", "", "no-shows"),
    )),
)  # fmt: skip


# Entries that only leads and admins may open
FOR_LEADS = frozenset({"appointments:learning"})
# Further pages that one finds by typing: their words, and the name of their URL
PLACES = (
    ("Import a file", "crm:import_new"),
    ("Imports so far", "crm:imports"),
    ("Duplicates of accounts and people", "crm:duplicates"),
    ("Merged so far", "crm:merges"),
    ("People without an account", "crm:unplaced"),
    ("Rules for titles", "crm:titles"),
    ("New segment", "prospecting:segment_new"),
    ("What a rule may ask", "prospecting:rule_fields"),
    ("Mail that belongs to no account", "crm:unmatched"),
    ("Settings", "crm:settings"),
    ("Your hours and calendars", "appointments:hours"),
    ("Mailboxes", "crm:mailboxes"),
    ("Outbox: what leaves and what left", "prospecting:outbox"),
    ("Do not contact", "crm:suppressions"),
)
# What stands under an entry of the side bar without its address beginning so
BELOW = {"crm:accounts": ("/imports/", "/duplicates/"), "crm:contacts": ("/titles/",)}


@register.simple_tag
def places() -> tuple[tuple[str, str], ...]:
    """Pages that the side bar does not name, for the palette."""
    return PLACES


@register.inclusion_tag("components/saved_views.html", takes_context=True)
def saved_views(context: template.Context, page: str) -> dict[str, Any]:
    """The lists of a page that were kept under a name; one query."""
    request = context["request"]
    views = list(visible_views(request.user).filter(page=page).select_related("by").order_by("name")[:100])
    return {
        "views": views, "page_kept": page, "query": tidy(request.META.get("QUERY_STRING", "")[:2000]),
        "address": request.path, "here": request.get_full_path(), "user": request.user,
        "csrf_token": context.get("csrf_token"),
    }  # fmt: skip


@register.simple_tag(takes_context=True)
def nav(context: template.Context) -> list[dict]:
    """The side bar; a page this installation does not have is left out."""
    path = getattr(context.get("request"), "path", "").removeprefix("/accounts/sign-in/")
    user = context.get("user")
    leads = bool(user and user.is_authenticated and (user.is_lead or user.is_admin))
    groups = []
    for name, tone, rows in NAVIGATION:
        items = [
            {
                "name": row[0],
                "icon": row[1],
                "url": url,
                "keys": row[3],
                "count": row[4],
                "here": path.startswith((url, *BELOW.get(row[2], ()))),
            }
            for row in rows
            if (url := url_if(row[2])) and (leads or row[2] not in FOR_LEADS)
        ]
        groups += [{"name": name, "tone": tone, "items": items}] if items else []
    return groups


@register.filter
def with_class(bound: Any, names: str) -> SafeString:
    """A control alone, in our clothes, where the label stands elsewhere."""
    return bound.as_widget(attrs={"class": names})


@register.filter
def rung_word(slug: str) -> str:
    return words.rung(slug)


@register.filter
def label_words(slug: str) -> str:
    return words.LABELS[slug].text if slug in words.LABELS else slug.replace("_", " ").capitalize()


@register.simple_tag
def share_bar(go: int, stay: int, new: int, width: int = 600, gap: int = 3) -> dict[str, str]:
    """Widths of the three parts of a dry run, drawn to scale side by side."""
    parts = [go, stay, new]
    room = width - 1 - gap * (sum(part > 0 for part in parts) - 1)
    whole = sum(parts) or 1
    wide = [max(4.0, part / whole * room) if part else 0.0 for part in parts]
    stay_x = 0.5 + wide[0] + (gap if go else 0)
    new_x = stay_x + wide[1] + (gap if stay else 0)
    named = {"go": wide[0], "stay": wide[1], "new": wide[2], "stay_x": stay_x, "new_x": new_x}
    return {name: f"{value:.1f}" for name, value in named.items()}


@register.filter
def field_words(name: str) -> str:
    """`state_name` reads `State name`."""
    return name.replace("_", " ").capitalize()


@register.filter
def lower_first(text: str) -> str:
    """A reason that stands behind a colon begins small."""
    return text[:1].lower() + text[1:]
