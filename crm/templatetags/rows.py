"""Row fragments of the longest lists: written in one piece, because fifty rows of small nodes cost more than their query."""

import datetime as dt

from django import template
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from crm.models import Account
from crm.templatetags.ui import counted, day, rungs

register = template.Library()
ROW = (
    '<li class="row acc-row"><label><input type="checkbox" name="account" value="{pk}"><span class="vh">Pick {name}</span></label>'
    '<div class="cut"><a class="hit" href="{url}"><strong>{name}</strong></a><div class="sub cut">{where}</div></div>'
    '<div class="cut"><span class="cut">{industry}</span><div class="sub">{size}</div></div><div>{rungs}{rests}</div>'
    '<div class="cut small">{owner}</div><div class="sub">{touched}</div></li>'
)


@register.simple_tag
def account_rows(accounts: list[Account], today: dt.date) -> SafeString:
    """The rows of the account list; every text of theirs is escaped here."""
    pattern = reverse("crm:account", args=[0])
    return mark_safe("".join(account_row(account, pattern, today) for account in accounts))  # noqa: S308


def account_row(account: Account, pattern: str, today: dt.date) -> str:
    people = counted(account.employees, "person,people") if account.employees else ""
    sites = counted(account.sites, "site,sites") if account.sites else ""
    return ROW.format(
        pk=account.pk,
        url=pattern.replace("/0/", f"/{account.pk}/"),
        name=escape(account.name),
        where=" · ".join(escape(part) for part in (account.domain, account.city) if part),
        industry=escape(account.industry),
        size=", ".join(part for part in (people, sites) if part),
        rungs=rungs(account.stands["rung"]),  # type: ignore[attr-defined]
        rests=standing(account, today),
        owner=escape(account.owner) if account.owner else "Nobody",
        touched=day(account.last_touched_at) if account.last_touched_at else "never",
    )


def standing(account: Account, today: dt.date) -> str:
    """Which site stands so far, and whether the account is closed or rests."""
    site = account.stands["site"]  # type: ignore[attr-defined]
    said = f'<div class="sub cut">at {escape(site["name"])}</div>' if site else ""
    if account.closed_at:
        return f'{said}<div class="sub">Closed</div>'
    if account.rests_until and account.rests_until > today:
        return f'{said}<div class="sub ink-soon">Rests until {day(account.rests_until)}</div>'
    return said
