"""Sequences: drafts of steps by role and channel, published as versions that never change."""

from collections.abc import Iterable, Mapping
from collections.abc import Sequence as Many
from typing import Any

from django.db import transaction
from django.db.models import Max

from crm import clock
from crm.errors import Refused
from crm.models import Event, Mailbox, Role, User
from prospecting.models import RouteVersion, Sequence, SequenceVersion, SnippetVersion, Step, TemplateVersion
from prospecting.models.sequence import SEQUENCE_VERSION
from prospecting.rules import merge_language, step_keys
from prospecting.services.templates import FIELDS, merge_values, render, save_snippet, save_template

MOST_STEPS = 40
MOST_WAIT = 365
__all__ = [
    "FIELDS", "create_sequence", "current_version", "discard", "draft", "draft_newest_texts", "merge_values",
    "publish", "render", "roles_without_steps", "save_snippet", "save_template",
]  # fmt: skip


@transaction.atomic
def create_sequence(name: str, description: str = "", *, by: User | None) -> Sequence:
    name = " ".join(name.split())
    if not name:
        raise Refused("Give the sequence a name.")
    if Sequence.objects.filter(name__iexact=name).exists():
        raise Refused(f"There is a sequence named “{name}” already.")
    sequence = Sequence.objects.create(name=name, description=description, created_at=clock.now())
    Event.record("sequence.created", by=by, subject=sequence)
    return sequence


@transaction.atomic
def draft(
    sequence: Sequence, steps: Many[Mapping[str, Any]], *, by: User | None, mailboxes: Iterable[Mailbox] | None = ()
) -> SequenceVersion:
    """Write or rewrite the draft. A step: role (slug), order, channel, wait_days, template, same_thread, task, key.

    A step's key says which step of the versions before it is (0: a new one); without it the same text or place says so.
    `mailboxes=None` keeps those of the version before.
    """
    if len(steps) > MOST_STEPS:
        raise Refused(f"A sequence has at most {MOST_STEPS} steps; this one has {len(steps)}.")
    Sequence.objects.select_for_update().get(pk=sequence.pk)
    newest = sequence.versions.exclude(state=SequenceVersion.State.DISCARDED).order_by("-number").first()
    kept = list(newest.mailboxes.all()) if newest and mailboxes is None else mailboxes
    placed = _placed(steps)
    keys = _keys(sequence, placed)
    version = newest if newest and newest.state == SequenceVersion.State.DRAFT else _new_draft(sequence, by)
    version.steps.all().delete()
    version.mailboxes.set(kept or ())
    roles = {role.slug: role for role in Role.objects.all()}
    for (step, order), key in zip(placed, keys, strict=True):
        _add_step(version, step, roles.get(str(step["role"])), order, key)
    return version


def _new_draft(sequence: Sequence, by: User | None) -> SequenceVersion:
    number = (sequence.versions.aggregate(n=Max("number"))["n"] or 0) + 1
    return SequenceVersion.objects.create(sequence=sequence, number=number, by=by, created_at=clock.now())


def _placed(steps: Many[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], int]]:
    """Each with its place among the steps of its role: as said, else as they come."""
    counted: dict[str, int] = {}
    found = []
    for step in steps:
        slug = str(step["role"])
        counted[slug] = counted.get(slug, 0) + 1
        found.append((step, int(step.get("order") or counted[slug])))
    if len({(str(step["role"]), order) for step, order in found}) < len(found):
        raise Refused("Two steps of one role have the same number.")
    return found


def _keys(sequence: Sequence, steps: Many[tuple[Mapping[str, Any], int]]) -> list[int]:
    ever = Step.objects.filter(version__sequence=sequence).exclude(version__state=SequenceVersion.State.DISCARDED)
    rows = ever.order_by("-version__number", "order").values_list(
        "role__slug", "key", "order", "channel", "template__template_id"
    )
    known = list({(row[0], row[1]): step_keys.Known(*row) for row in reversed(rows)}.values())
    highest = dict(
        Step.objects.filter(version__sequence=sequence).order_by().values_list("role__slug").annotate(Max("key"))
    )
    return step_keys.keys([_wanted(step, order) for step, order in steps], known, highest)


def _wanted(step: Mapping[str, Any], order: int) -> step_keys.Wanted:
    template, key = step.get("template"), step.get("key")
    text = template.template_id if template else None
    return step_keys.Wanted(str(step["role"]), order, str(step.get("channel", "email")), text, key)


