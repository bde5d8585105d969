"""Starting from an example: route, texts, sequence, segment draft and checklist of one way of deciding."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from appointments.rules.example_ways import EXAMPLES
from appointments.services import examples
from crm import toasts
from crm.access import policy


@policy("lead")
def example_list(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        key = request.POST.get("example", "")
        if key not in EXAMPLES:
            raise Http404
        laid = examples.start_from(key, by=request.user)
        toasts.say(request, f"{laid.segment} is laid down. Look at its dry run, then use it.")
        return redirect("prospecting:segment", laid.segment.pk)
    part = "appointments/examples_part.html"
    template = part if request.htmx else "appointments/examples.html"  # type: ignore[attr-defined]
    return render(request, template, {"examples": EXAMPLES.items(), "part": part})
