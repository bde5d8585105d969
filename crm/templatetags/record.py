"""How the record's own words read on screens: countries, clocks, titles."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from crm import clock
from crm.rules import countries, titles

register = template.Library()


@register.filter
def country(code: str) -> str:
    """`NL` reads `Netherlands`."""
    return countries.name_of(code) if code else ""


@register.simple_tag
def local_hour(zone: str) -> SafeString | str:
    """The hour in a zone now, `16:42`, with the zone's name for those who ask."""
    try:
        now = clock.now().astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ""
    return format_html('<span title="{}">{} now</span>', zone.replace("_", " "), f"{now:%H:%M}")


@register.filter
def one_line(text: str) -> str:
    """Phrases one after the other."""
    return ", ".join(titles.phrases_of(text))


@register.filter
def function_word(slug: str) -> str:
    return titles.FUNCTIONS.get(slug, slug)


@register.filter
def level_words(slugs: str) -> str:
    return ", ".join(titles.LEVELS.get(slug, slug) for slug in slugs.split())


@register.filter
def split(text: str) -> list[str]:
    return text.split()
