"""Sequences, their steps by role and channel, and the versioned texts they use."""

from collections.abc import Iterable, Mapping
from collections.abc import Sequence as Many
from typing import Any

from django.db import transaction
from django.db.models import Max

from crm import clock
from crm.errors import Refused
from crm.models import Account, Contact, Event, Mailbox, Organisation, Role, User
from prospecting.models import RouteVersion, Sequence, SequenceVersion, Step, Template, TemplateVersion
from prospecting.models.sequence import SEQUENCE_VERSION
from prospecting.rules import merge_language

FIELDS = {
    "first_name": "First name",
    "last_name": "Last name",
    "title": "Title",
    "company": "Account",
    "city": "City",
    "country": "Country",
    "industry": "Industry",
    "sites": "Number of sites",
    "employees": "Number of people",
    "regulated": "Regulated categories",
    "referrer": "Who named them",
    "sender_name": "Sender's name",
    "sender_first_name": "Sender's first name",
    "our_name": "Our organisation",
}


@transaction.atomic
def save_template(name: str, *, subject: str, body: str, by: User | None, language: str = "en") -> TemplateVersion:
    """A new immutable version; an unknown field or an unclosed tag is refused with its line."""
    for part, words in ((subject, "subject"), (body, "body")):
        _parse(part, words)
    if not body.strip():
        raise Refused("Write something first: the body is empty.")
    template, _ = Template.objects.get_or_create(
        name=name.strip(), defaults={"language": language, "created_at": clock.now()}
    )
    Template.objects.select_for_update().get(pk=template.pk)
    latest = template.versions.order_by("-number").first()
    if latest and (latest.subject, latest.body) == (subject, body):
        return latest
    version = TemplateVersion.objects.create(
        template=template, number=latest.number + 1 if latest else 1,
        subject=subject, body=body, by=by, created_at=clock.now(),
    )  # fmt: skip
    Event.record("template.saved", by=by, subject=version)
    return version


def _parse(source: str, words: str) -> tuple[merge_language.Node, ...]:
    try:
        return merge_language.parse(source, fields=FIELDS)
    except merge_language.TemplateError as error:
        raise Refused(f"The {words} cannot be used. {error}", line=error.line) from error


def render(
    version: TemplateVersion, *, contact: Contact, account: Account, sender: User, referrer: str = ""
) -> tuple[str, str]:
    """Subject and body with every field filled in; Refused names what is empty and has no fallback."""
    values = merge_values(contact, account, sender, referrer)
    try:
        subject = merge_language.render_line(_parse(version.subject, "subject"), values)
        return subject, merge_language.render(_parse(version.body, "body"), values)
    except merge_language.Missing as missing:
        known = ", ".join(FIELDS[name].lower() for name in missing.fields)
        raise Refused(
            f"For {contact.name} this is not known: {known}. Add it, or give the text a fallback."
        ) from missing


def merge_values(contact: Contact, account: Account, sender: User, referrer: str = "") -> dict[str, object]:
    organisation = Organisation.objects.first()
    return {
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "title": contact.title,
        "company": account.name,
        "city": account.city,
        "country": account.country,
        "industry": account.industry,
        "sites": account.sites,
        "employees": account.employees,
        "regulated": ", ".join(account.regulated),
        "referrer": referrer,
        "sender_name": str(sender),
        "sender_first_name": sender.get_short_name(),
        "our_name": organisation.name if organisation else "",
    }


@transaction.atomic
def create_sequence(name: str, description: str = "", *, by: User | None) -> Sequence:
    if Sequence.objects.filter(name__iexact=name.strip()).exists():
        raise Refused(f"There is a sequence named “{name.strip()}” already.")
    sequence = Sequence.objects.create(name=name.strip(), description=description, created_at=clock.now())
    Event.record("sequence.created", by=by, subject=sequence)
    return sequence


@transaction.atomic
def draft(
    sequence: Sequence, steps: Many[Mapping[str, Any]], *, by: User | None, mailboxes: Iterable[Mailbox] = ()
) -> SequenceVersion:
    """Write or rewrite the draft. A step: role (slug), order, channel, wait_days, template, same_thread, task."""
    Sequence.objects.select_for_update().get(pk=sequence.pk)
    version = sequence.versions.filter(state=SequenceVersion.State.DRAFT).first()
    if version is None:
        number = (sequence.versions.aggregate(n=Max("number"))["n"] or 0) + 1
        version = SequenceVersion.objects.create(sequence=sequence, number=number, by=by, created_at=clock.now())
    version.steps.all().delete()
    version.mailboxes.set(mailboxes)
    roles = {role.slug: role for role in Role.objects.all()}
    counted: dict[str, int] = {}
    for step in steps:
        slug = str(step["role"])
        counted[slug] = counted.get(slug, 0) + 1
        _add_step(version, step, roles.get(slug), int(step.get("order") or counted[slug]))
    return version


def _add_step(version: SequenceVersion, step: Mapping[str, Any], role: Role | None, order: int) -> None:
    channel, template = str(step.get("channel", "email")), step.get("template")
    if role is None:
        raise Refused(f"There is no role “{step['role']}”.")
    if channel == Step.Channel.EMAIL and template is None:
        raise Refused(f"{role}, step {order}: a mail needs a text.")
    Step.objects.create(
        version=version,
        role=role,
        order=order,
        key=int(step.get("key") or order),
        channel=channel,
        wait_days=int(step.get("wait_days", 0)),
        template=template if channel == Step.Channel.EMAIL else None,
        same_thread=bool(step.get("same_thread", True)),
        task=str(step.get("task", ""))[:200],
    )


@transaction.atomic
def publish(version: SequenceVersion, *, by: User | None) -> SequenceVersion:
    """Make a draft usable and immutable; walks in progress stay on theirs."""
    steps = list(version.steps.select_related("role", "template").order_by("role", "order"))
    if not steps:
        raise Refused("A sequence needs at least one step.")
    for step in steps:
        first = not any(s.role_id == step.role_id and s.channel == "email" and s.order < step.order for s in steps)
        if step.template and first and not step.template.subject.strip():
            raise Refused(f"{step.role}, step {step.order}: the first mail to someone needs a subject.")
    return SEQUENCE_VERSION.move(version, SequenceVersion.State.PUBLISHED, by=by, set={"published_at": clock.now()})


@transaction.atomic
def discard(version: SequenceVersion, *, by: User | None) -> None:
    SEQUENCE_VERSION.move(version, SequenceVersion.State.DISCARDED, by=by)


def roles_without_steps(version: SequenceVersion, route_version: RouteVersion) -> list[Role]:
    """Roles the route passes that the sequence has nothing for."""
    on_route = Role.objects.filter(pk__in=route_version.stages.values("roles"))
    return list(on_route.exclude(pk__in=version.steps.values("role")).distinct())


def current_version(sequence: Sequence) -> SequenceVersion | None:
    return sequence.versions.filter(state=SequenceVersion.State.PUBLISHED).order_by("-number").first()
