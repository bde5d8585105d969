"""What may be filtered in crm: one FilterSet per noun, shared by page, API, admin action and export."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import django_filters as f
from django import forms
from django.db.models import BigIntegerField, Exists, F, Func, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.http import QueryDict

from crm import words
from crm.errors import Refused
from crm.models import (
    Account,
    Contact,
    ContactAddress,
    Conversation,
    Delivery,
    DuplicatePair,
    Event,
    Import,
    ImportRow,
    Mailbox,
    Membership,
    Merge,
    Message,
    Note,
    Role,
    Suppression,
    Team,
    TitleRule,
    User,
    Webhook,
)
from crm.models.duplicates import KINDS
from crm.rules import titles

# Parameters that steer a list and filter nothing.
STEERING = frozenset({"cursor", "page_size", "page", "after", "before", "o", "view", "format"})


class Listed(f.FilterSet):
    """An allow-list: a parameter nobody declared is refused by name, never silently ignored."""

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        """A box left at *any* is sent along as an empty word; of several choices that is none of them, not a wrong one."""
        several = [name for name, one in self.base_filters.items() if isinstance(one, f.MultipleChoiceFilter)]
        if isinstance(data, QueryDict) and any("" in data.getlist(name) for name in several):
            data = data.copy()
            for name in several:
                data.setlist(name, [value for value in data.getlist(name) if value])
        super().__init__(data, *args, **kwargs)

    def unknown(self, also: Iterable[str] = STEERING) -> list[str]:
        known = {key for name, one in self.filters.items() for key in parameters(name, one)}
        return sorted(set(self.data) - known - set(also))

    def found(self, also: Iterable[str] = STEERING) -> QuerySet[Any]:
        """The rows that fit; raises Refused naming what is unknown or cannot be read."""
        if strange := self.unknown(also):
            raise Refused(f"There is no filter called {strange[0]}.", fields={strange[0]: ["Unknown filter."]})
        if not self.is_valid():
            name, problems = next(iter(self.errors.items()))
            raise Refused(f"The filter {name} cannot be read: {problems[0]}", fields=dict(self.errors))
        return self.qs


def parameters(name: str, one: Any) -> list[str]:
    """The names under which a filter reads its values: two for a range."""
    suffixes = getattr(getattr(one.field, "widget", None), "suffixes", None)
    return [f"{name}_{suffix}" for suffix in suffixes] if suffixes else [name]


def since(column: str, label: str) -> f.IsoDateTimeFilter:
    return f.IsoDateTimeFilter(column, "gte", label=label)


def until(column: str, label: str) -> f.IsoDateTimeFilter:
    return f.IsoDateTimeFilter(column, "lt", label=label)


def people(request: Any = None) -> QuerySet[User]:
    return User.objects.filter(is_active=True)


def people_of(user: User) -> QuerySet[User]:
    """Whom a user may hand an account to: for admins everyone, else their team."""
    everyone = people()
    return everyone if user.is_admin else everyone.filter(Q(team=user.team_id, team__isnull=False) | Q(pk=user.pk))


def among(everyone: Iterable[User], user: User) -> list[User]:
    """The same of people who were read already."""
    return [
        one for one in everyone if user.is_admin or one.pk == user.pk or (one.team_id and one.team_id == user.team_id)
    ]


def rungs() -> list[tuple[str, str]]:
    """Read when asked: the apps above enter their rungs when they start."""
    return list(words.RUNGS.items())


def holds(column: str, words: str) -> Q:
    """Anywhere in the text; of one or two letters its beginning, because an index of trigrams cannot find less."""
    return Q(**{f"{column}__{'icontains' if len(words) > 2 else 'istartswith'}": words})


class WordsFilter(f.BaseInFilter, f.CharFilter):
    """Several words separated by commas."""


class YesNoFilter(f.TypedChoiceFilter):
    """Yes or no; anything else is refused rather than taken for "either"."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        choices = [("true", "Yes"), ("false", "No")]
        super().__init__(*args, **{"choices": choices, "coerce": "true".__eq__, **kwargs})


class WholeFilter(f.Filter):
    """A whole number that fits the database's columns: no fractions, no exponents, no surprises."""

    field_class = forms.IntegerField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"min_value": 0, "max_value": 2**31 - 1, **kwargs})


class IdFilter(WholeFilter):
    """The id of a row."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"min_value": 1, "max_value": 2**63 - 1, **kwargs})


class _Loaded(f.fields.ModelChoiceIterator):
    """The choices as their field has read them; Django's own reads them anew each time."""

    def __iter__(self) -> Any:
        if self.field.empty_label is not None:
            yield ("", self.field.empty_label)
        if self.field.null_label is not None:
            yield (self.field.null_value, self.field.null_label)
        yield from map(self.choice, self.queryset)


