"""The lists of appointment setting as files."""

from appointments import access
from appointments.filters import MeetingFilter, QualificationFilter, WorkItemFilter
from crm.exports import Export, exports

PERSON = {
    "account": "account__name", "first_name": "contact__first_name", "last_name": "contact__last_name", "email": "contact__email",
}  # fmt: skip
exports["inbox"] = Export(
    "Inbox", WorkItemFilter, access.visible_items,
    {**PERSON, "label": "reply__label", "what they said": "reply__message__newest", "state": "state", "setter": "setter__name",
     "due": "due_at", "waits since": "since", "outcome": "outcome", "done": "done_at"},
    ("due_at", "pk"),
)  # fmt: skip
exports["meetings"] = Export(
    "Meetings", MeetingFilter, access.visible_meetings,
    {**PERSON, "guest": "guest_name", "guest's address": "guest_email", "kind": "meeting_type__name", "state": "state",
     "starts": "starts_at", "ends": "ends_at", "host": "host__name", "set by": "setter__name"},
    ("starts_at", "pk"),
)  # fmt: skip
exports["qualifications"] = Export(
    "Qualifications", QualificationFilter, access.visible_qualifications,
    {"account": "account__name", "qualified": "qualified_at", "accepted": "accepted"},
)  # fmt: skip
