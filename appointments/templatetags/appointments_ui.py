"""How replies and meetings look: marked text, who decided, rows of the queue. Presentation only."""

from typing import Any

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from appointments.models import Meeting
from appointments.rules import marking, matrix, risk
from crm import clock, words
from crm.rules import saying
from crm.templatetags.icons import ICONS
from crm.templatetags.ui import badge, when

register = template.Library()


@register.simple_tag
def marked(text: str, spans: list[marking.Span]) -> SafeString:
    """A reply's text with the words that carry something marked and numbered."""
    return format_html_join("", "{}", ((_piece(piece),) for piece in marking.pieces(text, spans)))


def _piece(piece: marking.Piece) -> Any:
    if piece.span is None:
        return piece.text
    return format_html('<mark class="{}">{}<sup>{}</sup></mark>', piece.span.tone, piece.text, piece.span.number)


@register.simple_tag
def decided(classification: Any) -> str:
    """Who decided the label, and how sure."""
    if classification is None:
        return "Nobody has read this yet."
    who = str(classification.by or "")
    return marking.decided(
        classification.confidence, classification.decided_by, who, guessed=bool(classification.guess)
    )


def words_of(item: Any) -> words.Word:
    """What the reply said, or may say; a task without one is told by what must be done."""
    if item.reply is None:
        return words.Word(reads(item), "check")
    if guess := guess_of(item):
        return words.Word(f"{words.label(guess).text}?", "question")
    return words.label(item.reply.label)


@register.filter
def guess_of(item: Any) -> str:
    """The label that nobody has confirmed yet; empty where it is decided, or the rows were read without."""
    return getattr(item, "guess", None) or ""


@register.simple_tag
def item_label(item: Any) -> SafeString:
    """What an item's reply said, as a badge."""
    word = words_of(item)
    return badge(word.text, icon=word.icon, tone=word.tone)


@register.simple_tag
def row_label(item: Any = None, reply: Any = None) -> SafeString:
    """The label in a row of the inbox: drawing and word, no frame."""
    word = words.label(reply.label) if reply else words_of(item)
    path = SafeString(ICONS.get(word.icon, ICONS["question"]))
    drawing = format_html('<svg class="i" viewBox="0 0 16 16" aria-hidden="true">{}</svg>', path)
    return format_html('<span class="lab {}">{}{}</span>', word.tone, drawing, word.text)


@register.simple_tag
def meeting_badge(meeting: Meeting) -> SafeString:
    """Where a meeting stands, in words; confirmed and not confirmed are told apart before it begins."""
    state = Meeting.State(meeting.state)
    if state == Meeting.State.BOOKED and meeting.ends_at <= clock.now():
        return badge("Nobody has said", icon="question", tone="late")
    if state == Meeting.State.BOOKED and meeting.confirmed_at:
        return badge(f"Confirmed {when(meeting.confirmed_at)}", icon="check", tone="after")
    if state == Meeting.State.NO_SHOW:
        return badge(f"No-show: {meeting.get_side_display().lower()}", icon="calendar-off", tone="soon")
    tones = {"held": ("check", "after"), "booked": ("meeting", ""), "cancelled": ("close", ""), "lapsed": ("clock", "")}
    drawing, tone = tones.get(state, ("clock", ""))
    return badge("Not confirmed yet" if state == Meeting.State.BOOKED else state.label, icon=drawing, tone=tone)


@register.simple_tag
def risk_badge(meeting: Meeting, *, always: bool = False) -> SafeString:
    """How likely it is not to take place, where anything speaks for it; its reasons are the badge's title."""
    found = getattr(meeting, "risk", None)
    if found is None or (found.level == risk.LOW and not always):
        return SafeString("")
    words = {risk.LOW: ("Likely to come", "check", ""), risk.SOME: ("May not come", "question", "soon")}
    text, icon, tone = words.get(found.level, ("Probably does not come", "warning", "late"))
    return format_html('<span title="{}">{}</span>', found.sentence, badge(text, icon=icon, tone=tone))