class FewField(f.fields.ModelChoiceField):
    iterator = _Loaded

    def to_python(self, value: Any) -> Any:
        """Raises ValidationError for what is not on offer."""
        if value in self.empty_values or value == self.null_value:
            return super().to_python(value)
        asked, key = str(getattr(value, "pk", value)), self.to_field_name or "pk"
        if row := next((row for row in self.queryset if str(getattr(row, key)) == asked), None):
            return row
        raise forms.ValidationError(self.error_messages["invalid_choice"], "invalid_choice", {"value": value})


class FewFilter(f.ModelChoiceFilter):
    """One of few rows, read once: to offer them and to know the one that was chosen."""

    field_class = FewField


# Further filters of the account list, entered by upper apps in AppConfig.ready(): lists, sequences, states.
Narrow = Callable[[QuerySet[Account], Any], QuerySet[Account]]


class AccountFilter(Listed):
    q = f.CharFilter(method="search", label="Name or domain")
    rung = f.MultipleChoiceFilter(choices=rungs, label="Stands at", distinct=False)
    owner = FewFilter(queryset=people, label="Owner")
    team = FewFilter("owner__team", queryset=lambda request: Team.objects.all(), label="Team")
    unowned = YesNoFilter("owner", "isnull", label="Without an owner")
    country = f.CharFilter(method="in_country", max_length=2, label="Country")
    industry = f.CharFilter(label="Industry")
    tag = f.CharFilter(method="tagged", label="Tag")
    parent = IdFilter("parent_id", label="Parent")
    external_id = f.CharFilter(label="External id")
    domain = f.CharFilter(method="at_domain", label="Domain")
    employees_min = WholeFilter("employees", "gte", label="Employees, at least")
    employees_max = WholeFilter("employees", "lte", label="Employees, at most")
    closed = YesNoFilter("closed_at", "isnull", exclude=True, label="Closed")
    resting = YesNoFilter("rests_until", "isnull", exclude=True, label="Resting")
    unhandled = YesNoFilter(method="with_unhandled", label="With mail nobody handled yet")
    touched_since = since("last_touched_at", "Last touched since")
    touched_before = until("last_touched_at", "Last touched before")
    created_since = since("created_at", "Entered since")
    imported = IdFilter(method="of_import", label="Written by the import")

    class Meta:
        model = Account
        fields: list[str] = []

    @classmethod
    def also(cls, more: Mapping[str, f.Filter]) -> None:
        """For upper apps: what they know of an account becomes a filter of the same list."""
        for name, one in more.items():
            one.field_name = one.field_name or name
            cls.base_filters[name] = one

    def search(self, rows: QuerySet[Account], name: str, value: str) -> QuerySet[Account]:
        return rows.filter(holds("name", value) | Q(domain__startswith=value.lower()))

    def in_country(self, rows: QuerySet[Account], name: str, value: str) -> QuerySet[Account]:
        return rows.filter(country=value.upper())

    def at_domain(self, rows: QuerySet[Account], name: str, value: str) -> QuerySet[Account]:
        return rows.filter(domain=value.lower())

    def tagged(self, rows: QuerySet[Account], name: str, value: str) -> QuerySet[Account]:
        return rows.filter(tags__contains=[value])

    def of_import(self, rows: QuerySet[Account], name: str, value: int) -> QuerySet[Account]:
        return rows.filter(pk__in=written(value, ImportRow.Noun.ACCOUNT))

    def with_unhandled(self, rows: QuerySet[Account], name: str, value: bool) -> QuerySet[Account]:
        return rows.filter(unhandled_mail__gt=0) if value else rows.filter(unhandled_mail=0)


