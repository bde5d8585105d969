"""People, the accounts they belong to, and who must not be written to."""

from typing import Any

from rest_framework import serializers

from crm import access
from crm.api.accounts import country_field
from crm.api.serializers import Own, Strict, StrictModel
from crm.api.views import Read, creates, edits, verb
from crm.filters import ContactFilter, MembershipFilter, RoleFilter, SuppressionFilter
from crm.models import Account, Contact, Membership, Role, Suppression
from crm.services import contacts, memberships, roles, suppression

PERSON = (
    "first_name", "last_name", "email", "phone", "title", "language", "country", "street", "city", "postcode",
    "state_name", "zone", "external_id", "custom",
)  # fmt: skip


class ContactSerializer(StrictModel):
    class Meta:
        model = Contact
        fields = ["id", *PERSON, "source", "facts", "away_until", "stopped_at", "stopped_reason", "created_at"]


class ContactFacts(StrictModel):
    country = country_field()

    class Meta:
        model = Contact
        fields = [*PERSON]


def role_field(**options: Any) -> serializers.SlugRelatedField:
    return serializers.SlugRelatedField(slug_field="slug", queryset=Role.objects.all(), **options)


CONFIDENCE = [("certain", "Certain"), ("high", "High"), ("low", "Low")]


class NewContact(Strict):
    account = Own(access.workable_accounts, Account)
    role = role_field(required=False, allow_null=True)
    first_name = serializers.CharField(max_length=80, required=False, allow_blank=True)
    last_name = serializers.CharField(max_length=80, required=False, allow_blank=True)
    email = serializers.EmailField(max_length=320, required=False, allow_blank=True)
    phone = serializers.CharField(max_length=40, required=False, allow_blank=True)
    title = serializers.CharField(max_length=160, required=False, allow_blank=True)
    department = serializers.CharField(max_length=80, required=False, allow_blank=True)
    country = country_field()
    state_name = serializers.CharField(max_length=80, required=False, allow_blank=True)
    city = serializers.CharField(max_length=120, required=False, allow_blank=True)
    evidence = serializers.CharField(max_length=300, required=False, allow_blank=True)
    confidence = serializers.ChoiceField(CONFIDENCE, required=False)
    source = serializers.CharField(max_length=120, required=False, allow_blank=True)


class StopReason(Strict):
    reason = serializers.CharField(max_length=200)


class At(Strict):
    account = Own(access.workable_accounts, Account)
    role = role_field(required=False, allow_null=True)
    title = serializers.CharField(max_length=160, required=False, allow_blank=True)
    evidence = serializers.CharField(max_length=300, required=False, allow_blank=True)


class Away(Strict):
    first_day_back = serializers.DateField()


class ContactViewSet(Read):
    """People. The same person at two accounts is one contact with two memberships."""

    serializer_class = ContactSerializer
    filterset_class = ContactFilter
    visible = staticmethod(access.visible_contacts)
    write = staticmethod(access.contact_write)
    queryset = Contact.objects.none()

    @creates(NewContact)
    def create(self, account: Account, **person: Any) -> Contact:
        return contacts.add_contact(account, by=self.request.user, **person)

    @edits(ContactFacts)
    def partial_update(self, contact: Contact, **person: Any) -> None:
        contacts.edit_contact(contact, by=self.request.user, **person)

    @verb(At)
    def join(self, contact: Contact, account: Account, **part: Any) -> None:
        contacts.join(contact, account, by=self.request.user, source="by hand" if part.get("role") else "", **part)

    @verb(StopReason)
    def stop(self, contact: Contact, reason: str) -> None:
        contacts.stop_contact(contact, reason, by=self.request.user)

    @verb()
    def unstop(self, contact: Contact) -> None:
        contacts.unstop_contact(contact, by=self.request.user)

    @verb(Away)
    def away(self, contact: Contact, first_day_back: Any) -> None:
        contacts.set_away(contact, first_day_back, by=self.request.user)