@register.inclusion_tag("appointments/item_clock.html")
def item_clock(item: Any, *, big: bool = False, text: str = "") -> dict[str, Any]:
    """Where a work item's promise stands: done, put off, answered but not done, or how much is left."""
    said = text.replace("{}", saying.duration(clock.now() - item.since))
    return {"item": item, "big": big, "text": said}


@register.filter
def reads(item: Any) -> str:
    """What must be done, in words."""
    return matrix.ITEM_ACTIONS.get(item.what) or item.what.replace("_", " ").capitalize()


@register.filter
def who(item: Any) -> str:
    """The person a work item is about: a name when there is one, else the address."""
    return str(item.contact) if item.contact else item.person_address


@register.filter
def late_by(meeting: Meeting) -> Any:
    """How long ago a meeting ended whose outcome nobody has said."""
    return clock.now() - meeting.ends_at


@register.filter
def snippet(message: Any) -> str:
    """The first words of a message on one line."""
    said = " ".join((getattr(message, "newest", "") or getattr(message, "text", "") or "").split())
    return f"{said[:220]}…" if len(said) > 220 else said


@register.filter
def share(value: float | None) -> str:
    """`12.3 %` from a share of one; a dash of nothing."""
    return "–" if value is None else saying.percent(value)


@register.filter
def whole(value: float) -> str:
    """`25 %`, for the ends of a scale; half a percent is kept."""
    return f"{100 * value:.3g} %"


@register.filter
def held_by_other(item: Any, user: Any) -> bool:
    """Whether a colleague is answering it just now."""
    return item.setter_id != user.pk and item.state != "done" and item.is_held(clock.now())


@register.simple_tag
def label_mark(key: str) -> SafeString:
    """The drawing of a label, beside its words."""
    path = SafeString(ICONS.get(words.label(key).icon, ICONS["question"]))
    return format_html('<svg class="i" viewBox="0 0 16 16" aria-hidden="true">{}</svg>', path)


_KINDS = {"busy": "Busy", "free": "Free", "": ""}


@register.simple_tag
def calendar_cell(cell: Any) -> SafeString:
    """A stretch of a day in the week: the meetings in it as links, else busy, free or nothing."""
    if cell.kind == "meeting":
        inner = format_html_join("", "{}", ((_meeting_link(block),) for block in cell.blocks))
    elif cell.kind == "busy":
        inner = format_html('<span>Busy</span> <span class="sub">{}</span>', _span(cell.blocks[0]))
    else:
        inner = format_html('<span class="{}">{}</span>', "vh" if not cell.kind else "", _KINDS[cell.kind] or "Off")
    return format_html('<td rowspan="{}" class="is-{}">{}</td>', cell.rows, cell.kind or "off", inner)


def _span(block: Any) -> str:
    return f"{timezone.localtime(block.start):%H:%M} to {timezone.localtime(block.end):%H:%M}"


def _meeting_link(block: Any) -> SafeString:
    mark = badge("Something else then", "warning", "late") if block.of.clashes else ""
    return format_html(
        '<a href="{}"><strong>{}</strong> {}<span class="sub">{}</span></a>{}',
        reverse("appointments:meeting", args=[block.of.pk]), f"{timezone.localtime(block.start):%H:%M}", block.of.account,
        block.of.guest_name or block.of.contact or "", mark,
    )  # fmt: skip


@register.simple_tag
def calendar_day(day: Any) -> SafeString:
    """One day of one host among others: its meetings, how long they are busy besides, and how long free."""
    links = format_html_join("", "<li>{}</li>", ((_meeting_link(block),) for block in day.of("meeting")))
    said = [
        f"{saying.duration(day.total(kind))} {word}"
        for kind, word in (("busy", "busy"), ("free", "free"))
        if day.of(kind)
    ]
    quiet = format_html('<span class="sub">{}</span>', ", ".join(said) or ("Off" if not day.blocks else ""))
    return format_html('<ul class="plain">{}</ul>{}', links, quiet) if links else quiet


@register.simple_tag
def conflicts_of(meeting: Meeting) -> list[Any]:
    """What a host's calendars hold at the time of a meeting."""
    if meeting.state != Meeting.State.BOOKED:
        return []
    return list(meeting.conflicts.filter(over_at=None).select_related("calendar"))
