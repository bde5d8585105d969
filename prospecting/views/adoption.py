"""Walks that take a newer version of their sequence, after a look at what it changes for each."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from crm import access as crm_access
from crm import toasts
from crm.access import policy
from crm.errors import Refused
from prospecting import access
from prospecting.models import Enrollment, Sequence, SequenceVersion
from prospecting.sequence_forms import AdoptForm
from prospecting.services import adoption, sequences


@policy("member")
def sequence_adopt(request: HttpRequest, pk: int) -> HttpResponse:
    """Everyone on an older version whom the user may work: some of them, or all that can."""
    row = get_object_or_404(Sequence, pk=pk)
    version = sequences.current_version(row)
    if version is None:
        raise Refused(f"{row} has no version in use yet.")
    mine = candidates(request, version)
    form = AdoptForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        found = adoption.adopt_many(chosen(request, mine), version, by=request.user, why=form.cleaned_data["why"])
        tell(request, found)
        return redirect("prospecting:sequence_adopt", pk)
    looks = adoption.look(list(mine[: adoption.SHOWN]), version, by=request.user)
    shown = {
        "sequence": row,
        "version": version,
        "looks": looks,
        "whole": mine.count(),
        "form": form,
        "most": adoption.MOST,
    }
    return render(request, "prospecting/sequence_adopt.html", shown)


def candidates(request: HttpRequest, version: SequenceVersion) -> QuerySet[Enrollment]:
    workable = crm_access.workable_accounts(request.user).values("pk")
    return adoption.candidates(version).filter(account__in=workable)


def chosen(request: HttpRequest, mine: QuerySet[Enrollment]) -> list[int]:
    if "all" in request.POST:
        return list(mine.values_list("pk", flat=True)[: adoption.MOST])
    picked = [pk for pk in request.POST.getlist("enrollment") if pk.isascii() and pk.isdecimal() and len(pk) < 19]
    found = list(mine.filter(pk__in=picked).values_list("pk", flat=True))
    if not found:
        raise Refused("Choose the accounts that go on under the new version.")
    return found


def tell(request: HttpRequest, found: adoption.Adopted) -> None:
    if found.done:
        toasts.say(request, found.sentence)
    for sentence, rows in found.refused.items():
        toasts.refuse(request, f"{', '.join(str(row.account) for row in rows[:3])}: {sentence}")


@policy("member")
def enrollment_adopt(request: HttpRequest, pk: int) -> HttpResponse:
    """One walk: what the newest version would change for it, and taking it."""
    row = access.enrollment_write(request.user, pk)
    version = sequences.current_version(row.sequence_version.sequence)
    if version is None:
        raise Refused("Its sequence has no version in use.")
    form = AdoptForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        adoption.adopt(row, version, by=request.user, why=form.cleaned_data["why"])
        toasts.say(request, f"{row.account} goes on under {version}.")
        return redirect("crm:account", row.account_id)
    [look] = adoption.look([row], version, by=request.user)
    shown: dict[str, Any] = {"sequence": version.sequence, "version": version, "look": look, "row": row, "form": form}
    return render(request, "prospecting/enrollment_adopt.html", shown)
