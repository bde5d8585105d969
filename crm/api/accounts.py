"""Accounts, and what one does with them."""

from typing import Any

from rest_framework import serializers

from crm import access
from crm.api.serializers import Own, Strict, StrictModel
from crm.api.views import Read, creates, edits, needed, verb
from crm.filters import AccountFilter, people_of
from crm.models import Account, AccountDomain, ExternalId, User
from crm.services import accounts, facts, notes, suppression

FACTS = (
    "name", "parent", "external_id", "domain", "phone", "street", "city", "postcode", "state_name", "country", "zone",
    "industry", "employees", "sites", "regulated", "tags", "custom", "window_from", "window_until", "fiscal_year_end",
    "renewal_on", "recontact_not_before",
)  # fmt: skip
STANDING = (
    "rung", "rung_at", "rests_until", "rest_reason", "closed_at", "closed_reason", "last_touched_at", "unhandled_mail",
    "created_at",
)  # fmt: skip


class AccountDomainSerializer(serializers.ModelSerializer):
    class Meta:
        model = AccountDomain
        fields = ["domain", "source"]


class ExternalIdSerializer(serializers.ModelSerializer):
    class Meta:
        model = ExternalId
        fields = ["system", "value"]


class AccountSerializer(StrictModel):
    owner_name = serializers.CharField(source="owner.name", default="", read_only=True)

    class Meta:
        model = Account
        fields = ["id", *FACTS, "owner", "owner_name", "facts", *STANDING]
        read_only_fields = ["owner", "facts", *STANDING]


class AccountDetail(AccountSerializer):
    """One account, with what hangs on it; a list leaves that out."""

    domains = AccountDomainSerializer(many=True, read_only=True)
    external_ids = ExternalIdSerializer(many=True, read_only=True)

    class Meta(AccountSerializer.Meta):
        fields = [*AccountSerializer.Meta.fields, "domains", "external_ids"]


def country_field() -> serializers.CharField:
    return serializers.CharField(
        max_length=80, required=False, allow_blank=True, help_text="A name or an ISO 3166-1 code."
    )


class NewAccount(StrictModel):
    country = country_field()
    owner = Own(people_of, User, required=False, allow_null=True)

    class Meta:
        model = Account
        fields = [*FACTS, "owner"]


class AccountFacts(StrictModel):
    country = country_field()

    class Meta:
        model = Account
        fields = [*FACTS]


class Owner(Strict):
    owner = Own(people_of, User, allow_null=True)


class Domain(Strict):
    domain = serializers.CharField(max_length=253)
    source = serializers.CharField(max_length=120, required=False, allow_blank=True)


class Number(Strict):
    system = serializers.CharField(max_length=60)
    value = serializers.CharField(max_length=120)


class Attribute(Strict):
    name = serializers.CharField(max_length=60)
    value = serializers.CharField(max_length=1000, allow_blank=True, help_text="Empty takes the attribute away.")
    source = serializers.CharField(max_length=120, required=False, allow_blank=True)


class Fields(Strict):
    checked = serializers.ListField(child=serializers.CharField(max_length=60), max_length=100, min_length=1)
    source = serializers.CharField(max_length=120, required=False, allow_blank=True)


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

    def get_serializer_class(self) -> type[AccountSerializer]:
        return AccountSerializer if self.action == "list" else AccountDetail

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

    @verb(Domain)
    def add_domain(self, account: Account, **given: Any) -> None:
        facts.add_domain(account, by=self.request.user, **given)

    @verb(Domain)
    def remove_domain(self, account: Account, domain: str, source: str = "") -> None:
        row = needed(
            account.domains.filter(domain=domain.strip().lower()).first(), f"{account} has no domain {domain}."
        )
        facts.drop_domain(row, by=self.request.user)

    @verb(Number)
    def add_external_id(self, account: Account, **given: Any) -> None:
        facts.add_number(account, by=self.request.user, **given)

    @verb(Number)
    def remove_external_id(self, account: Account, **given: Any) -> None:
        row = needed(account.external_ids.filter(**given).first(), f"{account} has no such number.")
        facts.drop_number(row, by=self.request.user)

    @verb(Attribute)
    def set_attribute(self, account: Account, **given: Any) -> None:
        facts.set_attribute(account, by=self.request.user, **given)

    @verb(Fields)
    def confirm(self, account: Account, checked: list[str], source: str = "") -> None:
        facts.confirm(account, checked, by=self.request.user, source=source)

    @verb()
    def reopen(self, account: Account) -> None:
        accounts.reopen_account(account, by=self.request.user)

    @verb(Proof)
    def suppress(self, account: Account, reason: str, proof: str) -> None:
        suppression.suppress_account(account, reason=reason, proof=proof, by=self.request.user)

    @verb(NoteText)
    def note(self, account: Account, text: str) -> None:
        notes.add_note(account, text, by=self.request.user)
