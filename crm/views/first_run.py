"""The first steps of a new installation: a checklist that ticks itself."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from crm import first_steps
from crm.access import policy


@policy("member")
def first_run(request: HttpRequest) -> HttpResponse:
    steps = [{"step": step, "done": step.done()} for step in first_steps.STEPS]
    left = sum(not row["done"] for row in steps)
    following = next((row["step"] for row in steps if not row["done"]), None)
    return render(request, "crm/first_run.html", {"steps": steps, "left": left, "following": following})
