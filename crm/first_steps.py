"""What a new installation needs before it can work; upper apps enter their steps when they start."""

from collections.abc import Callable
from dataclasses import dataclass

from crm.models import Account, Mailbox, Organisation, Role, User, WorkingHours


@dataclass(frozen=True)
class Step:
    """One line of the checklist: it links to where it is done, and ticks itself."""

    title: str
    why: str
    url: str  # a URL name, or an address of the admin
    done: Callable[[], bool]


def has_organisation() -> bool:
    return Organisation.objects.exclude(name="").exclude(postal_address="").exists()


STEPS: list[Step] = [
    Step("Name the organisation, with its postal address", "It stands under every outreach mail.", "crm:organisation", has_organisation),
    Step("Invite people", "At least one SDR and one account executive.", "admin:crm_user_changelist", lambda: User.objects.filter(is_active=True).count() > 1),
    Step("Set working hours", "Clocks run in them, times are offered in them.", "crm:settings", lambda: WorkingHours.objects.exists()),
    Step("Connect a mailbox", "Mail leaves from it and answers come back to it.", "admin:crm_mailbox_changelist", lambda: Mailbox.objects.filter(internal=False).exists()),
    Step("Look at the roles", "What part someone plays when an account decides.", "admin:crm_role_changelist", lambda: Role.objects.exists()),
    Step("Import accounts", "A CSV file with a name in each row is enough.", "crm:import_new", lambda: Account.objects.exists()),
]  # fmt: skip
