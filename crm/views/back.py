"""The way back: a form may name the page of ours that it was opened from."""

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def back_to(request: HttpRequest, otherwise: str = "") -> str:
    """The address that `back` names when it is one of this site's own, else `otherwise`."""
    back = request.POST.get("back") or request.GET.get("back", "")
    return back if url_has_allowed_host_and_scheme(back, None) else otherwise
