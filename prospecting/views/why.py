"""Why an account is on a list or not, term by term: from the segment, and from the account."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from crm import access
from crm.access import policy
from crm.views.numbers import whole
from prospecting.models import Segment, SegmentVersion
from prospecting.queries import account_search, why
from prospecting.queries.dry_runs import version_in_use
from prospecting.views.frame import framed, segment_or_404

MOST = 12  # segments asked about one account at once


@policy("member")
def segment_why(request: HttpRequest, pk: int) -> HttpResponse:
    """One account against the version in use, or the draft; without one, a field to find it."""
    segment = segment_or_404(pk)
    find = request.GET.get("find", "")
    number = whole(request.GET.get("account", ""))
    account = access.account_read(request.user, number) if number else None
    version = version_in_use(pk)
    draft = segment.versions.filter(state=SegmentVersion.State.DRAFT).first()
    asked = draft if draft and (version is None or request.GET.get("version") == "draft") else version
    own = {
        "account": account,
        "find": find,
        "found": account_search.found(find, segment) if not account else [],
        "draft": draft,
        "asked": asked,
        "answer": why.why(segment, account, asked) if account and asked else None,
    }
    template = "prospecting/why_found.html" if request.htmx else "prospecting/segment_why.html"
    return render(request, template, framed(request, segment, "rule", version=version, **own))


@policy("member")
def account_lists(request: HttpRequest, pk: int) -> HttpResponse:
    """For the account's page: every segment in use, whether it stands on its list, and why."""
    account = access.account_read(request.user, pk)
    published = Segment.objects.filter(archived_at=None, versions__state=SegmentVersion.State.PUBLISHED)
    answers = []
    for segment in published.distinct().order_by("name")[:MOST]:
        version = version_in_use(segment.pk)
        if version is not None:
            answers.append(why.why(segment, account, version))
    answers.sort(key=lambda answer: (not answer.on_list, answer.segment.name))
    shown = {"account": account, "answers": answers, "part": "prospecting/account_lists_part.html"}
    template = shown["part"] if request.htmx else "prospecting/hole_page.html"
    return render(request, template, {**shown, "title": f"The lists of {account}"})
