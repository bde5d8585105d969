"""Mail to guests about their meeting: every sentence in every language, with the same things in it."""

import string
from datetime import UTC, datetime

import pytest

from appointments.models import Meeting, Reminder
from appointments.rules import letter_html, letter_words
from appointments.rules.guest_words import LANGUAGES
from appointments.services import booking, meeting_mails, offers, outcomes, recovering, reminding
from crm import clock
from prospecting.models import Outgoing
from tests.appointments.world import GUEST, at, item_of, replied

SPOKEN = {"de": "Der Termin steht: Di, 16. Juni, 11:00 Uhr", "fr": "fixé : mar 16 juin, 11:00", "es": "fijada: mar 16 de junio, 11:00"}  # fmt: skip


def fields(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name} - {"first", "name"}


def test_each_sentence_says_the_same_things_in_every_language():
    rows = letter_words._ROWS
    assert {key for key in rows if len({frozenset(fields(text)) for text in rows[key]}) > 1} == set()
    assert {key for key in rows if len(rows[key]) != len(LANGUAGES) or not all(rows[key])} == set()


def test_a_moment_reads_as_it_is_written_there():
    moment = datetime(2027, 3, 28, 14, 30, tzinfo=UTC)
    said = [letter_words.moment(moment, "UTC", language) for language in ("en", "de", "fr", "es", "ja")]
    assert said == [
        "Sun 28 March, 14:30 (UTC)", "So, 28. März, 14:30 Uhr (UTC)", "dim 28 mars, 14:30 (UTC)", "dom 28 de marzo, 14:30 (UTC)",
        "Sun 28 March, 14:30 (UTC)",
    ]  # fmt: skip


def meeting_in(language, world):
    item = item_of(replied(world, "Tuesday works, can you send an invite?"))
    offer = offers.offer(item, [at(16, 9)], by=world.ada)
    return booking.book(offer, at(16, 9), key="form", language=language, **GUEST)


@pytest.mark.django_db
@pytest.mark.parametrize("language", SPOKEN)
def test_a_guest_is_written_to_in_the_language_they_booked_in(world, language):
    meeting = meeting_in(language, world)
    letter = Outgoing.objects.get(key=f"meeting:{meeting.pk}:confirmed:0")
    assert SPOKEN[language] in letter.body
    assert letter_words.say("change_short", language, link="")[:8] in letter.calendar


@pytest.mark.django_db
def test_reminders_changes_and_recovery_speak_it_too(world):
    meeting = meeting_in("de", world)
    with clock.at(Reminder.objects.get(meeting=meeting, kind="day").due_at):
        reminding.send_due()
    with clock.at(at(16, 10)):
        outcomes.mark_no_show(Meeting.objects.get(pk=meeting.pk), side="host", by=world.noor)
        recovering.send_due()
    reminder = Outgoing.objects.get(key=f"meeting:{meeting.pk}:day:0")
    again = Outgoing.objects.get(key__startswith="recovery:")
    assert reminder.body.startswith("Guten Tag Joost Dekker,\n\nMorgen ist unser Termin: Di, 16. Juni, 11:00 Uhr")
    assert (reminder.subject[:12], again.subject) == ("Unser Termin", "Ein neuer Termin")
    assert "es tut mir leid" in again.body
    assert " Uhr (Europe/Amsterdam)" in again.body


@pytest.mark.django_db
def test_whoever_reads_none_of_them_is_written_to_in_english(world):
    meeting = meeting_in("", world)
    assert "Thank you. We meet on Tue 16 June, 11:00" in meeting_mails.confirm(meeting).body


def test_in_html_the_words_are_the_links_and_what_somebody_typed_stays_text():
    body = "Hello <b>,\n\nYes or no?\n- Yes: https://ours.example/m/x\n- No: https://ours.example/m/x#cancel\n\nWhere: https://else.example/"
    assert letter_html.to_html(body, "https://ours.example").split("\n") == [
        "<p>Hello &lt;b&gt;,</p>",
        '<p>Yes or no?<br>• <a href="https://ours.example/m/x">Yes</a><br>• <a href="https://ours.example/m/x#cancel">No</a></p>',
        '<p>Where: <a href="https://else.example/">https://else.example/</a></p>',
    ]
