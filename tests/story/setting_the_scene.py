"""What a story needs before it begins, made by the product's verbs inside the product's own process."""

import datetime as dt

from django.conf import settings

from appointments.models import MeetingHost, MeetingType
from appointments.services import examples
from appointments.services.starting import ensure_starting
from crm import clock
from crm.models import Organisation, Team, User
from crm.services import accounts, contacts, mailboxes, people
from prospecting.services import segments

PASSWORD = "correct horse battery"
EVERY_HOUR = [(day, dt.time(0, 0), dt.time(23, 59)) for day in range(7)]

Organisation.objects.update_or_create(
    pk=1, defaults={"name": "Halden Air", "postal_address": "1 Relay Road, Leeds LS1 1AA", "zone": "Europe/London"}
)
admin = User.objects.get(job="admin")
north = Team.objects.create(name="Team North")
ada, noor, ruth = (
    people.create_person(
        f"{name.split()[0].lower()}@halden.example", name, job, north, by="the story", password=PASSWORD
    )
    for name, job in [("Ada Mensah", "sdr"), ("Noor Haddad", "executive"), ("Ruth Lindgren", "lead")]
)
for host in (ada, noor):
    people.set_hours(host, EVERY_HOUR)
smtp = {"smtp_host": "127.0.0.1", "smtp_port": settings.SANDBOX_SMTP_PORT, "smtp_security": "none", "gap_seconds": 0}
mailboxes.create_mailbox(
    address=ada.email, owner=ada, display_name=ada.name, window_from=dt.time(0, 0), window_until=dt.time(23, 59), **smtp
)
mailboxes.create_mailbox(address="baton@halden.example", internal=True, **smtp)
ensure_starting()
kind = MeetingType.objects.first()
MeetingType.objects.filter(pk=kind.pk).update(team=north, place="https://meet.halden.example/noor")
MeetingHost.objects.get_or_create(meeting_type=kind, user=noor)

account = accounts.create_account(
    name="Maas & Dekker Cold Stores", by=ada, owner=ada, domain="maas-dekker.example", sites=4, employees=310,
    industry="Cold storage", country="GB", zone="Europe/London",
)  # fmt: skip
for first, last, title, role in [
    ("Joost", "Dekker", "Technical manager", "problem-owner"),
    ("Bram", "Visser", "Maintenance lead", "problem-owner"),
    ("Anouk", "de Vries", "Refrigerant compliance", "technical-evaluator"),
    ("Willem", "Maas", "Operations director", "approver"),
]:
    contacts.add_contact(
        account, by=ada, role=role, first_name=first, last_name=last, title=title,
        email=f"{first.lower()}@maas-dekker.example",
    )  # fmt: skip
laid = examples.start_from("ops-led", by=admin)
segments.publish(segments.draft_of(laid.segment), reason="The first list.", by=admin)
print(clock.now().isoformat(), account.pk)
