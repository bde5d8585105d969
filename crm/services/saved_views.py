"""Lists as people narrowed them, kept under a name: one's own, or the team's."""

from urllib.parse import parse_qsl, urlencode

from django.db import transaction

from crm import clock
from crm.errors import Refused
from crm.models import SavedView, User

LONGEST = 1000
MOST = 50
NOT_KEPT = ("after", "csrfmiddlewaretoken")


@transaction.atomic
def keep(page: str, name: str, query: str, *, by: User, shared: bool = False) -> SavedView:
    """Keep the filters of a page; the same name of the same person replaces what it was."""
    name = " ".join(name.replace("\x00", "").split())[:60]
    if page not in SavedView.Page.values:
        raise Refused("There is no such list.")
    if not name:
        raise Refused("Give the view a name.")
    if SavedView.objects.filter(by=by, page=page).exclude(name=name).count() >= MOST:
        raise Refused(f"You keep {MOST} views of this list already. Drop one first.")
    narrowed = tidy(query)
    if len(narrowed) > LONGEST:
        raise Refused("These filters are too long to be kept.")
    kept = {"query": narrowed, "team": by.team if shared else None, "at": clock.now()}
    return SavedView.objects.update_or_create(page=page, name=name, by=by, defaults=kept)[0]


def tidy(query: str) -> str:
    """Only what narrows: no place in the list, nothing empty."""
    given = parse_qsl(query.replace("\x00", "").lstrip("?")[: 4 * LONGEST])
    return urlencode([(name, value) for name, value in given if name not in NOT_KEPT])
