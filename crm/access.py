"""Who may see and do what in crm: policies of views, and lookups that answer 404 to a stranger."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from crm.models import (
    Account,
    Attachment,
    Contact,
    Conversation,
    DuplicatePair,
    Event,
    Import,
    Mailbox,
    Membership,
    Merge,
    Message,
    Note,
    SavedView,
    Sighting,
    Suppression,
    Team,
    User,
)

type_View = Callable[..., HttpResponse]

# What a view may declare. guest: a signed link is the permission; public: anyone at all.
POLICIES = ("public", "guest", "member", "lead", "admin")

# Upper apps widen what an account executive reads: functions from a user to a queryset of conversation ids.
also_conversations: list[Callable[[User], QuerySet]] = []


def policy(name: str) -> Callable[[type_View], type_View]:
    """Declare and enforce who may call a view; a test fails for a route without a declared policy."""
    if name not in POLICIES:
        raise ValueError(f"unknown policy {name}")

    def wrap(view: type_View) -> type_View:
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if name in ("public", "guest"):
                return view(request, *args, **kwargs)
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not holds(request.user, name):
                raise PermissionDenied(f"Only {'admins' if name == 'admin' else 'leads and admins'} can do this.")
            return view(request, *args, **kwargs)

        checked.policy = name  # type: ignore[attr-defined]
        return checked

    return wrap


def holds(user: Any, name: str) -> bool:
    """Whether a signed-in user satisfies a policy."""
    return {
        "member": user.is_active,
        "lead": user.is_lead or user.is_admin,
        "admin": user.is_admin,
    }.get(name, True)


# Master data: the same for every signed-in member, so that nobody collides with a colleague unseen. -------------


def visible_accounts(user: User) -> QuerySet[Account]:
    return Account.objects.all()


def visible_contacts(user: User) -> QuerySet[Contact]:
    return Contact.objects.all()


def workable_accounts(user: User) -> QuerySet[Account]:
    """Accounts a user may change: their team's and those without an owner; for admins all."""
    if user.is_admin:
        return Account.objects.all()
    if user.job == User.Job.EXECUTIVE:
        return Account.objects.filter(owner=user)
    return Account.objects.filter(
        Q(owner=None) | Q(owner=user) | Q(owner__team=user.team_id, owner__team__isnull=False)
    )


def may_work(user: User, account: Account) -> bool:
    return workable_accounts(user).filter(pk=account.pk).exists()


def account_read(user: User, pk: int) -> Account:
    return get_object_or_404(visible_accounts(user).select_related("owner__team", "parent"), pk=pk)


def account_told(user: User, pk: int) -> Account:
    """The same, knowing whether it has sites of its own: one question."""
    has_sites = Exists(Account.objects.filter(parent=OuterRef("pk")))
    return get_object_or_404(visible_accounts(user).select_related("parent").annotate(has_sites=has_sites), pk=pk)


def check_may_assign(user: User, account: Account, owner: User | None) -> None:
    """Leads and admins give an account to anyone of theirs; others take one that nobody owns."""
    if not (holds(user, "lead") or (account.owner_id is None and owner == user)):
        raise PermissionDenied("Only leads and admins reassign accounts.")


def account_write(user: User, pk: int) -> Account:
    return get_object_or_404(workable_accounts(user).select_related("owner__team", "parent"), pk=pk)


def contact_read(user: User, pk: int) -> Contact:
    return get_object_or_404(visible_contacts(user), pk=pk)


def contact_write(user: User, pk: int) -> Contact:
    """A contact may be changed by whoever may work one of their accounts, or who finds them without one."""
    return get_object_or_404(workable_contacts(user), pk=pk)


def workable_contacts(user: User) -> QuerySet[Contact]:
    works = Membership.objects.filter(contact=OuterRef("pk"))
    return visible_contacts(user).filter(Exists(works.filter(account__in=workable_accounts(user))) | ~Exists(works))


def may_change_contact(user: User, contact: Contact) -> bool:
    current = contact.memberships.filter(until=None)
    return not current.exists() or current.filter(account__in=workable_accounts(user)).exists()


def visible_memberships(user: User) -> QuerySet[Membership]:
    return Membership.objects.all()


def membership_write(user: User, pk: int) -> Membership:
    mine = visible_memberships(user).filter(account__in=workable_accounts(user))
    return get_object_or_404(mine.select_related("contact", "account", "role"), pk=pk)


def visible_suppressions(user: User) -> QuerySet[Suppression]:
    """The same for everyone: whoever does not see a suppression writes against it."""
    return Suppression.objects.all()


def suppression_write(user: User, pk: int) -> Suppression:
    return get_object_or_404(visible_suppressions(user), pk=pk)


# Content: belongs to the team of its conversation, that team's leads, and admins. -------------------------------


def visible_conversations(user: User) -> QuerySet[Conversation]:
    if user.is_admin:
        return Conversation.objects.all()
    allowed = Q(team=user.team_id, team__isnull=False) if user.job != User.Job.EXECUTIVE else Q(pk__in=[])
    for more in also_conversations:
        allowed |= Q(pk__in=more(user))
    return Conversation.objects.filter(allowed)


def visible_messages(user: User) -> QuerySet[Message]:
    if user.is_admin:
        return Message.objects.all()
    seen = visible_conversations(user).values("pk")
    sighted = Sighting.objects.filter(message=OuterRef("pk"))
    unmatched = sighted.filter(mailbox__team=user.team_id, mailbox__team__isnull=False)
    if user.job == User.Job.EXECUTIVE:
        unmatched = unmatched.none()
    # EXISTS, not a join: a DISTINCT would compare whole mails.
    return Message.objects.filter(
        Q(conversation__in=seen)
        | Exists(sighted.filter(conversation__in=seen))
        | Q(conversation=None) & Exists(unmatched)
    )


