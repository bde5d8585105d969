"""What hangs on a row of this app: upper apps enter theirs in AppConfig.ready(), so that merge and erase reach it all."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db.models import Model, QuerySet

from crm.models import Account, Contact, Event, Import, Mailbox, Message, Role, Team, User
from crm.rules.story import Beside, Why
from crm.services.journal import Journal

# Functions (kept, gone, journal): move what hangs on `gone` to `kept`, inside the caller's transaction, through the journal.
merge_accounts: list[Callable[[Account, Account, Journal], Any]] = []
merge_contacts: list[Callable[[Contact, Contact, Journal], Any]] = []
# Functions (kept, gone, ids moved back by column): after an undo, what came since goes where its thread or walk went.
follow_accounts: list[Callable[[Account, Account, dict[str, list[int]]], Any]] = []
follow_contacts: list[Callable[[Contact, Contact, dict[str, list[int]]], Any]] = []
# Functions (contact): remove what names the person; counts stay.
erase_contact: list[Callable[[Contact], Any]] = []
# Functions (contact) -> plain data for the person's own copy.
export_contact: list[Callable[[Contact], dict[str, Any]]] = []
# Functions (user) -> [(id, name)]: the lists that an import may go into.
import_lists: list[Callable[[User], list[tuple[int, str]]]] = []
# Functions (list id) -> the accounts that stand on it now, as a queryset of their ids.
on_list: list[Callable[[int], QuerySet]] = []
# Functions (import, account ids): what an import into a list does beside the rows.
after_import: list[Callable[[Import, list[int]], Any]] = []
# Functions (import): take that back; the records themselves are taken back after it.
undo_import: list[Callable[[Import], Any]] = []
# Rows about an account that tell of nothing anybody did: they go with it when its import is undone.
passing: set[type[Model]] = set()
passing_events: set[str] = set()
# Functions (account ids) -> the ids of those that are being worked now: tells where a person of several counts.
being_worked: list[Callable[[list[int]], set[int]]] = []
# Functions (role) -> what needs it, in words: while anything does, it is not taken away.
uses_of_role: list[Callable[[Role], list[str]]] = []
# Functions (mailboxes) -> figures by mailbox id, for the list: what left, what may leave, what waits.
mailbox_figures: list[Callable[[list[Mailbox]], dict[int, Any]]] = []
# Functions (mailbox, what its provider told): act on news of a mail that left from it.
provider_told: list[Callable[[Mailbox, Any], Any]] = []
# Functions (message): one of us wrote it in their own mail program, in a thread we know.
own_mail: list[Callable[[Message], Any]] = []
# Models of upper apps with columns that `secrets_kept` locks: a new key locks them again.
locked_columns: dict[type[Model], list[str]] = {}
# Functions (calendar texts, team) -> the account they speak of, by what is booked there.
calendar_accounts: list[Callable[[list[bytes], Team | None], Account | None]] = []
# Functions () -> reasons, in words without content, why not all is well; health says them beside its own.
health_reasons: list[Callable[[], list[str]]] = []
# The same for what a part of the product should have done by now: an alarm.
health_faults: list[Callable[[], list[str]]] = []
# Functions (): load what the first mail would wait for; called once by a process that takes mail in, beside its work.
before_mail: list[Callable[[], Any]] = []
# Functions (user, by=): what somebody held who may not sign in any more, or has another team, goes to others.
person_left: list[Callable[..., Any]] = []
# subject of an event → function (event) -> what a webhook is told of it besides; None where there is nothing to tell.
webhook_facts: dict[str, Callable[[Event], dict[str, Any] | None]] = {}
# Functions (accounts, since, until) -> what happened about them in that time (until not included, None is open) beside their events.
told_beside: list[Callable[[QuerySet[Account], datetime | None, datetime | None], list[Beside]]] = []
# Functions (events, with the checks it passed) -> by event id why it was sent, and why not sooner.
whys: list[Callable[[list[Event], bool], dict[int, Why]]] = []
