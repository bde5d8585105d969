"""The desk of what did not happen: meetings nobody has told of, and no-shows on the way back. Worked from the keyboard."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from appointments import access, queries
from appointments.filters import RecoveryFilter
from appointments.models import Recovery
from appointments.rules.recovery import TRIES
from appointments.services import outcomes, recovering
from crm import clock, toasts
from crm.access import policy
from crm.paging import page
from crm.rules import saying
from crm.views.back import back_to

C = Recovery.State
TABS = {"": "Open", "rebooked": "Rebooked", "all": "All"}
MISSING_SHOWN = 50
PARTS = ("account", "meeting__host", "meeting__contact", "meeting__meeting_type", "new_meeting")


@require_safe
@policy("member")
def no_shows(request: HttpRequest) -> HttpResponse:
    """Two lists: what nobody has told of, the oldest first; and recoveries, ours and those back with a person on top."""
    now = clock.now()
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else ""
    missing = queries.meetings_when(access.visible_meetings(request.user), "missing", now)
    seen = queries.recoveries_in(access.visible_recoveries(request.user), tab)
    found = RecoveryFilter(request.GET, seen.select_related(*PARTS))
    rows = page(found.qs, keys=("started_at", "pk"), after=request.GET.get("after", ""), down=True)
    for row in rows.rows:
        row.says = recovery_words(row)  # type: ignore[attr-defined]
        row.tries_words = f"Try {row.tries} of {TRIES} sent" if row.tries else "First try waits"  # type: ignore[attr-defined]
    untold = missing.count()
    running = seen.filter(state=C.RUNNING).count() if tab != "rebooked" else 0
    context = {
        "missing": missing.select_related("account", "contact", "host").order_by("ends_at", "pk")[:MISSING_SHOWN],
        "untold": untold,
        "page": rows,
        "tab": tab,
        "tabs": [{"name": name, "key": key, "url": address(key), "here": key == tab} for key, name in TABS.items()],
        "sentence": sentence(untold, running),
        "answers": KEYS,
        "here": request.get_full_path(),
    }
    return render(request, "appointments/no_shows.html", context)


# what is said of a meeting nobody has told of, by key
KEYS = (
    ("held", "Held", "H"),
    ("guest", "Guest missing", "N"),
    ("host", "We were missing", "W"),
    ("technical", "Line failed", "L"),
    ("cancelled", "Called off", "C"),
)


def address(key: str) -> str:
    here = reverse("appointments:no_shows")
    return f"{here}?tab={key}" if key else here


def sentence(untold: int, running: int) -> str:
    said = []
    if untold:
        said.append(f"{saying.count(untold, 'meeting is', 'meetings are')} over and nobody has said what came of it.")
    if running:
        said.append(f"{saying.count(running, 'guest is', 'guests are')} being asked for a new time.")
    return " ".join(said) or "Two messages in five working days, then it comes back to a person."


@require_POST
@policy("member")
def say(request: HttpRequest, pk: int) -> HttpResponse:
    """One word for what came of a meeting, from a list."""
    row = access.meeting_write(request.user, pk)
    was = request.POST.get("was", "")
    outcomes.say(row, was, by=request.user, why=request.POST.get("why", "").strip()[:300])
    toasts.say(request, f"{row.account}: {outcomes.WORDS[was].lower()}.")
    return redirect(back_to(request, reverse("appointments:no_shows")))


@require_POST
@policy("member")
def take(request: HttpRequest, pk: int) -> HttpResponse:
    """A person goes on themselves: no further message leaves by itself."""
    row = access.recovery_write(request.user, pk)
    recovering.return_to_person(row, by=request.user, why=f"{request.user} goes on in person.")
    toasts.say(request, f"{row.account} is yours now; nothing more leaves by itself.")
    return redirect(back_to(request, reverse("appointments:no_shows")))


def recovery_words(row: Recovery) -> str:
    """What recovery does next, in a sentence."""
    if row.state == C.REBOOKED:
        return "A new meeting is booked."
    if row.state == C.RETURNED:
        return f"{saying.count(row.tries, 'try', 'tries')} brought no answer. Decide what the account does next."
    if not row.next_at:
        return "Waiting for an answer."
    local, today = timezone.localtime(row.next_at), timezone.localtime(clock.now()).date()
    when = saying.day(local.date(), today) if row.next_at > clock.now() else "soon"
    return (
        f"Without an answer it comes back to a person {when}."
        if row.tries >= TRIES
        else f"The next message goes out {when}."
    )