def _add_step(version: SequenceVersion, step: Mapping[str, Any], role: Role | None, order: int, key: int) -> None:
    channel, template, wait = str(step.get("channel", "email")), step.get("template"), int(step.get("wait_days", 0))
    if role is None or role.slug == "unknown":
        raise Refused(f"There is no role “{step['role']}” that a step could be for.")
    if channel not in Step.Channel.values:
        raise Refused(f"{role}, step {order}: there is no way “{channel}”.")
    if channel == Step.Channel.EMAIL and template is None:
        raise Refused(f"{role}, step {order}: a mail needs a text.")
    if not 0 <= wait <= MOST_WAIT:
        raise Refused(f"{role}, step {order}: it waits 0 to {MOST_WAIT} working days.")
    Step.objects.create(
        version=version,
        role=role,
        order=order,
        key=key,
        channel=channel,
        wait_days=wait,
        template=template,
        same_thread=bool(step.get("same_thread", True)),
        task=str(step.get("task", ""))[:200],
    )


@transaction.atomic
def publish(version: SequenceVersion, *, by: User | None, reason: str = "") -> SequenceVersion:
    """Make a draft usable and immutable, with its snippets as they are now; walks in progress stay on theirs."""
    Sequence.objects.select_for_update().get(pk=version.sequence_id)
    steps = list(version.steps.select_related("role", "template__template").order_by("role", "order"))
    if problem := next(iter(problems(steps)), ""):
        raise Refused(problem)
    version.snippets.set(snippets_of(step.template for step in steps if step.template))
    columns = {"published_at": clock.now(), "reason": reason[:300]}
    return SEQUENCE_VERSION.move(version, SequenceVersion.State.PUBLISHED, by=by, why=reason[:300], set=columns)


def problems(steps: Many[Step]) -> list[str]:
    """Why these steps cannot be used yet, in words; they come ordered by role and place."""
    if not steps:
        return ["A sequence needs at least one step."]
    found = []
    for step in steps:
        mails = [s for s in steps if s.role_id == step.role_id and s.channel == Step.Channel.EMAIL]
        begins = step.channel == Step.Channel.EMAIL and (step is mails[0] or not step.same_thread)
        if begins and step.template and (lacking := _without_subject(step.template)):
            which = "the first mail to someone" if step is mails[0] else "a new thread"
            found.append(f"{step.role}, step {step.order}: {which} needs a subject{lacking}.")
    return found


def _without_subject(text: TemplateVersion) -> str:
    """Where a subject is missing: "" for nowhere, else words that end the sentence."""
    if not text.subject.strip():
        return f", and “{text.template}” has none"
    lacking = [code for code, part in text.variants.items() if not part["subject"].strip()]
    return f", and “{text.template}” has none in {', '.join(lacking)}" if lacking else ""


def snippets_of(texts: Iterable[TemplateVersion]) -> list[SnippetVersion]:
    """The shared paragraphs these texts name, as they stand now."""
    sources = [part for text in texts for part in all_parts(text)]
    names = {name for source in sources for name in merge_language.snippet_names(source)}
    newest = (
        SnippetVersion.objects.filter(snippet__name__in=names).order_by("snippet_id", "-number").distinct("snippet_id")
    )
    return list(newest)


def all_parts(text: TemplateVersion) -> list[str]:
    return [text.subject, text.body, *(part for one in text.variants.values() for part in one.values())]


@transaction.atomic
def draft_newest_texts(sequence: Sequence, *, by: User | None) -> SequenceVersion:
    """A draft like the newest version, with every text as it was last saved."""
    newest = sequence.versions.exclude(state=SequenceVersion.State.DISCARDED).order_by("-number").first()
    if newest is None:
        raise Refused("This sequence has no version yet.")
    steps = []
    for step in newest.steps.select_related("role", "template").order_by("role__order", "role", "order"):
        text = step.template.template.versions.order_by("-number").first() if step.template else None
        keep = ("order", "key", "channel", "wait_days", "same_thread", "task")
        steps.append({"role": step.role.slug, "template": text, **{name: getattr(step, name) for name in keep}})
    return draft(sequence, steps, by=by, mailboxes=None)


@transaction.atomic
def discard(version: SequenceVersion, *, by: User | None) -> None:
    SEQUENCE_VERSION.move(version, SequenceVersion.State.DISCARDED, by=by)


def roles_without_steps(version: SequenceVersion, route_version: RouteVersion) -> list[Role]:
    """Roles the route passes that the sequence has nothing for."""
    on_route = Role.objects.filter(pk__in=route_version.stages.values("roles"))
    return list(on_route.exclude(pk__in=version.steps.values("role")).distinct())


def current_version(sequence: Sequence) -> SequenceVersion | None:
    return sequence.versions.filter(state=SequenceVersion.State.PUBLISHED).order_by("-number").first()