class MembershipSerializer(StrictModel):
    role = serializers.SlugRelatedField(slug_field="slug", read_only=True)

    class Meta:
        model = Membership
        fields = [
            "id", "contact", "account", "role", "title", "department", "function", "level", "main", "confidence", "source",
            "evidence", "since", "until",
        ]  # fmt: skip


class NewRole(Strict):
    role = role_field()
    evidence = serializers.CharField(max_length=300, required=False, allow_blank=True)
    confidence = serializers.ChoiceField(CONFIDENCE, required=False)


class Part(Strict):
    title = serializers.CharField(max_length=160, required=False, allow_blank=True)
    department = serializers.CharField(max_length=80, required=False, allow_blank=True)


class Elsewhere(Strict):
    account = Own(access.workable_accounts, Account)
    why = serializers.CharField(max_length=300)
    title = serializers.CharField(max_length=160, required=False, allow_blank=True)
    role = role_field(required=False, allow_null=True)


class EndWhy(Strict):
    why = serializers.CharField(max_length=200)


class MembershipViewSet(Read):
    """Who plays which part where, with the evidence for it."""

    serializer_class = MembershipSerializer
    filterset_class = MembershipFilter
    visible = staticmethod(access.visible_memberships)
    write = staticmethod(access.membership_write)
    related = ("role",)
    queryset = Membership.objects.none()

    @verb(NewRole)
    def set_role(self, membership: Membership, role: Role, **shown_by: Any) -> None:
        contacts.set_role(membership, role, by=self.request.user, **shown_by)

    @edits(Part)
    def partial_update(self, membership: Membership, **part: Any) -> None:
        memberships.edit_membership(membership, by=self.request.user, **part)

    @verb(Elsewhere)
    def move(self, membership: Membership, account: Account, **said: Any) -> None:
        contacts.move(membership, account, by=self.request.user, **said)

    @verb()
    def make_main(self, membership: Membership) -> None:
        memberships.make_main(membership, by=self.request.user)

    @verb(EndWhy)
    def end(self, membership: Membership, why: str) -> None:
        contacts.end_membership(membership, by=self.request.user, why=why)


class RoleSerializer(StrictModel):
    class Meta:
        model = Role
        fields = ["id", "slug", "name", "order", "description"]


class RemovedSerializer(serializers.Serializer):
    """What was taken away, by its name."""

    name = serializers.CharField()


class RoleViewSet(Read):
    """The parts people play when an account decides."""

    serializer_class = RoleSerializer
    filterset_class = RoleFilter
    visible = staticmethod(lambda user: Role.objects.all())
    queryset = Role.objects.none()

    @verb(answer=RemovedSerializer, policy="admin")
    def remove(self, role: Role) -> Role:
        roles.remove_role(role, by=self.request.user)
        return role


class SuppressionSerializer(StrictModel):
    class Meta:
        model = Suppression
        fields = ["id", "kind", "value", "account", "contact", "reason", "by", "at", "lifted_at", "lifted_by"]


class NewSuppression(Strict):
    """One address or one domain; an account is suppressed at /accounts/{id}/suppress/."""

    kind = serializers.ChoiceField([("address", "Address"), ("domain", "Domain")])
    value = serializers.CharField(max_length=320)
    reason = serializers.CharField(max_length=200)
    proof = serializers.CharField(required=False, allow_blank=True, default="", max_length=10_000)


class SuppressionViewSet(Read):
    """Do not contact: by address, by domain, by account."""

    serializer_class = SuppressionSerializer
    filterset_class = SuppressionFilter
    visible = staticmethod(access.visible_suppressions)
    write = staticmethod(access.suppression_write)
    ordering = ("-id",)
    queryset = Suppression.objects.none()

    @creates(NewSuppression)
    def create(self, kind: str, value: str, reason: str, proof: str) -> Suppression:
        suppress = suppression.suppress_address if kind == "address" else suppression.suppress_domain
        return suppress(value, reason=reason, proof=proof, by=self.request.user)

    @verb(policy="lead")
    def lift(self, row: Suppression) -> None:
        suppression.lift(row, by=self.request.user)
