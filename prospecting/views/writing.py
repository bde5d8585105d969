"""A mail by hand, from the page of an account or a person: purpose, the guard's answer, words, and ten seconds to undo."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from crm import access, toasts
from crm.access import policy
from crm.errors import Refused
from crm.models import Account, Contact, Conversation, User
from prospecting import access as own_access
from prospecting.models import Outgoing
from prospecting.rules import guard
from prospecting.services import sending, writing
from prospecting.views.task import people_of
from prospecting.work_forms import AskedForm, WriteForm


@policy("member")
def write(request: HttpRequest, pk: int) -> HttpResponse:
    account = access.account_write(request.user, pk)
    people = people_of(account).exclude(email="")
    asked = AskedForm(starting(request, people), people=people)
    shown: dict[str, Any] = {"account": account, "asked": asked, "somebody": people.exists()}
    if not asked.is_valid():
        return render(request, "prospecting/write.html", shown)
    contact, purpose = asked.cleaned_data["contact"], asked.cleaned_data["purpose"]
    readable = access.visible_conversations(request.user)
    thread = writing.thread_of(contact, account, readable) if purpose == guard.ANSWER else None
    form = WriteForm(request.POST or None, initial=first_words(asked.cleaned_data, account, request.user))
    form.fields["subject"].required = purpose == guard.OUTREACH
    may = writing.may_write(account, contact, by=request.user, purpose=purpose)
    shown |= {"contact": contact, "purpose": purpose, "thread": thread, "may": may, "form": form}
    shown |= {"reasons": guard.WORDS, "may_go_ahead": may.may_be_overridden and access.holds(request.user, "lead")}
    if request.method == "POST" and form.is_valid():
        try:
            return sent(request, account, send(request, account, contact, purpose, thread, form.cleaned_data))
        except Refused as refused:
            form.add_error(None, refused.sentence)
    return render(request, "prospecting/write.html", shown)


def starting(request: HttpRequest, people: Any) -> dict[str, Any]:
    """What the address asks for; without a person the first one there."""
    first = people.first()
    data = {name: request.GET.get(name, "") for name in ("contact", "purpose", "template")}
    return {
        **data,
        "contact": data["contact"] or (first.pk if first else ""),
        "purpose": data["purpose"] or guard.OUTREACH,
    }


def first_words(asked: dict[str, Any], account: Account, user: User) -> dict[str, str]:
    if not asked["template"]:
        return {}
    try:
        subject, body = writing.filled(asked["template"], asked["contact"], account, user)
    except Refused as refused:
        return {"body": "", "subject": "", "wrong": refused.sentence}
    return {"subject": subject, "body": body}


def send(
    request: HttpRequest,
    account: Account,
    contact: Contact,
    purpose: str,
    thread: Conversation | None,
    said: dict[str, str],
) -> Outgoing:
    """By the one sender; an answer in its thread, outreach as a mail of its own."""
    if purpose == guard.ANSWER:
        if thread is None:
            raise Refused(f"{contact.name} has not written to your team about {account.name}. Choose outreach.")
        conversation = access.conversation_write(request.user, thread.pk)
        return sending.answer(conversation, said["body"], by=request.user, to=contact.email)
    sentence = said["sentence"] if access.holds(request.user, "lead") else ""
    return writing.write(
        account, contact, subject=said["subject"], body=said["body"], by=request.user, sentence=sentence
    )


def sent(request: HttpRequest, account: Account, row: Outgoing) -> HttpResponse:
    toasts.say(
        request, f"To {row.to_name}: it leaves in ten seconds.", undo=reverse("prospecting:unsend", args=[row.pk])
    )
    return redirect("crm:account", account.pk)


@require_POST
@policy("member")
def unsend(request: HttpRequest, pk: int) -> HttpResponse:
    row = own_access.outgoing_write(request.user, pk)
    sending.undo(row, by=request.user)
    toasts.say(request, f"Taken back. Nothing was sent to {row.to_name}.")
    return redirect("crm:account", row.account_id) if row.account_id else redirect("crm:home")
