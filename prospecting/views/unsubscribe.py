"""The page behind List-Unsubscribe: looking changes nothing, one click ends it (RFC 8058)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from crm import links
from crm.access import policy
from crm.errors import Refused
from prospecting.services import unsubscribe as service

# The whole body, and nothing beside it: from a mail program (RFC 8058 §3.1), and from the button of our page.
SAID = {"one-click": {"List-Unsubscribe": ["One-Click"]}, "page": {"stop": ["yes"]}}


@csrf_exempt  # the signed link is the permission; a mail program posts without a cookie (RFC 8058 §3.2)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@policy("guest")
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    response = _answer(request, token)
    response["Referrer-Policy"] = "no-referrer"
    return response


def _answer(request: HttpRequest, token: str) -> HttpResponse:
    try:
        said = links.read("unsubscribe", token)
    except Refused as refused:
        return render(request, "prospecting/unsubscribe.html", {"wrong": refused.sentence}, status=404)
    if request.method != "POST":
        return render(request, "prospecting/unsubscribe.html")
    body = dict(request.POST.lists())
    how = next((how for how, words in SAID.items() if body == words and not request.FILES), "")
    if not how:
        return render(request, "prospecting/unsubscribe.html", status=400)
    stopped = service.unsubscribe(said, how=how)
    return render(request, "prospecting/unsubscribe.html", {"done": True, "stopped": stopped})
