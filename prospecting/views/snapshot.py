"""Snapshots: take one, read it, see what has changed since."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from crm import paging, toasts
from crm.access import policy
from crm.errors import Refused
from prospecting.forms import SnapshotForm
from prospecting.queries import list_health, snapshots
from prospecting.services import snapshots as taking
from prospecting.views.frame import framed, segment_ever_or_404, segment_or_404


@policy("member")
def segment_snapshots(request: HttpRequest, pk: int) -> HttpResponse:
    segment = segment_ever_or_404(pk)
    rows = segment.target_list.snapshots.select_related("by", "version")
    page = paging.page(rows, keys=("at", "pk"), after=request.GET.get("after", ""), down=True)
    own = {"page": page, "form": SnapshotForm(), "size": list_health.size(segment.target_list)}
    return render(request, "prospecting/segment_snapshots.html", framed(request, segment, "snapshots", **own))


@policy("lead")
def snapshot_take(request: HttpRequest, pk: int) -> HttpResponse:
    segment = segment_or_404(pk)
    form = SnapshotForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = taking.take(segment, by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error("name", refused.sentence)
        else:
            toasts.say(request, f"“{row.name}” keeps {row.members:,} accounts as they are now.")
            return redirect("prospecting:segment_snapshot", pk, row.pk)
    own = {"form": form, "page": paging.Page([], "", False), "size": list_health.size(segment.target_list)}
    code = 422 if request.method == "POST" else 200
    return render(
        request, "prospecting/segment_snapshots.html", framed(request, segment, "snapshots", **own), status=code
    )


@policy("member")
def segment_snapshot(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """What stood on the list then; `show` narrows to what has changed since."""
    segment = segment_ever_or_404(pk)
    row = get_object_or_404(segment.target_list.snapshots.select_related("by", "version"), pk=number)
    show = request.GET.get("show", "")
    show = show if show in snapshots.SHOWN else ""
    page = snapshots.page(row, show, request.GET.get("after", ""))
    own = {"row": row, "show": show, "ways": snapshots.SHOWN, "page": page, "changes": snapshots.changes(row)}
    return render(request, "prospecting/segment_snapshot.html", framed(request, segment, "snapshots", **own))
