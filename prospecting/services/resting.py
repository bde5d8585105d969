"""An account that rests comes back before its day."""

from django.db import transaction

from crm.models import Account, User
from crm.services import accounts
from prospecting.models import Enrollment
from prospecting.services import enrollment as walks
from prospecting.services.reactions import open_enrollment


@transaction.atomic
def end_rest(account: Account, *, by: User, why: str = "the rest was ended by hand") -> None:
    """The account may be written to again, and its walk goes on at the same stage."""
    accounts.end_rest(account, by=by)
    walk = open_enrollment(account)
    if walk is not None and walk.state == Enrollment.State.RESTING:
        walks.resume(walk, by=by, why=why)
