"""Proposals that two records are one: decided one after the other, side by side, each decision with its undo."""

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from crm import access, paging, side_by_side, toasts
from crm.access import policy
from crm.errors import Refused
from crm.models import DuplicatePair, Event
from crm.models.duplicates import KINDS
from crm.services import duplicates, merging, uploads
from crm.tasks import find_duplicates
from crm.views.moved import PAGES

State = DuplicatePair.State
NOUNS = {"accounts": "account", "contacts": "person"}


@policy("member")
def queue(request: HttpRequest) -> HttpResponse:
    """The next proposal, and those after it."""
    kind = asked_kind(request)
    waiting = duplicates.waiting(access.visible_pairs(request.user), kind)
    chosen = list_of(request) if kind == "accounts" else None
    if chosen:
        waiting = duplicates.on_list(waiting, chosen[0])
    page = paging.page(waiting, keys=("score", "pk"), after=request.GET.get("after", ""), size=10, down=True)
    pair = page.rows[0] if page.rows and side_by_side.both(page.rows[0]) else None
    shown = {
        "kind": kind,
        "kinds": KINDS if access.holds(request.user, "lead") else [KINDS[1]],
        "pair": pair,
        "page": page,
        "rest": [one for one in page.rows if one is not pair],
        "names": names_of(kind, page.rows),
        "skip": paging.token(pair, ("score", "pk")) if pair else "",
        "count": paging.count_up_to(waiting),
        "searched": Event.objects.filter(kind="duplicates.searched", facts__kind=kind).order_by("-at").first(),
        "list": chosen,
        "may_search": access.holds(request.user, "lead"),
    }
    if pair:
        shown |= compared(pair, *found_both(pair))
    return render(request, "crm/duplicates.html", shown)


def list_of(request: HttpRequest) -> tuple[int, str] | None:
    """The list whose duplicates are asked for, and its name."""
    number = request.GET.get("list", "")
    return next((one for one in uploads.lists(request.user) if str(one[0]) == number), None)


@policy("member")
def pair_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One proposal by its own address."""
    pair = access.pair_write(request.user, pk)
    shown = {"kind": pair.kind, "list": list_of(request), **compared(pair, *found_both(pair))}
    return render(request, "crm/duplicates_pair.html", shown)


@policy("member")
@require_POST
def pair_merge(request: HttpRequest, pk: int) -> HttpResponse:
    """The two become one, as chosen."""
    pair = access.pair_write(request.user, pk)
    return merged(request, pair.kind, *found_both(pair), pair=pair)


@policy("member")
@require_POST
def pair_apart(request: HttpRequest, pk: int) -> HttpResponse:
    """These are two; they are not proposed again."""
    pair = access.pair_write(request.user, pk)
    duplicates.keep_apart(pair, by=request.user)
    toasts.say(request, "Kept apart.", undo=within("crm:duplicate_again", pair.pk, **place(request)))
    return redirect(within("crm:duplicates", kind=pair.kind, **place(request)))


@policy("member")
@require_POST
def pair_again(request: HttpRequest, pk: int) -> HttpResponse:
    pair = access.pair_write(request.user, pk)
    duplicates.propose_again(pair, by=request.user)
    toasts.say(request, "Proposed again.")
    return redirect(within("crm:duplicate", pair.pk, **place(request)))


@policy("member")
def merge_list(request: HttpRequest) -> HttpResponse:
    """What was merged, each with its undo."""
    rows = access.visible_merges(request.user).select_related("by", "undone_by")
    page = paging.page(rows, keys=("pk",), after=request.GET.get("after", ""), down=True)
    return render(request, "crm/duplicates_merged.html", {"page": page})


@policy("member")
@require_POST
def merge_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Two again, as they were; what came from the queue is back on the page of its pair."""
    merge = access.merge_write(request.user, pk)
    record = merging.undo_merge(merge, by=request.user)
    toasts.say(request, f"{merge.gone_name} is a record of its own again.")
    low, high = sorted((merge.kept_id, merge.gone_id))
    again = access.visible_pairs(request.user).filter(kind=merge.kind, low_id=low, high_id=high, state=State.PROPOSED)
    if pair := again.first():
        return redirect(within("crm:duplicate", pair.pk, **place(request)))
    return redirect(PAGES[merge.kind], record.pk)