def events_open_to(user: User) -> Q:
    if user.is_admin:
        return Q(pk__isnull=False)
    if user.job == User.Job.EXECUTIVE:
        return Q(team=None) | Q(message__conversation__in=visible_conversations(user).values("pk"))
    return Q(team=None) | Q(team=user.team_id, team__isnull=False)


def visible_events(user: User) -> QuerySet[Event]:
    """Facts for everyone; rows that say what was said for the team of the conversation."""
    return Event.objects.all() if user.is_admin else Event.objects.filter(events_open_to(user))


def tellable_events(user: User) -> QuerySet[Event]:
    """Those, and that a message came where its words are not for them: `open_to_me` tells which may be told in full."""
    mine = events_open_to(user)
    open_to_me = ExpressionWrapper(mine, output_field=BooleanField())
    return Event.objects.filter(mine | Q(kind="message.received")).annotate(open_to_me=open_to_me)


def visible_notes(user: User) -> QuerySet[Note]:
    if user.is_admin:
        return Note.objects.all()
    return Note.objects.filter(Q(team=None) | Q(team=user.team_id, team__isnull=False))


def visible_views(user: User) -> QuerySet[SavedView]:
    """One's own lists, and those a teammate shares."""
    return SavedView.objects.filter(Q(by=user) | Q(team=user.team_id, team__isnull=False))


def view_write(user: User, pk: int) -> SavedView:
    """Whoever made it changes it; a lead also drops what the team shares."""
    mine = Q(by=user) | Q(team=user.team_id, team__isnull=False) if user.is_lead else Q(by=user)
    return get_object_or_404(SavedView.objects.filter(mine), pk=pk)


def conversation_read(user: User, pk: int) -> Conversation:
    return get_object_or_404(visible_conversations(user), pk=pk)


def conversation_write(user: User, pk: int) -> Conversation:
    """Answer in it: the team's work; an executive reads what stands behind their meetings."""
    writes = user.is_admin or user.job != User.Job.EXECUTIVE
    return get_object_or_404(visible_conversations(user) if writes else Conversation.objects.none(), pk=pk)


def message_read(user: User, pk: int) -> Message:
    return get_object_or_404(visible_messages(user), pk=pk)


def attachment_read(user: User, pk: int) -> Attachment:
    return get_object_or_404(Attachment.objects.filter(message__in=visible_messages(user).values("pk")), pk=pk)


def visible_imports(user: User) -> QuerySet[Import]:
    return Import.objects.all() if user.is_admin else Import.objects.filter(by=user)


def import_read(user: User, pk: int) -> Import:
    return get_object_or_404(visible_imports(user), pk=pk)


def visible_mailboxes(user: User) -> QuerySet[Mailbox]:
    if user.is_admin:
        return Mailbox.objects.all()
    return Mailbox.objects.filter(team=user.team_id, team__isnull=False)


def mailbox_read(user: User, pk: int) -> Mailbox:
    return get_object_or_404(visible_mailboxes(user), pk=pk)


def runnable_mailboxes(user: User) -> QuerySet[Mailbox]:
    """Set up, paused and looked into by their owner, by the leads of their team, and by admins."""
    if user.is_admin:
        return Mailbox.objects.all()
    own = Q(owner=user)
    return Mailbox.objects.filter(own | Q(team=user.team_id, team__isnull=False) if user.is_lead else own)


def mailbox_write(user: User, pk: int) -> Mailbox:
    return get_object_or_404(runnable_mailboxes(user).select_related("owner", "team"), pk=pk)


def mailbox_keepers(user: User) -> tuple[QuerySet[User], QuerySet[Team]]:
    """For whom someone may add a mailbox: themselves; a lead for the team and its people; an admin for anyone."""
    people = User.objects.filter(is_active=True, team__isnull=False)
    if user.is_admin:
        return people, Team.objects.all()
    if user.is_lead:
        return people.filter(team=user.team_id), Team.objects.filter(people=user)
    return people.filter(pk=user.pk), Team.objects.none()


# Duplicates: accounts are merged by leads and admins, people by whoever may change both of them. -------------------


def check_may_merge(user: User, one: Account | Contact, two: Account | Contact) -> None:
    """404 for somebody else's people, a refusal for accounts in the hands of someone who is no lead."""
    if isinstance(one, Account):
        if not holds(user, "lead"):
            raise PermissionDenied("Only leads and admins merge accounts.")
        return
    contact_write(user, one.pk)
    contact_write(user, two.pk)


def visible_pairs(user: User) -> QuerySet[DuplicatePair]:
    """The proposals a user may decide."""
    if user.is_admin:
        return DuplicatePair.objects.all()
    mine = workable_contacts(user)
    people = Q(Exists(mine.filter(pk=OuterRef("low_id"))), Exists(mine.filter(pk=OuterRef("high_id"))), kind="contacts")
    return DuplicatePair.objects.filter(people | Q(kind="accounts") if holds(user, "lead") else people)


def pair_write(user: User, pk: int) -> DuplicatePair:
    return get_object_or_404(visible_pairs(user), pk=pk)


def visible_merges(user: User) -> QuerySet[Merge]:
    """What may be undone: by leads and admins all of it, by others what they merged."""
    return Merge.objects.all() if holds(user, "lead") else Merge.objects.filter(by=user)


def merge_write(user: User, pk: int) -> Merge:
    return get_object_or_404(visible_merges(user), pk=pk)
