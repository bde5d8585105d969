"""The queue one works through: replies by what runs out first, mail that found no account, machines, done."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.views.decorators.http import require_POST, require_safe

from appointments import access, queries
from appointments.filters import WorkItemFilter
from appointments.models import WorkItem
from appointments.services import putting_back, work_items
from appointments.views.asked import asked
from crm import clock, lookups, toasts
from crm.access import account_read, message_read, policy, visible_mailboxes
from crm.errors import Refused
from crm.models import Account, AccountDomain, Message, User
from crm.paging import page
from crm.rules import saying
from crm.services import intake
from crm.views.back import back_to
from crm.views.numbers import whole
from prospecting.models import Reply, Segment
from prospecting.rules import labels
from prospecting.services import reactions

BOXES = {
    "": "Yours",
    "pool": "Pool",
    "team": "Team",
    "unmatched": "Not matched",
    "machines": "Machines",
    "done": "Done",
}
EMPTY = {
    "": (
        "Nobody is waiting for you",
        "A reply appears here the moment it arrives, the one that runs out first on top.",
    ),
    "pool": ("The pool is empty", "Replies that nobody holds appear here; whoever begins to answer one has it."),
    "team": ("Nobody is waiting for your team", "Replies of everyone in your team appear here."),
    "machines": ("No machines wrote", "Out-of-office notes, bounces and receipts are kept here; they engage nobody."),
    "done": ("Nothing is done yet", "What was answered and settled is kept here, and can be opened again."),
}
MOST = 200
POOL = "pool"  # to whoever is free
LATE = "Late: no one has answered these"


@require_safe
@policy("member")
def inbox(request: HttpRequest) -> HttpResponse:
    box = request.GET.get("box", "")
    box = box if box in BOXES else ""
    if box == "unmatched":
        return answer(
            request, box, unmatched=unmatched(request.user), filter=WorkItemFilter({}, WorkItem.objects.none())
        )
    if box == "machines":
        return machines(request)
    rows = WorkItemFilter(request.GET, items_of(request.user, box))
    after = request.GET.get("after", "")
    found = (
        page(rows.qs, keys=("done_at", "pk"), after=after, down=True)
        if box == "done"
        else page(rows.qs, keys=("due_at", "pk"), after=after)
    )
    groups = grouped(found.rows, clock.now()) if box != "done" else by_day(found.rows)
    first = found.rows[0] if found.rows and not request.htmx else None
    return answer(request, box, filter=rows, groups=groups, page=found, first=first)


def answer(request: HttpRequest, box: str, **context: Any) -> HttpResponse:
    title, text = EMPTY.get(box, ("", ""))
    context = {
        "unmatched": None,
        "groups": [],
        **context,
        "box": box,
        "empty_title": title,
        "empty_text": text,
        **dialogs(request, box),
    }
    template = "appointments/inbox_part.html" if request.htmx else "appointments/inbox.html"
    tabs = {} if request.htmx else {"tabs": tabs_for(request.user, box)}
    return render(request, template, {**context, **tabs})


def dialogs(request: HttpRequest, box: str) -> dict[str, Any]:
    """What keys ask about the row in focus; once a page, not with each refresh of its list."""
    if request.htmx or box in ("unmatched", "machines"):
        return {}
    return {"asks": True, "back": request.get_full_path(), **asked(request.user), **more_filters(request)}


MORE = ("setter", "mailbox", "segment", "late", "needs_person")


def more_filters(request: HttpRequest) -> dict[str, Any]:
    """The filters behind *More*, read only where someone looks at them."""
    if "more" not in request.GET and not any(request.GET.get(name) for name in MORE):
        return {}
    return {"more": True, "mailboxes": visible_mailboxes(request.user), "segments": Segment.objects.order_by("name")}


def items_of(user: User, box: str) -> QuerySet[WorkItem]:
    rows = access.visible_items(user).select_related(*queries.ROW).defer(*queries.HEAVY).annotate(guess=queries.GUESS)
    return queries.box(rows, user, box)


def tabs_for(user: User, box: str) -> list[dict[str, Any]]:
    counts = {**queries.sizes(user, clock.now()), "unmatched": lookups.unmatched(user).order_by().count()}
    address = reverse("appointments:inbox")
    return [
        {
            "name": name,
            "key": key or "yours",
            "url": f"{address}?box={key}" if key else address,
            "here": key == box,
            "count": counts.get(key or "yours"),
        }
        for key, name in BOXES.items()
    ]


def grouped(items: list[WorkItem], now: dt.datetime) -> list[dict[str, Any]]:
    """Late, today, later, put off: in the order of the page."""
    tonight = timezone.localtime(now).replace(hour=23, minute=59, second=59)
    at: dict[int, list[WorkItem]] = {}
    for item in items:
        at.setdefault(queries.place(item), []).append(item)
    waiting = at.get(queries.WAITING, [])
    names: dict[str, list[WorkItem]] = {
        LATE: [item for item in waiting if item.due_at <= now],
        "Runs out today": [item for item in waiting if now < item.due_at <= tonight],
        "Runs out later": [item for item in waiting if item.due_at > tonight],
        "Tasks": at.get(queries.TASKS, []),
        "Answered: say what comes next": at.get(queries.ANSWERED, []),
        "Put off": at.get(queries.PUT_OFF, []),
    }
    return [{"name": name, "late": name == LATE, "items": rows} for name, rows in names.items() if rows]


def by_day(items: list[WorkItem]) -> list[dict[str, Any]]:
    today = timezone.localdate(clock.now())
    days: dict[str, list[WorkItem]] = {}
    for item in items:
        done = timezone.localtime(item.done_at).date() if item.done_at else today
        days.setdefault(capfirst(saying.day(done, today)), []).append(item)
    return [{"name": name, "late": False, "items": rows} for name, rows in days.items()]


def machines(request: HttpRequest) -> HttpResponse:
    rows = queries.machines(access.visible_replies(request.user))
    rows = rows.select_related("account", "contact", "message")
    found = page(rows, keys=("at", "pk"), after=request.GET.get("after", ""), down=True)
    return answer(
        request, "machines", machines=found.rows, page=found, filter=WorkItemFilter({}, WorkItem.objects.none())
    )


def unmatched(user: User) -> list[Message]:
    """Mail that points to no account, each with the accounts it may belong to; two queries for all of them."""
    rows = list(lookups.unmatched(user)[:MOST])
    domains = {row.pk: row.from_address.rpartition("@")[2].lower() for row in rows}
    wanted = {domain for domain in domains.values() if domain}
    found: dict[str, list[Account]] = {}
    for account in Account.objects.filter(domain__in=wanted).order_by("name")[:MOST]:
        found.setdefault(account.domain, []).append(account)
    for also in AccountDomain.objects.filter(domain__in=wanted).select_related("account")[:MOST]:
        found.setdefault(also.domain, []).append(also.account)
    senders = {row.from_address.lower() for row in rows}
    for said in Reply.objects.filter(account__isnull=False, message__from_address__in=senders).select_related(
        "account", "message"
    )[:MOST]:
        found.setdefault(said.message.from_address.lower(), []).append(said.account)
    for row in rows:
        proposed = [*found.get(row.from_address.lower(), []), *found.get(domains[row.pk], [])]
        row.proposed = list({account.pk: account for account in proposed}.values())[:3]  # type: ignore[attr-defined]
    return rows


@require_POST
@policy("member")
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    """Say whose mail it is; then it is handled like any other reply."""
    message = message_read(request.user, pk)
    account = named_account(request)
    intake.assign(message, account, by=request.user)
    toasts.say(request, f"It belongs to {account}. It is handled now.")
    return redirect(f"{reverse('appointments:inbox')}?box=unmatched")


def named_account(request: HttpRequest) -> Account:
    if (pk := request.POST.get("account", "")).isdigit():
        return account_read(request.user, int(pk))
    words = request.POST.get("account_name", "").strip()[:200]
    found = list(Account.objects.filter(name__iexact=words)[:2]) or list(
        Account.objects.filter(domain__iexact=words)[:2]
    )
    if len(found) != 1:
        raise Refused(
            f"{'Several accounts are' if found else 'No account is'} called “{words}”. Give its full name or its domain."
        )
    return found[0]


@require_POST
@policy("member")
def bulk(request: HttpRequest) -> HttpResponse:
    """The picked: take them, hand them over; what machines wrote is also finished or put off together."""
    picked = [int(pk) for pk in request.POST.getlist("item")[:MOST] if pk.isdigit() and len(pk) < 19]
    items = list(access.writable_items(request.user).select_related(*queries.ROW).filter(pk__in=picked))
    if not items:
        raise Refused("Pick some replies first.")
    do, done, refused = request.POST.get("do", ""), [], ""
    pool = do == "hand_over" and request.POST.get("to") == POOL
    to = (
        get_object_or_404(User, pk=whole(request.POST.get("to")), is_active=True)
        if do == "hand_over" and not pool
        else None
    )
    before = {item.pk: putting_back.as_it_stands(item) for item in items}
    for item in items:
        try:
            act(item, do, to, request.user, words=request.POST.get("words", ""))
            done.append(item)
        except Refused as error:
            refused = error.sentence
    if done:
        said = f"{saying.count(len(done), 'reply', 'replies')} {BULK[do]}{f' to {to}' if to else ' to the pool' if pool else ''}."
        toasts.say(request, said, undo=undoing(request, [before[item.pk] for item in done]))
    if refused:
        left = f" ({saying.count(len(items) - len(done), 'of the picked stays', 'of the picked stay')} as before.)"
        toasts.refuse(request, refused + left)
    return redirect(back_to(request, reverse("appointments:inbox")))


BULK = {
    "claim": "taken",
    "snooze": "put off until tomorrow",
    "hand_over": "handed over",
    "done": "finished",
}


def undoing(request: HttpRequest, was: list[dict[str, Any]]) -> str:
    """The address that puts all of them back as they stood."""
    back = back_to(request)
    query = {"was": putting_back.signed(was), **({"back": back} if back else {})}
    return f"{reverse('appointments:put_back')}?{urlencode(query)}"


def act(item: WorkItem, do: str, to: User | None, by: User, *, words: str = "") -> None:
    """`to` is nobody where it goes to the pool; `words` are for whoever gets it."""
    if do == "claim":
        work_items.claim(item, by=by)
    elif do == "hand_over":
        work_items.hand_over(item, to, by=by, words=words)
    elif do in ("snooze", "done"):
        check_machine(item)
        if do == "snooze":
            work_items.snooze(item, tomorrow(), by=by)
        else:
            work_items.done(item, outcome=WorkItem.Outcome.CLOSED, next=WorkItem.Next.RESUME, by=by)
    else:
        raise Refused("Choose what to do with them.")


def check_machine(item: WorkItem) -> None:
    """What a person wrote is never finished or put off in a heap; nor is a pause that someone set by hand ended so."""
    label = item.reply.label if item.reply else ""
    if not labels.known(label) or labels.family(label) != labels.MACHINE:
        who = item.contact or item.person_address
        raise Refused(f"{who} wrote this. What a person wrote is read and finished one by one.")
    walk = reactions.open_enrollment(item.account) if item.account else None
    if walk and walk.paused_by_hand:
        raise Refused(f"{item.account} is paused by hand. Finish this one on its page.")


def tomorrow() -> dt.datetime:
    """Nine o'clock tomorrow, in the zone of whoever reads."""
    local = timezone.localtime(clock.now())
    return (local + dt.timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