class ContactFilter(Listed):
    q = f.CharFilter(method="search", label="Name or address")
    email = f.CharFilter(method="under", label="Address")
    account = IdFilter(method="at_account", label="Account")
    role = f.ModelChoiceFilter(
        method="in_role",
        queryset=lambda request: Role.objects.all(),
        to_field_name="slug",
        label="Role",
        empty_label="Any",
    )
    unplaced = YesNoFilter(method="without_account", label="Without an account")
    stopped = YesNoFilter("stopped_at", "isnull", exclude=True, label="No more outreach")
    language = f.CharFilter(method="speaking", max_length=2, label="Language")
    external_id = f.CharFilter(label="External id")
    imported = IdFilter(method="of_import", label="Written by the import")

    class Meta:
        model = Contact
        fields: list[str] = []

    def search(self, rows: QuerySet[Contact], name: str, value: str) -> QuerySet[Contact]:
        """By surname (a first name may stand before it) or by the whole address: each has its index."""
        *first, last = value.split() or [""]
        named = holds("last_name", last)
        if first:
            named &= Q(first_name__istartswith=first[0])
        return rows.filter(named | under_address(value))

    def of_import(self, rows: QuerySet[Contact], name: str, value: int) -> QuerySet[Contact]:
        return rows.filter(pk__in=written(value, ImportRow.Noun.CONTACT))

    def at_account(self, rows: QuerySet[Contact], name: str, value: int) -> QuerySet[Contact]:
        return rows.filter(pk__in=current(account_id=value))

    def in_role(self, rows: QuerySet[Contact], name: str, value: Role) -> QuerySet[Contact]:
        return rows.filter(pk__in=current(role=value))

    def without_account(self, rows: QuerySet[Contact], name: str, value: bool) -> QuerySet[Contact]:
        placed = Exists(Membership.objects.filter(until=None, contact=OuterRef("pk")))
        return rows.filter(~placed if value else placed)

    def under(self, rows: QuerySet[Contact], name: str, value: str) -> QuerySet[Contact]:
        return rows.filter(under_address(value))

    def speaking(self, rows: QuerySet[Contact], name: str, value: str) -> QuerySet[Contact]:
        return rows.filter(language=value.lower())


def written(pk: int, noun: str) -> QuerySet[Any]:
    """The records that an import made or changed, as ids; new ones stand in stretches."""
    each = Func(
        F("record_id"), Coalesce("last_id", "record_id"), function="generate_series", output_field=BigIntegerField()
    )
    return ImportRow.objects.filter(of=pk, noun=noun).values_list(each)


def under_address(value: str) -> Q:
    """Who writes under this address, also one they brought along in a merge."""
    key = value.strip().lower()
    theirs = Q(email_norm=key)
    if "@" in key:  # asked before: a subquery in an OR would walk the table
        theirs |= Q(pk__in=list(ContactAddress.objects.filter(email_norm=key).values_list("contact", flat=True)))
    return theirs


def current(**terms: Any) -> QuerySet[Any]:
    """Contacts with an open membership, as ids: an EXISTS, so nobody counts twice."""
    return Membership.objects.filter(until=None, **terms).order_by().values("contact")


class MembershipFilter(Listed):
    account = IdFilter("account_id", label="Account")
    contact = IdFilter("contact_id", label="Person")
    role = f.ModelChoiceFilter(
        queryset=lambda request: Role.objects.all(), to_field_name="slug", label="Role", empty_label="Any"
    )
    current = YesNoFilter("until", "isnull", label="Still there")
    confidence = f.ChoiceFilter(choices=[("certain", "Certain"), ("high", "High"), ("low", "Low")], label="Confidence")
    function = f.ChoiceFilter(choices=list(titles.FUNCTIONS.items()), label="Function")
    level = f.ChoiceFilter(choices=list(titles.LEVELS.items()), label="Level")

    class Meta:
        model = Membership
        fields: list[str] = []


class TitleRuleFilter(Listed):
    q = f.CharFilter("phrases", "icontains", label="Words")
    language = f.CharFilter("language", "iexact", max_length=2, label="Language")
    function = f.ChoiceFilter(choices=list(titles.FUNCTIONS.items()), label="Function")
    level = f.ChoiceFilter(choices=list(titles.LEVELS.items()), label="Level")
    role = f.ModelChoiceFilter(
        queryset=lambda request: Role.objects.all(), to_field_name="slug", label="Role", empty_label="Any"
    )
    confidence = f.ChoiceFilter(choices=[("high", "High"), ("low", "Low")], label="Confidence")
    active = YesNoFilter("active", label="In use")

    class Meta:
        model = TitleRule
        fields: list[str] = []


class EventFilter(Listed):
    account = IdFilter("account_id", label="Account")
    contact = IdFilter("contact_id", label="Person")
    kind = WordsFilter("kind", lookup_expr="in", label="Kind")
    family = f.ChoiceFilter(
        method="of_family",
        choices=[("said", "Said"), ("sent", "Sent"), ("decided", "Decided")],
        label="Said, sent or decided",
    )
    about = f.ChoiceFilter(
        method="of_subject", choices=lambda: [(key, name) for key, (name, _) in words.SUBJECTS.items()], label="About"
    )
    direction = f.ChoiceFilter(
        method="going", choices=list(words.DIRECTIONS.items()), label="From them, from us, inside"
    )
    since = since("at", "Since")
    until = until("at", "Before")

    class Meta:
        model = Event
        fields: list[str] = []

    def of_subject(self, rows: QuerySet[Event], name: str, value: str) -> QuerySet[Event]:
        kinds = Q()
        for begins in words.SUBJECTS[value][1]:
            kinds |= Q(kind__startswith=begins)
        return rows.filter(kinds)

    def going(self, rows: QuerySet[Event], name: str, value: str) -> QuerySet[Event]:
        """Kinds that nobody entered are inside: they are told by their own name rather than hidden."""
        if value == "inside":
            return rows.exclude(kind__in=[*words.kinds_toward("in"), *words.kinds_toward("out")])
        return rows.filter(kind__in=words.kinds_toward(value))

    def of_family(self, rows: QuerySet[Event], name: str, value: str) -> QuerySet[Event]:
        return rows.filter(kind__in=words.kinds_of(value))


