"""Accounts, and what one does with them."""

from typing import Any

from rest_framework import serializers

from crm import access
from crm.api.serializers import Own, Strict, StrictModel
from crm.api.views import Read, creates, edits, verb
from crm.filters import AccountFilter, people_of
from crm.models import Account, User
from crm.services import accounts, notes, suppression

FACTS = (
    "name", "parent", "external_id", "domain", "phone", "street", "city", "postcode", "state_name", "country", "zone",
    "industry", "employees", "sites", "regulated", "tags", "custom", "window_from", "window_until", "fiscal_year_end",
    "renewal_on", "recontact_not_before",
)  # fmt: skip
STANDING = (
    "rung", "rung_at", "rests_until", "rest_reason", "closed_at", "closed_reason", "last_touched_at", "unhandled_mail",
    "created_at",
)  # fmt: skip


class AccountSerializer(StrictModel):
    owner_name = serializers.CharField(source="owner.name", default="", read_only=True)

    class Meta:
        model = Account
        fields = ["id", *FACTS, "owner", "owner_name", "facts", *STANDING]
        read_only_fields = ["owner", "facts", *STANDING]


class NewAccount(StrictModel):
    owner = Own(people_of, User, required=False, allow_null=True)

    class Meta:
        model = Account
        fields = [*FACTS, "owner"]


class AccountFacts(StrictModel):
    class Meta:
        model = Account
        fields = [*FACTS]


class Owner(Strict):
    owner = Own(people_of, User, allow_null=True)


class NoteText(Strict):
    text = serializers.CharField(max_length=10_000)


class Proof(Strict):
    reason = serializers.CharField(max_length=200)
    proof = serializers.CharField(required=False, allow_blank=True, default="", max_length=10_000)


class AccountViewSet(Read):
    """Companies and their sites. Everyone sees where an account stands; its team works it."""

    serializer_class = AccountSerializer
    filterset_class = AccountFilter
    visible = staticmethod(access.visible_accounts)
    write = staticmethod(access.account_write)
    related = ("owner",)
    ordering = ("name", "id")
    queryset = Account.objects.none()

    @creates(NewAccount)
    def create(self, **facts: Any) -> Account:
        return accounts.create_account(by=self.request.user, **facts)

    @edits(AccountFacts)
    def partial_update(self, account: Account, **facts: Any) -> None:
        accounts.edit_account(account, by=self.request.user, **facts)

    @verb(Owner)
    def assign_owner(self, account: Account, owner: User | None) -> None:
        access.check_may_assign(self.request.user, account, owner)
        accounts.assign_owner(account, owner, by=self.request.user)

    @verb()
    def reopen(self, account: Account) -> None:
        accounts.reopen_account(account, by=self.request.user)

    @verb(Proof)
    def suppress(self, account: Account, reason: str, proof: str) -> None:
        suppression.suppress_account(account, reason=reason, proof=proof, by=self.request.user)

    @verb(NoteText)
    def note(self, account: Account, text: str) -> None:
        notes.add_note(account, text, by=self.request.user)
