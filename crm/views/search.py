"""Find accounts, people, addresses and conversations from anywhere."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from crm import lookups
from crm.access import policy


@policy("member")
def search(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "").strip()
    found = lookups.search(request.user, text, limit=6 if "palette" in request.GET else 25)
    template = "crm/search_palette.html" if request.htmx and "palette" in request.GET else "crm/search.html"
    return render(request, template, {"text": text, "found": found, "any": any(found.values())})
