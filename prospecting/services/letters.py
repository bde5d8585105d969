"""What a touch or another message says, as one mail with its headers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import uuid4

from crm import clock, links
from crm.errors import Refused
from crm.models import Conversation, Mailbox, Message, Organisation
from crm.services import matching, referrals
from prospecting.models import Draft as EditedWords
from prospecting.models import Outgoing, Step, TemplateVersion, Touch
from prospecting.models.touch import Flight
from prospecting.rules import lean_html
from prospecting.rules.compose import Draft, Unsendable, compose
from prospecting.services.templates import render


@dataclass(frozen=True)
class Beside:
    """What is asked for the letters of a whole batch at once; by touch."""

    organisation: Organisation | None
    own_words: Mapping[int, tuple[str, str]]
    last: Mapping[int, Message]  # of the thread of this walk with the person
    referrers: Mapping[int, str]


@dataclass(frozen=True)
class Letter:
    raw: bytes
    message_id: str
    subject: str
    text: str
    conversation: Conversation | None
    in_reply_to: str = ""
    references: Sequence[str] = ()


def touch_letter(touch: Touch, mailbox: Mailbox, beside: Beside | None = None) -> Letter:
    """The step's text for this person, in their thread if there is one, with the way out under it."""
    prospector = touch.enrollment.prospector
    beside = beside or beside_letters([touch], Organisation.objects.first())
    subject, body = beside.own_words.get(touch.pk) or _words_of_step(touch, beside)
    last = beside.last.get(touch.pk)
    if last is None and not subject:
        last = last_in_thread(touch, anywhere=True)  # a text without a subject goes on under what was said before
    if last:
        subject = _again(last.conversation.subject if last.conversation else last.subject)
    subject = subject or _subject_of_first(touch, beside)
    unsubscribe = unsubscribe_url(touch.contact.email, contact=touch.contact_id, account=touch.account_id)
    text = f"{body.rstrip()}\n\n{footer(unsubscribe, beside.organisation)}"
    thread = last.conversation if last else None
    draft = _draft(
        mailbox, touch.contact.email, touch.contact.name, subject, text,
        name=mailbox.display_name or str(prospector), last=last, thread=thread, unsubscribe=unsubscribe,
    )  # fmt: skip
    return _letter(draft, thread)


def beside_letters(touches: Sequence[Touch], organisation: Organisation | None) -> Beside:
    """What the letters of these touches need besides them, in a constant number of queries."""
    words = EditedWords.objects.filter(touch__in=touches).values_list("touch", "subject", "body")
    people = {touch.pk: (touch.contact_id, touch.account_id) for touch in touches}
    cited = referrals.referrers_of(people.values())
    return Beside(
        organisation=organisation,
        own_words={pk: (subject, body) for pk, subject, body in words},
        last=_last_in_threads([touch for touch in touches if touch.step.same_thread]),
        referrers={pk: cited[pair] for pk, pair in people.items() if pair in cited},
    )


def _last_in_threads(touches: Sequence[Touch]) -> dict[int, Message]:
    """As last_in_thread, for many touches in two queries."""
    if not touches:
        return {}
    sent = Touch.objects.filter(enrollment__in={touch.enrollment_id for touch in touches}, state=Flight.SENT)
    earlier = sent.exclude(message=None).exclude(pk__in=[touch.pk for touch in touches])
    rows = earlier.order_by("sent_at").values_list(
        "enrollment_id", "contact_id", "message__conversation_id"
    )  # fmt: skip
    threads = {(walk, contact): thread for walk, contact, thread in rows}  # the latest one counts
    mine = {touch.pk: threads.get((touch.enrollment_id, touch.contact_id)) for touch in touches}
    messages = Message.objects.filter(conversation__in={one for one in mine.values() if one})
    latest = messages.select_related("conversation").defer("html", "text", "newest", "quoted", "signature")
    last = {row.conversation_id: row for row in latest.order_by("conversation", "-at", "-pk").distinct("conversation")}
    return {pk: last[thread] for pk, thread in mine.items() if thread in last}


def _subject_of_first(touch: Touch, beside: Beside) -> str:
    """What the sequence begins with for this role: who had that by another way gets the next one under its subject."""
    mails = Step.objects.filter(version=touch.step.version_id, role=touch.step.role_id, template__isnull=False)
    first = mails.filter(channel=Step.Channel.EMAIL).select_related("template__template").order_by("order").first()
    subject = _filled_in(touch, first.template, beside)[0] if first and first.template else ""
    if not subject:
        raise Refused("This text has no subject, and there is no earlier mail to go on under. Give it a subject.")
    return subject


def _words_of_step(touch: Touch, beside: Beside) -> tuple[str, str]:
    if touch.step.template is None:
        raise Refused("This step has no text.")
    return _filled_in(touch, touch.step.template, beside)


