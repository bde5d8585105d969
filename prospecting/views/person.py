"""A real person to try things with: found by typing, with the account they are looked at in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from crm import access, lookups
from crm.access import policy
from crm.models import Account, Contact, Membership, Organisation
from crm.views.numbers import whole

MOST = 6


@dataclass(frozen=True)
class Person:
    contact: Contact
    account: Account
    roles: tuple[str, ...]

    @property
    def country(self) -> str:
        """Whose holidays count: the account's, else the organisation's, as the planner has it."""
        return self.account.country or getattr(Organisation.objects.first(), "country", "")

    def role_in(self, roles: list[str]) -> str:
        return next((slug for slug in self.roles if slug in roles), "")


def chosen_person(user: Any, pk: str) -> Person | None:
    """The person at their main account; None for nobody, or for somebody without an account."""
    contact = access.visible_contacts(user).filter(pk=whole(pk)).first()
    rows = Membership.objects.filter(contact=contact, until=None).select_related("account__owner", "role")
    found = list(rows.order_by("-main", "since", "pk")) if contact else []
    if not contact or not found:
        return None
    account = found[0].account
    return Person(contact, account, tuple(row.role.slug for row in found if row.account_id == account.pk))


def people_found(user: Any, asked: Mapping[str, Any]) -> dict[str, Any]:
    find = str(asked.get("find", "")).strip()
    return {"find": find, "people": lookups.search(user, find, limit=MOST)["people"] if len(find) > 1 else []}


@policy("member")
def people_find(request: HttpRequest) -> HttpResponse:
    """The people who fit what is being typed: a part of the pages that try something with one."""
    person = chosen_person(request.user, request.GET.get("contact", ""))
    shown = {"person": person, **people_found(request.user, request.GET)}
    return render(request, "prospecting/people_found.html", shown)
