"""What hangs on a row of this app: upper apps enter theirs in AppConfig.ready(), so that merge and erase reach it all."""

from collections.abc import Callable
from typing import Any

from crm.models import Account, Contact

# Functions (kept, gone): move what hangs on `gone` to `kept`, inside the caller's transaction.
merge_accounts: list[Callable[[Account, Account], Any]] = []
merge_contacts: list[Callable[[Contact, Contact], Any]] = []
# Functions (contact): remove what names the person; counts stay.
erase_contact: list[Callable[[Contact], Any]] = []
# Functions (contact) -> plain data for the person's own copy.
export_contact: list[Callable[[Contact], dict[str, Any]]] = []
# Functions (import id, account ids): what an import into a list does beside the rows, and how it is undone.
after_import: list[Callable[[int, list[int]], Any]] = []
# Functions (account ids) -> the ids of those that are being worked now: tells where a person of several counts.
being_worked: list[Callable[[list[int]], set[int]]] = []
