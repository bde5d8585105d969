"""What a guest is asked on the booking page, each field with what they typed and what is wrong with it."""

from collections.abc import Mapping
from typing import Any

from appointments.forms import GuestForm
from appointments.models import Offer
from appointments.rules import questions
from appointments.views.guest_reading import Reader
from crm.errors import Refused

NAMED = {"questions", "guests"}
PREFIX = "answer-"


def person(offer: Offer, reader: Reader, form: GuestForm | None) -> list[dict[str, Any]]:
    w, said = reader.w, form.data if form else {}
    errors = form.errors if form else {}
    contact = offer.contact
    known = {"name": contact.name if contact else "", "email": contact.email if contact else ""}
    fields = [
        {"name": "name", "label": w["your_name"], "type": "text", "auto": "name", "longest": 200, "error": w["need_name"] if "name" in errors else ""},
        {"name": "email", "label": w["your_email"], "type": "email", "auto": "email", "longest": 320, "help": w["email_help"], "error": w["need_email"] if "email" in errors else ""},
        {"name": "note", "label": w["note"], "optional": True},
    ]  # fmt: skip
    for field in fields:
        field["value"] = said.get(field["name"], known.get(str(field["name"]), ""))
    return fields


def asked(offer: Offer, reader: Reader, posted: Mapping[str, str], refused: Refused | None) -> list[dict[str, Any]]:
    """The questions of this kind of meeting in the guest's language; what is missing is marked."""
    missing = (refused.details.get("questions") or []) if refused else []
    return [
        {
            "name": f"{PREFIX}{one.pk}",
            "label": one.words(reader.language),
            "required": one.required,
            "value": posted.get(f"{PREFIX}{one.pk}", ""),
            "error": reader.w["need_answer"] if one.pk in missing else "",
        }
        for one in offer.meeting_type.questions.all()
    ]


def answers(posted: Mapping[str, str]) -> dict[int, str]:
    """By id of the question; what no question has asked is dropped later."""
    named = {name.removeprefix(PREFIX): said for name, said in posted.items() if name.startswith(PREFIX)}
    return {int(pk): said[: questions.LONGEST] for pk, said in named.items() if pk.isdecimal() and len(pk) < 19}


def further(offer: Offer, reader: Reader, posted: Mapping[str, str], refused: Refused | None) -> dict[str, Any] | None:
    """Who else should come; nothing where the kind of meeting takes nobody along."""
    if not offer.meeting_type.most_guests:
        return None
    wrong = refused is not None and "guests" in refused.details
    return {
        "help": reader.w["guests_help"].format(n=offer.meeting_type.most_guests),
        "value": posted.get("guests", ""),
        "error": reader.w["need_guests"].format(n=offer.meeting_type.most_guests) if wrong else "",
    }
