"""The page behind List-Unsubscribe: looking changes nothing, one click ends it (RFC 8058)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from crm import links
from crm.access import policy
from crm.errors import Refused
from prospecting.services import unsubscribe as service


@csrf_exempt  # the signed link is the permission; a mail program posts without a cookie (RFC 8058 §3.2)
@require_http_methods(["GET", "HEAD", "POST"])
@policy("guest")
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    try:
        said = links.read("unsubscribe", token)
    except Refused as refused:
        return render(request, "prospecting/unsubscribe.html", {"wrong": refused.sentence}, status=404)
    if request.method == "POST":
        one_click = request.POST.get("List-Unsubscribe") == "One-Click"
        stopped = service.unsubscribe(said, how="one-click" if one_click else "page")
        return render(request, "prospecting/unsubscribe.html", {"done": True, "stopped": stopped})
    return render(request, "prospecting/unsubscribe.html", {"token": token})
