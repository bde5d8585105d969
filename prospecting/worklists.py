"""Worklists of lead generation as files: whom to find, which facts to look up again, a list as it stood."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.db.models import OuterRef, Subquery

from crm import clock
from crm.access import visible_conversations
from crm.errors import Refused
from crm.exports import answers, batches, refuse_unknown
from crm.filters import people_of
from crm.models import Role, User
from crm.rules.tables import OURS
from prospecting.models import Route, Segment, Snapshot, TemplateVersion
from prospecting.queries import overrides, roles, sequences, snapshots, stale
from prospecting.reports import findings, learning
from prospecting.rules import guard


class MissingForm(forms.Form):
    """How the worklist is narrowed."""

    segment = forms.ModelChoiceField(queryset=Segment.objects.none(), required=False, empty_label="Any list")
    role = forms.ModelChoiceField(
        queryset=Role.objects.exclude(slug="unknown"), required=False, to_field_name="slug", empty_label="Any role"
    )
    owner = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["segment"].queryset = roles.templates()  # type: ignore[attr-defined]
        mates = [(str(one.pk), one.name) for one in people_of(user).exclude(pk=user.pk).order_by("name")]
        self.fields["owner"].choices = [("", "Anyone"), (str(user.pk), "Me"), ("none", "Nobody"), *mates]  # type: ignore[attr-defined]

    def terms(self) -> dict[str, Any]:
        given = self.cleaned_data
        owner = given["owner"]
        return {
            "segment": given["segment"],
            "role": given["role"],
            "owner": int(owner) if owner.isdecimal() else None,
            "unowned": owner == "none",
        }


def missing(user: Any, asked: Any) -> Iterator[list[Any]]:
    """A row for each account of the worklist, with the roles that lack people and those who are known."""
    form = MissingForm(asked, user=user)
    answers(form, asked)
    entries = roles.missing(**form.terms())
    return (lacking(row) for batch in batches(entries) for row in roles.fill(batch))


def lacking(row: dict[str, Any]) -> list[Any]:
    account = row["account"]
    known = [f"{person.contact} ({place['role']})" for place in row["places"] for person in place["known"]]
    wanted = [f"{place['role']} × {place['missing']}" for place in row["missing"]]
    whose = [account.name, account.external_id, account.domain, account.city, account.owner and account.owner.email]
    return [*whose, row["segment"], row["percent"], wanted, known]


MISSING = (
    "account", "external_id", "domain", "city", "owner",
    *(f"{OURS}{name}" for name in ("segment", "filled, %", "missing", "known")),
)  # fmt: skip


class StaleForm(forms.Form):
    segment = forms.ModelChoiceField(Segment.objects.filter(archived_at=None))
    of = forms.ChoiceField(choices=[(noun, noun) for noun in stale.NOUNS], required=False)
    field = forms.CharField(max_length=60, required=False)


def old_facts(user: Any, asked: Any) -> Iterator[list[Any]]:
    """Every fact past its age on the list, oldest first; nothing is sampled here."""
    said = answers(StaleForm(asked), asked)
    found = stale.everything(said["segment"].target_list, said["of"] or "account", field=said["field"])
    return (
        [fact.account.name, fact.account.external_id, fact.account.domain, fact.contact, fact.contact and fact.contact.email,
         fact.field, fact.value, fact.checked, fact.source, fact.days]
        for fact in found
    )  # fmt: skip


STALE = (
    "account", "external_id", "domain",
    *(f"{OURS}{name}" for name in ("person", "email", "fact", "value", "checked", "source", "good for days")),
)  # fmt: skip


class SnapshotForm(forms.Form):
    snapshot = forms.ModelChoiceField(Snapshot.objects.all())
    show = forms.ChoiceField(choices=list(snapshots.SHOWN.items()), required=False)


def as_it_stood(user: Any, asked: Any) -> Iterator[list[Any]]:
    """Name, domain and rung as they stood; of who entered since, as they are."""
    said = answers(SnapshotForm(asked), asked)
    rows = snapshots.rows(said["snapshot"], said["show"])
    shown = rows.values_list("name", "domain", "rung")
    return (list(row) for batch in batches(shown, 2_000) for row in batch)


class ListForm(forms.Form):
    segment = forms.ModelChoiceField(Segment.objects.filter(archived_at=None))


def unknown(user: Any, asked: Any) -> Iterator[list[Any]]:
    """People on the list whose part nobody knows."""
    rows = roles.unknown_people(answers(ListForm(asked), asked)["segment"])
    rows = rows.order_by("account__name", "contact__last_name", "pk")
    return (
        [row.account.name, row.account.external_id, row.contact.first_name, row.contact.last_name, row.contact.email,
         row.title or row.contact.title, row.confidence, row.evidence]
        for batch in batches(rows) for row in batch
    )  # fmt: skip


UNKNOWN = (
    "account", f"{OURS}number of the account", "first_name", "last_name", "email", "title",
    *(f"{OURS}{name}" for name in ("confidence", "evidence")),
)  # fmt: skip


class OverrideForm(forms.Form):
    came = forms.ChoiceField(choices=overrides.CAME, required=False)
    reason = forms.ChoiceField(choices=guard.CHOICES, required=False)


def against_the_guard(user: Any, asked: Any) -> Iterator[list[Any]]:
    """Each time somebody went ahead all the same, and what came of it since."""
    said = answers(OverrideForm(asked), asked)
    rows = overrides.listed(said["came"], said["reason"]).order_by("-at", "-pk")
    return (
        [row.at, row.account.name, row.contact, guard.WORDS.get(row.reason, row.reason), row.sentence, row.by,
         row.answered, row.opted_out, row.held]
        for batch in batches(rows) for row in batch
    )  # fmt: skip


AGAINST = ("at", "account", "person", "reason", "why all the same", "by", "answered", "opted out", "meeting held")


class LearningForm(forms.Form):
    route = forms.ModelChoiceField(Route.objects.all())
    version = forms.IntegerField(min_value=1, max_value=2**31 - 1, required=False)
    segment = forms.ModelChoiceField(Segment.objects.all(), required=False)
    what = forms.CharField(max_length=40, required=False)
    stage = forms.CharField(max_length=200, required=False)
    role = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    first = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    reason = forms.CharField(max_length=60, required=False)


def taught(user: Any, asked: Any) -> Iterator[list[Any]]:
    """The accounts behind a figure of what a route taught us."""
    said = answers(LearningForm(asked), asked)
    cut = learning.Cut(said.pop("route"), said.pop("version"), said.pop("segment"))
    what = said.pop("what") or "contacted"
    seen = visible_conversations(user)
    rows = learning.accounts_behind(cut, what, **said, now=clock.now(), readable=seen).order_by("name", "pk")
    shown = rows.values_list("name", "external_id", "domain", "city", "country", "owner__email", "rung", "rung_at")
    return (list(row) for batch in batches(shown) for row in batch)


BEHIND = ("account", "external_id", "domain", "city", "country", "owner", "stands at", "since")


def texts(user: Any, asked: Any) -> Iterator[list[Any]]:
    """Every text in its newest version, found as its page finds it."""
    refuse_unknown(asked, "q")
    newest = TemplateVersion.objects.filter(template=OuterRef("pk")).order_by("-number")
    rows = sequences.templates_shown(asked.get("q", "").replace("\x00", "").strip()[:120])
    rows = rows.annotate(body=Subquery(newest.values("body")[:1])).order_by("name", "pk")
    shown = rows.values_list("name", "language", "number", "subject", "body", "used", "saved_at")
    return (list(row) for batch in batches(shown) for row in batch)


TEXTS = ("name", "language", "version", "subject", "text", "in sequences", "saved")


def snippets(user: Any, asked: Any) -> Iterator[list[Any]]:
    refuse_unknown(asked)
    rows: Any = sequences.snippets_shown()  # number and body are annotated
    shown = rows.order_by("name").values_list("name", "about", "language", "number", "body")
    return (list(row) for batch in batches(shown) for row in batch)


SNIPPETS = ("name", "what for", "language", "version", "text")


class FigureForm(forms.Form):
    """A figure of a segment's page: a finding by its term, a first role, or a route; and how far they came."""

    segment = forms.ModelChoiceField(Segment.objects.all())
    term = forms.CharField(max_length=600, required=False)
    first = forms.IntegerField(min_value=1, required=False)
    route = forms.IntegerField(min_value=1, required=False)
    what = forms.CharField(max_length=12, required=False)


def taught_of_segment(user: Any, asked: Any) -> Iterator[list[Any]]:
    said = answers(FigureForm(asked), asked)
    given = {name: str(value or "") for name, value in said.items() if name != "segment"}
    found = findings.behind(said["segment"], given, clock.now(), visible_conversations(user))
    if found is None:
        raise Refused("There is no figure of that name on this page.")
    shown = (
        found[0]
        .order_by("name", "pk")
        .values_list("name", "external_id", "domain", "city", "country", "owner__email", "rung", "rung_at")
    )
    return (list(row) for batch in batches(shown) for row in batch)