def _filled_in(touch: Touch, template: TemplateVersion, beside: Beside) -> tuple[str, str]:
    return render(
        template, contact=touch.contact, account=touch.account, sender=touch.enrollment.prospector,
        referrer=beside.referrers.get(touch.pk, ""), sequence=touch.enrollment.sequence_version,
        organisation=beside.organisation,
    )  # fmt: skip


def outgoing_letter(row: Outgoing, mailbox: Mailbox) -> Letter:
    """An answer in its thread, meeting mail with its calendar part, or mail to one of our own users."""
    last = _last_of(row.conversation) if row.conversation else None
    text, unsubscribe = row.body, ""
    if row.purpose == Outgoing.Purpose.OUTREACH:
        unsubscribe = unsubscribe_url(row.to_address, contact=row.contact_id, account=row.account_id)
        text = f"{row.body.rstrip()}\n\n{footer(unsubscribe, Organisation.objects.first())}"
    draft = _draft(
        mailbox, row.to_address, row.to_name, row.subject, text,
        name=mailbox.display_name or (str(row.by) if row.by else ""), last=last, thread=row.conversation,
        html=row.html, calendar=row.calendar, method=row.calendar_method, automatic=row.automatic,
        unsubscribe=unsubscribe, answers=row.purpose == Outgoing.Purpose.ANSWER,
    )  # fmt: skip
    return _letter(draft, row.conversation)


def _draft(
    mailbox: Mailbox, to_address: str, to_name: str, subject: str, text: str, *, name: str,
    last: Message | None = None, thread: Conversation | None = None, unsubscribe: str = "", html: str = "", calendar: str = "", method: str = "",
    automatic: bool = False, answers: bool = False,
) -> Draft:  # fmt: skip
    message_id = new_message_id(mailbox)
    return Draft(
        from_address=mailbox.address,
        from_name=name,
        to_address=to_address,
        to_name=to_name if to_name != to_address else "",
        subject=subject,
        text=text,
        html=html or lean_html.to_html(text),
        message_id=message_id,
        reply_to=_answers_to(mailbox, thread, message_id),
        date=clock.now(),
        in_reply_to=last.message_id if last else "",
        references=[*last.references, last.message_id] if last else (),
        calendar=calendar,
        calendar_method=method,
        unsubscribe_url=unsubscribe,
        automatic=automatic,
        answers=answers,
    )


def _answers_to(mailbox: Mailbox, thread: Conversation | None, message_id: str) -> str:
    """Our address with the thread's tag; a first mail is the root of its thread. Mail to our own users has none."""
    if mailbox.team_id is None:
        return ""
    return matching.reply_address(mailbox, thread.tag if thread else matching.seal(mailbox.team_id, message_id))


def _letter(draft: Draft, conversation: Conversation | None) -> Letter:
    try:
        raw = compose(draft)
    except Unsendable as error:
        raise Refused(str(error)) from error
    return Letter(
        raw, draft.message_id, draft.subject, draft.text, conversation, draft.in_reply_to, tuple(draft.references)
    )


def new_message_id(mailbox: Mailbox) -> str:
    return f"{uuid4().hex}@{mailbox.address.rpartition('@')[2]}"


def last_in_thread(touch: Touch, *, anywhere: bool = False) -> Message | None:
    """The latest message of this walk (or of any, at this account) to the same person; their thread goes on under it."""
    walk = {"account": touch.account_id} if anywhere else {"enrollment": touch.enrollment_id}
    sent = Touch.objects.filter(**walk, contact=touch.contact_id, state=Flight.SENT)
    before = sent.filter(message__isnull=False).exclude(pk=touch.pk).select_related("message__conversation")
    latest = before.order_by("-sent_at").first()
    if latest is None or latest.message is None or latest.message.conversation is None:
        return None
    return _last_of(latest.message.conversation)


def _last_of(conversation: Conversation) -> Message | None:
    return conversation.messages.select_related("conversation").defer("html").order_by("-at", "-pk").first()


def _again(subject: str) -> str:
    return subject if subject.lower().startswith("re:") else f"Re: {subject}"


def unsubscribe_url(address: str, *, contact: int | None, account: int | None) -> str:
    """A link that never expires and says only whom it is about."""
    token = links.sign("unsubscribe", address=address.lower(), contact=contact, account=account)
    return links.url("prospecting:unsubscribe", token=token)


def footer(unsubscribe: str, organisation: Organisation | None) -> str:
    """Who writes and how to make it stop (CAN-SPAM asks for a postal address)."""
    who = ", ".join(line.strip() for line in (organisation.postal_address if organisation else "").splitlines() if line)
    ours = f"{organisation.name}, {who}" if organisation and who else (organisation.name if organisation else "")
    return f"-- \n{ours}\nNo more mail from us: {unsubscribe}"
