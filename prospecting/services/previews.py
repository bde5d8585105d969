"""What a text would say to someone, while it is being written; nothing is kept."""

from dataclasses import dataclass, field

from crm.errors import Refused
from crm.models import Account, Contact, Membership, Organisation, User
from crm.services import referrals
from prospecting.models import Template, TemplateVersion
from prospecting.rules import languages, lean_html, merge_fields, text_warnings
from prospecting.services import templates


@dataclass
class Look:
    """The mail as it would leave, or why it would not, and what speaks against it."""

    subject: str = ""
    body: str = ""
    html: str = ""
    problem: str = ""
    stopped: str = ""
    place: dict[str, object] = field(default_factory=dict)
    warnings: list[text_warnings.Warning] = field(default_factory=list)
    language: languages.Choice | None = None
    words: int = 0


def look(
    subject: str, body: str, *, language: str, contact: Contact | None, account: Account | None, sender: User,
    template: Template | None = None,
) -> Look:  # fmt: skip
    """For a person, or with the examples of each field where nobody is chosen. `problem`: cannot be saved;
    `stopped`: can be saved, but would not leave for this person."""
    found = Look(language=_language_for(contact, account, template, language))
    if not body.strip() and not subject.strip():
        return found
    try:
        templates.check(subject, body if body.strip() else ".", language=language)
    except Refused as refused:
        found.problem, found.place = refused.sentence, refused.details
        return found
    try:
        found.subject, found.body = _filled(subject, body, language, contact, account, sender)
    except Refused as refused:
        found.stopped = refused.sentence
    said = (found.subject, found.body) if not found.stopped else (subject, body)
    found.html = lean_html.to_html(found.body)
    found.words = len(said[1].split())
    found.warnings = text_warnings.warnings(*said, language=language, first=bool(subject))
    return found


def look_for(version: TemplateVersion, contact: Contact, *, sender: User, language: str = "") -> Look:
    """A saved text for a person at their main account, in their language or the one asked for."""
    rows = Membership.objects.filter(contact=contact, until=None).select_related("account__owner")
    member = rows.order_by("-main", "since", "pk").first()
    if member is None:
        raise Refused(f"{contact.name} belongs to no account.")
    account = member.account
    choice = _language_for(contact, account, version.template, version.template.language)
    code = language or (choice.language if choice else version.template.language)
    if code != version.template.language and code not in version.variants:
        raise Refused(f"This text is not in {languages.name_of(code)}.")
    part = version.variants.get(code) or {"subject": version.subject, "body": version.body}
    return look(part["subject"], part["body"], language=code, contact=contact, account=account,
                sender=account.owner or sender, template=version.template)  # fmt: skip


def _filled(
    subject: str, body: str, language: str, contact: Contact | None, account: Account | None, sender: User
) -> tuple[str, str]:
    snippets = templates.snippet_bodies([subject, body], language)
    if contact is None or account is None:
        return templates.filled(subject, body, merge_fields.EXAMPLES, snippets, who="anyone")
    values = templates.merge_values(contact, account, sender, referrals.referrer_of(contact, account))
    return templates.filled(subject, body, values, snippets, who=contact.name)


def _language_for(
    contact: Contact | None, account: Account | None, template: Template | None, language: str
) -> languages.Choice | None:
    """Which of the text's languages this person gets, the one being written counted in."""
    if contact is None or account is None:
        return None
    latest = template.versions.order_by("-number").first() if template else None
    default = template.language if template else language
    ours = Organisation.objects.first()
    return languages.choose(
        own=contact.language, country=contact.country or account.country, ours=ours.country if ours else "",
        has={default, language, *(latest.variants if latest else ())}, default=default,
    )  # fmt: skip
