"""Duplicates in the admin: proposals decided and merges undone by the verbs of the pages."""

from django.contrib import admin
from django.db.models import Case, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Concat
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from unfold.decorators import action

from crm import access, side_by_side
from crm.admin.actions import asked_once, each
from crm.admin.base import NounAdmin, shared
from crm.errors import Refused
from crm.filters import DuplicatePairFilter, MergeFilter
from crm.models import Account, Contact, DuplicatePair, Event, Merge
from crm.services import duplicates, merging
from crm.tasks import find_duplicates


def name_of(column: str) -> Case:
    """The name of a record of either kind, within the query of the list."""
    account = Account.objects.filter(pk=OuterRef(column)).values("name")
    contact = Contact.objects.filter(pk=OuterRef(column)).values(said=Concat("first_name", Value(" "), "last_name"))
    return Case(When(kind="accounts", then=Subquery(account)), default=Subquery(contact))


@admin.register(DuplicatePair)
class DuplicatePairAdmin(NounAdmin):
    """The queue beside this shows both records side by side; here many are decided at once."""

    listed = DuplicatePairFilter
    page = "crm:duplicate"
    list_display = ("one", "other", "kind", "band", "score", "state", "found_at", "decided_by")
    list_filter = shared(DuplicatePairFilter, "kind", "band", "state")
    ordering = ("-id",)
    sortable_by = ()
    actions = ("merge", "keep_apart", "propose_again")
    actions_list = ("open_queue", "search_accounts", "search_people")

    def get_queryset(self, request: HttpRequest) -> QuerySet[DuplicatePair]:
        return super().get_queryset(request).annotate(low_name=name_of("low_id"), high_name=name_of("high_id"))

    @admin.display(description="One record")
    def one(self, pair: DuplicatePair) -> str:
        return getattr(pair, "low_name", "") or f"{pair.low_id}, gone"

    @admin.display(description="The other")
    def other(self, pair: DuplicatePair) -> str:
        return getattr(pair, "high_name", "") or f"{pair.high_id}, gone"

    def happened(self, row: DuplicatePair) -> QuerySet[Event]:
        return Event.objects.filter(subject_type="crm.duplicatepair", subject_id=row.pk)

    @each("Merge into the older record", write=access.pair_write)
    def merge(self, request: HttpRequest, pair: DuplicatePair) -> None:
        found = side_by_side.both(pair)
        if pair.state != DuplicatePair.State.PROPOSED or found is None:
            raise Refused("This pair is decided already, or one of the two is gone.")
        access.check_may_merge(request.user, *found)  # type: ignore[arg-type]
        merging.merge(*found, by=request.user)

    @each("Keep apart", write=access.pair_write)
    def keep_apart(self, request: HttpRequest, pair: DuplicatePair) -> None:
        duplicates.keep_apart(pair, by=request.user)

    @each("Propose again", write=access.pair_write)
    def propose_again(self, request: HttpRequest, pair: DuplicatePair) -> None:
        duplicates.propose_again(pair, by=request.user)

    @action(description="Side by side", icon="compare", url_path="queue")
    def open_queue(self, request: HttpRequest) -> HttpResponse:
        return redirect("crm:duplicates")

    @action(description="Search the accounts", icon="search", url_path="search-accounts")
    def search_accounts(self, request: HttpRequest) -> HttpResponse:
        return self.search(request, "accounts", "Search the accounts for doubles")

    @action(description="Search the people", icon="search", url_path="search-people")
    def search_people(self, request: HttpRequest) -> HttpResponse:
        return self.search(request, "contacts", "Search the people for doubles")

    def search(self, request: HttpRequest, kind: str, words: str) -> HttpResponse:
        """The button is a link: what it opens asks, and only the answer begins the search."""
        if request.method != "POST":
            return asked_once(
                self, request, words, "All on file are compared in the background. Nothing is merged by it."
            )
        find_duplicates.delay_on_commit(kind, request.user.pk)
        self.message_user(request, "The search has begun; what it finds appears here.")
        return redirect("admin:crm_duplicatepair_changelist")


@admin.register(Merge)
class MergeAdmin(NounAdmin):
    listed = MergeFilter
    list_display = ("at", "kind", "gone_name", "kept_name", "by", "undone_at", "undone_by")
    list_filter = shared(MergeFilter, "kind", "undone")
    hidden = ("gone_row", "kept_before", "moved", "dropped")
    ordering = ("-id",)
    sortable_by = ()
    actions = ("undo",)

    def own_page(self, row: Merge) -> str:
        return reverse("crm:merges")

    def happened(self, row: Merge) -> QuerySet[Event]:
        return Event.objects.filter(subject_type="crm.merge", subject_id=row.pk)

    @each("Undo the merge", write=access.merge_write)
    def undo(self, request: HttpRequest, merge: Merge) -> None:
        merging.undo_merge(merge, by=request.user)