@policy("lead")
@require_POST
def search_again(request: HttpRequest) -> HttpResponse:
    """Look through all records on file, in the background."""
    kind = asked_kind(request)
    find_duplicates.delay_on_commit(kind, request.user.pk)
    toasts.say(request, "The search has begun. What it finds appears here.")
    return redirect(within("crm:duplicates", kind=kind))


@policy("member")
def account_merge(request: HttpRequest, pk: int) -> HttpResponse:
    return merge_with(request, "accounts", access.account_read(request.user, pk))


@policy("member")
def contact_merge(request: HttpRequest, pk: int) -> HttpResponse:
    return merge_with(request, "contacts", access.contact_read(request.user, pk))


def merge_with(request: HttpRequest, kind: str, record: Any) -> HttpResponse:
    """Find the other record, see both side by side, merge."""
    access.check_may_merge(request.user, record, record)
    text, number = request.GET.get("q", "").strip()[:80], request.POST.get("with") or request.GET.get("with", "")
    shown: dict[str, Any] = {"kind": kind, "noun": NOUNS[kind], "record": record, "q": text, "here": request.path}
    if number:
        other = get_object_or_404(merging.MODELS[kind], pk=number if number.isdigit() and len(number) < 19 else 0)
        access.check_may_merge(request.user, record, other)
        if request.method == "POST":
            return merged(request, kind, record, other)
        shown |= compared(None, record, other)
    elif len(text) >= 2:
        shown["found"] = side_by_side.other_like(record, text)
    return render(request, "crm/duplicates_with.html", shown)


def merged(request: HttpRequest, kind: str, one: Any, two: Any, pair: DuplicatePair | None = None) -> HttpResponse:
    """Merge as the form says: which record stays, and whose value of each field."""
    access.check_may_merge(request.user, one, two)
    swap = request.POST.get("keep") == str(two.pk)
    kept, gone = (two, one) if swap else (one, two)
    choose = {
        name: "kept" if value == str(kept.pk) else "gone"
        for name in merging.CHOICES[kind]
        if (value := request.POST.get(f"choose_{name}"))
    }
    merge = merging.merge(kept, gone, by=request.user, choose=choose)
    said = f"{merge.gone_name} is merged into {merge.kept_name}."
    toasts.say(request, said, undo=within("crm:merge_undo", merge.pk, **place(request)))
    return redirect(
        within("crm:duplicates", kind=kind, **place(request)) if pair else reverse(PAGES[kind], args=[kept.pk])
    )


def compared(pair: DuplicatePair | None, one: Any, two: Any) -> dict[str, Any]:
    kind = merging.kind_of(one)
    hanging = [side_by_side.hangs_on(one), side_by_side.hangs_on(two)]
    keep = side_by_side.better_kept(one, two, hanging)
    return {
        "pair": pair,
        "noun": NOUNS[kind],
        "sides": [
            {"record": record, "hangs": found, "page": PAGES[kind], "kept": place == keep}
            for place, (record, found) in enumerate(zip((one, two), hanging, strict=True))
        ],
        "lines": side_by_side.lines(kind, one, two),
        "keep": keep,
    }


def found_both(pair: DuplicatePair) -> tuple[Any, Any]:
    found = side_by_side.both(pair)
    if found is None:
        raise Refused("One of the two was merged or removed in the meantime.")
    return found


def names_of(kind: str, pairs: list[DuplicatePair]) -> dict[int, str]:
    ids = {pk for pair in pairs for pk in (pair.low_id, pair.high_id)}
    return {pk: str(one) for pk, one in merging.MODELS[kind].objects.in_bulk(ids).items()}


def asked_kind(request: HttpRequest) -> str:
    kind = (
        request.POST.get("kind")
        or request.GET.get("kind")
        or ("accounts" if access.holds(request.user, "lead") else "contacts")
    )
    if kind not in PAGES:
        raise Http404
    return kind


def place(request: HttpRequest) -> dict[str, str]:
    """Where the queue stood: the pair it goes on after, and the list it is narrowed to."""
    return {name: said for name in ("after", "list") if (said := request.POST.get(name) or request.GET.get(name, ""))}


def within(page: str, *args: Any, **asked: str) -> str:
    """The address of a page with its query."""
    return reverse(page, args=args) + (f"?{urlencode(asked)}" if asked else "")