class ConversationFilter(Listed):
    account = IdFilter("account_id", label="Account")
    contact = IdFilter("contact_id", label="Person")
    mailbox = IdFilter("mailbox_id", label="Mailbox")
    q = f.CharFilter("subject", "icontains", label="Subject")
    since = since("last_message_at", "Last message since")
    until = until("last_message_at", "Last message before")

    class Meta:
        model = Conversation
        fields: list[str] = []


class MessageFilter(Listed):
    conversation = IdFilter("conversation_id", label="Conversation")
    account = IdFilter("account_id", label="Account")
    contact = IdFilter("contact_id", label="Person")
    direction = f.ChoiceFilter(choices=Message.Direction.choices, label="Direction")
    state = f.ChoiceFilter(choices=Message.State.choices, label="State")
    kind = f.CharFilter(label="Kind")
    message_id = f.CharFilter(label="Message-ID")
    since = since("at", "Since")
    until = until("at", "Before")

    class Meta:
        model = Message
        fields: list[str] = []


class SuppressionFilter(Listed):
    kind = f.ChoiceFilter(choices=Suppression.Kind.choices, label="Kind")
    value = f.CharFilter("value", "iexact", label="Address or domain")
    account = IdFilter("account_id", label="Account")
    contact = IdFilter("contact_id", label="Person")
    standing = YesNoFilter("lifted_at", "isnull", label="Standing")

    class Meta:
        model = Suppression
        fields: list[str] = []


class MailboxFilter(Listed):
    state = f.ChoiceFilter(choices=Mailbox.State.choices, label="State")
    team = IdFilter("team_id", label="Team")
    owner = IdFilter("owner_id", label="Owner")

    class Meta:
        model = Mailbox
        fields: list[str] = []


class WebhookFilter(Listed):
    state = f.ChoiceFilter(choices=Webhook.State.choices, label="State")
    team = IdFilter("team_id", label="Team")

    class Meta:
        model = Webhook
        fields: list[str] = []


class DeliveryFilter(Listed):
    state = f.ChoiceFilter(choices=Delivery.State.choices, label="State")
    kind = f.CharFilter(label="Kind")
    webhook = IdFilter("webhook_id", label="Webhook")

    class Meta:
        model = Delivery
        fields: list[str] = []


class NoteFilter(Listed):
    account = IdFilter("account_id", label="Account")
    contact = IdFilter("contact_id", label="Person")

    class Meta:
        model = Note
        fields: list[str] = []


class ImportFilter(Listed):
    kind = f.ChoiceFilter(choices=Import._meta.get_field("kind").choices, label="Kind")
    state = f.ChoiceFilter(choices=Import.State.choices, label="State")

    class Meta:
        model = Import
        fields: list[str] = []


class DuplicatePairFilter(Listed):
    kind = f.ChoiceFilter(choices=KINDS, label="Kind")
    band = f.ChoiceFilter(choices=DuplicatePair._meta.get_field("band").choices, label="Band")
    state = f.ChoiceFilter(choices=DuplicatePair.State.choices, label="State")

    class Meta:
        model = DuplicatePair
        fields: list[str] = []


class MergeFilter(Listed):
    kind = f.ChoiceFilter(choices=KINDS, label="Kind")
    undone = YesNoFilter("undone_at", "isnull", exclude=True, label="Undone")

    class Meta:
        model = Merge
        fields: list[str] = []


class UserFilter(Listed):
    team = IdFilter("team_id", label="Team")
    job = f.ChoiceFilter(choices=User.Job.choices, label="Job")
    active = YesNoFilter("is_active", label="Active")

    class Meta:
        model = User
        fields: list[str] = []


class TeamFilter(Listed):
    class Meta:
        model = Team
        fields: list[str] = []


class RoleFilter(Listed):
    class Meta:
        model = Role
        fields: list[str] = []
