"""What the form of *done* proposes about one reply: how it ended, why, what the account does next, and until when it rests."""

from datetime import date, timedelta

from appointments.forms import DoneForm
from appointments.models import Classification, WorkItem
from appointments.rules import matrix as matrix_rules
from appointments.services import matrix, work_items
from appointments.views import next_step
from crm import clock
from crm.models import Account
from prospecting.services import attributing

ENDS = {"meeting_request": ("booked", "wait"), "not_interested": ("closed", "rest"), "unsubscribe": ("closed", "close"), "not_now": ("nurture", "rest"), "referral": ("referred", "next_role"), "wrong_person": ("referred", "next_role")}  # fmt: skip
WHY = {"not_now": "timing", "objection_price": "budget", "objection_competitor": "supplier", "objection_other": "fit", "unsubscribe": "contact"}  # fmt: skip


def proposed(item: WorkItem, step: next_step.Step, found: Classification | None) -> DoneForm:
    """What somebody is likely to say."""
    label = said(found) or (item.reply.label if item.reply else "")
    outcome, then = likely_end(item, step, label)
    rest = rest_day(item, label, found) if then == WorkItem.Next.REST else None
    likely = {
        "outcome": outcome,
        "next": then,
        "rest_until": rest,
        "reason": WHY.get(label, ""),
        "shown": item.reply_id,
    }
    form = DoneForm(initial=likely)
    form.fields["reason"].required = item.what == "give_reason"
    if not attributing.is_open(item.reply.enrollment_id if item.reply else None):
        del form.fields["cause"]
    return form


def asks_why(item: WorkItem, form: DoneForm) -> bool:
    """Whether it still wants a reason that nothing proposes: that is asked first."""
    return item.what == "give_reason" and not form.initial["reason"]


def said(found: Classification | None) -> str:
    """What a reply says, for want of certainty what it probably says."""
    return (found.guess or found.label) if found else ""


def likely_end(item: WorkItem, step: next_step.Step, label: str) -> tuple[str, str]:
    """Outcome and next; nobody waits for a meeting that is not booked."""
    if step.meeting:
        return ("booked", "wait")
    usual = ("answered", "resume")
    ends = ENDS.get(label, usual)
    if label == "not_interested" and item.reply and item.reply.label == label and not resting(item.account):
        return (ends[0], usual[1])  # whoever writes does not decide: the next role is asked already
    return ends if ends[1] != "wait" or work_items.booked_ahead(item.account) else usual


def resting(account: Account | None) -> bool:
    return account is not None and account.rests_until is not None and account.rests_until > clock.today()


def rest_day(item: WorkItem, label: str, found: Classification | None) -> date | None:
    """The day the account rests until already, else what the matrix makes of the words."""
    today = clock.today()
    if item.account and resting(item.account):
        return item.account.rests_until
    if label not in ("not_now", "not_interested") or found is None:
        return None
    walk = item.reply.enrollment if item.reply else None
    row = matrix.row_for(label, walk.segment_version.segment_id if walk else None)
    if label == "not_now":
        return matrix_rules.rests_until(row, found.entities, today)[0]
    return today + timedelta(days=int(row.settings.get("rest_days", 180)))
