"""The address of a record that was merged leads to the one that stayed."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect

from crm.services import merging

PAGES = {"accounts": "crm:account", "contacts": "crm:contact"}


def elsewhere(kind: str, pk: int) -> HttpResponse:
    """A redirect to where the record went; 404 where it never was. Temporary: a merge may be undone."""
    after = merging.successor(kind, pk)
    if after is None:
        raise Http404
    return redirect(PAGES[kind], after)
