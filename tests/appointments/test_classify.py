"""What the classifier hears in a reply, and when it would rather ask a person."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from appointments.rules import remarks, rivals
from appointments.rules.classify import Incoming, Opinion, classify, readable
from appointments.rules.dates import find_dates
from appointments.rules.phrase_syntax import read_phrase
from appointments.rules.words import LISTS
from prospecting.rules.labels import PRECEDENCE
from tests.runaway import guarded

NOW = datetime(2026, 6, 11, 9, tzinfo=UTC)
AMSTERDAM = ZoneInfo("Europe/Amsterdam")

SAID = [
    ("meeting_request", "Tuesday works, can you send an invite?"),
    ("meeting_request", "Tuesday after 14:00 works for me, or Thursday before 11. Please bring Anouk de Vries in too."),
    ("meeting_request", "Could we say next Wednesday instead, same time?"),
    ("meeting_request", "Call me on +44 20 7946 0123 tomorrow."),
    ("meeting_request", "Dienstag um 14 Uhr passt mir gut."),
    ("meeting_request", "Mardi à 10h me convient, envoyez-moi une invitation."),
    ("question", "What does this cost for three sites, and is the sensor calibration included?"),
    ("question", "Are you GDPR compliant?"),
    ("question", "Quanto costa per tre sedi?"),
    ("interested", "Please send me something I can forward to our board."),
    ("interested", "Suena interesante, envíeme más información."),
    ("interested", "Not uninterested, to be honest. Tell me more."),
    ("referral", "C’est Karim Benali qui s’en occupe, je le mets en copie."),
    ("referral", "That's our CFO, not me."),
    ("referral", "I've forwarded this to our procurement team."),
    ("objection_competitor", "We are with another supplier for this and quite happy."),
    ("objection_price", "This is more than we spend on maintenance in a year."),
    ("objection_price", "Helaas te duur voor ons, we hebben geen budget."),
    ("objection_authority", "HQ decides on such things."),
    ("objection_other", "We are too small for this, only three people."),
    ("wrong_person", "I run the shops, not the plant. Not my area."),
    ("not_now", "Please write again in September, after the audit."),
    ("not_now", "Swamped till Friday, write Monday week."),
    ("not_now", "Nicht jetzt, melden Sie sich gerne im Herbst wieder."),
    ("out_of_office", "I am away till Friday."),
    ("out_of_office", "Ich bin bis zum 26.06. im Urlaub. In dringenden Fällen wenden Sie sich an Frau Schmidt."),
    ("left_company", "Petra Vogel no longer works here."),
    ("left_company", "Frau Vogel ist nicht mehr in unserem Unternehmen tätig."),
    ("unsubscribe", "STOP"),
    ("unsubscribe", "Remove me from your list."),
    ("unsubscribe", "Bitte löschen Sie meine Daten und schreiben Sie mir nicht mehr."),
    ("unsubscribe", "Por favor remova-me da vossa lista."),
    ("unsubscribe", "Sounds interesting, but please take me off your list."),
    ("not_interested", "No thank you"),
    ("not_interested", "Not for us. How did you get my address?"),
    ("not_interested", "Non siamo interessati, grazie."),
    ("auto_reply", "Thank you for contacting support. Your ticket number is 12345."),
    ("other", "thx"),
]


def said(text, **facts):
    return classify(Incoming(text, NOW, zone=AMSTERDAM, **facts))


@pytest.mark.parametrize(("label", "text"), SAID)
def test_clear_words_are_understood(label, text):
    assert said(text).label == label


def test_a_bounce_report_is_known_by_its_envelope():
    verdict = said("Delivery failed", kind="bounce", bounce={"hard": True})
    assert (verdict.label, verdict.decided_by, verdict.entities["hard"]) == ("bounce", "header", True)


def test_a_complaint_report_is_an_opt_out():
    assert said("", kind="complaint").entities == {"complaint": True}


def test_an_unclear_text_goes_to_a_person():
    verdict = said("The weather has been nice in the harbour.")
    assert (verdict.label, verdict.needs_person) == ("other", True)


def test_a_yes_and_a_no_in_one_message_go_to_a_person():
    verdict = said("Sounds very interesting. We are not interested.")
    assert (verdict.label, verdict.needs_person) == ("other", True)


def test_a_mere_hint_of_an_opt_out_stops_for_a_person():
    verdict = said("I think we should stop here for the week.")
    assert (verdict.label, verdict.guess, verdict.needs_person) == ("other", "unsubscribe", True)


def test_our_own_footer_never_sets_a_label():
    footer = "Unsubscribe: write to us and we stop writing."
    assert said(f"Sounds interesting, tell me more.\n\n{footer}", own_text=footer).label == "interested"


@pytest.mark.parametrize(
    "text",
    [
        "Sounds interesting, tell me more.\n\nNeil Prosser\nUniversity of Westmarch\nTo unsubscribe from the Estates bulletin reply STOP.",
        "Sounds interesting, tell me more.\n\nTanya, Practice Manager\nPlease do not send clinical information by email",
        "Sounds interesting, tell me more.\n\nAshlock LLP\nIf you have received this in error, delete it and do not contact us further.",
        "Sounds interesting, tell me more.\n\nKim\nManage your preferences or opt out at larkmont.example/optout",
        "Sounds interesting, tell me more. I'm not asking you to stop writing.",
    ],
)
def test_footers_and_negations_are_no_opt_outs(text):
    assert (said(text).label, said(text).secondary) == ("interested", ())


@pytest.mark.parametrize(
    "text",
    [
        "Do patients who opt out of texts still get a letter?",
        "Io guido e basta, non decido nulla.",
        "He'll tell you to get lost three times.",
        "haal me niet van je lijst, maar nu heb ik volk genoeg",
    ],
)
def test_words_of_an_opt_out_may_mean_something_else(text):
    assert said(text).label != "unsubscribe"


@pytest.mark.parametrize(
    "text",
    [
        "Where a customer exercises the right to erasure, does your module pause it?",
        "Löschen Sie mich bloß nicht, ich lese das gern.",
        "Please don't take me off your list, I like these.",
        "Leave us alone until the inspection is over, please.",
    ],
)
def test_a_doubtful_opt_out_stops_and_waits_for_a_person(text):
    verdict = said(text)
    assert (verdict.label, verdict.guess, verdict.needs_person) == ("other", "unsubscribe", True)


@pytest.mark.parametrize(
    "text", ["How do I unsubscribe?", "I don't want this, take me off your list", "Keine Mails mehr, ja? Danke."]
)
def test_an_opt_out_that_asks_or_denies_is_one_all_the_same(text):
    assert said(text).label == "unsubscribe"


def test_days_of_work_under_a_text_are_no_absence_and_alone_they_are_what_it_says():
    footer = "Please note I do not work Fridays."
    assert said(f"No thank you, not interested.\n\nPriya Nair\n{footer}").label == "not_interested"
    assert "Fridays" in readable(Incoming(f"Hi Ada,\n{footer}", NOW))


def test_what_it_may_be_is_read_for_the_person_who_decides():
    incoming = Incoming("Orkin. Every dock door. Write in October.", NOW)
    verdict = classify(
        incoming,
        lambda heard: Opinion(
            {"objection_competitor": 0.5, "not_now": 0.4, "other": 0.1}, alone={"objection_competitor": 0.9}
        ),
    )
    assert (verdict.needs_person, verdict.entities["competitor"]["name"], verdict.entities["follow_up"]["date"]) == (
        True,
        "Orkin",
        "2026-10",
    )


def test_quoted_lines_never_set_a_label():
    assert said("> remove me from your list\nSounds interesting, tell me more.").label == "interested"


def test_a_person_who_writes_in_an_automatic_wrapper_is_heard():
    text = "Hi Ada, remove me from your list please."
    assert said(text, headers={"Auto-Submitted": "auto-replied"}).label == "unsubscribe"


def test_accepting_an_offered_time_is_a_meeting_request():
    assert said("Perfect, see you then!", time_offered=True).label == "meeting_request"


def test_a_model_decides_what_the_rules_leave_open():
    incoming = Incoming("The weather has been nice in the harbour.", NOW)
    verdict = classify(incoming, lambda heard: Opinion({"interested": 0.9, "other": 0.1}))
    assert (verdict.label, verdict.decided_by) == ("interested", "model")


def test_a_model_never_overrules_a_suspected_opt_out():
    verdict = classify(Incoming("I think we should stop here.", NOW), lambda heard: Opinion({"interested": 0.99}))
    assert verdict.needs_person


def test_an_opt_out_says_whether_it_is_for_the_whole_company():
    assert said("Do not contact me or anyone at our company again").entities["scope_company"]


def test_a_return_date_is_the_first_day_back():
    assert said("I am out of office and back on Monday 22 June.").entities["return_date"]["date"] == "2026-06-22"


def test_an_inclusive_end_returns_on_the_next_working_day():
    verdict = said("Je suis absent jusqu'au vendredi 19 juin inclus.")
    assert verdict.entities["return_date"]["date"] == "2026-06-22"


def test_proposed_times_are_resolved_in_the_zone_of_the_writer():
    (proposed,) = said("Tuesday at 2pm works for me").entities["proposed_times"]
    assert proposed["starts_at"] == "2026-06-16T12:00:00+00:00"


def test_an_entity_names_its_span_of_text():
    text = "You should speak to my colleague John Smith (john.smith@acme.example), he handles this."
    (person,) = said(text).entities["referred"]
    assert text[person["start"] : person["end"]] == "John Smith"


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("in two weeks", "2026-06-25"),
        ("12.06.2026", "2026-06-12"),
        ("write again in September", "2026-09"),
        ("next quarter", "2026-Q3"),
        ("l'année prochaine", "2027"),
        ("from 3 to 12 June", "2026-06-12"),
        ("try me in a fortnight", "2026-06-25"),
        ("in July next year", "2027-07"),
        ("übernächste Woche", "2026-06-22"),
        ("dopo le ferie", "2026-09"),
        ("nach der Ernte", "2026-10"),
        ("in der zweiten Septemberhälfte", "2026-09"),
        ("no último trimestre", "2026-Q4"),
        ("no dia 15 de julho", "2026-07-15"),
    ],
)
def test_days_are_found_in_words(text, iso):
    assert find_dates(text, date(2026, 6, 11))[-1].iso == iso


def test_a_month_that_is_also_a_verb_is_no_date():
    assert find_dates("I may come, march on", date(2026, 6, 11)) == []


def test_every_phrase_of_every_language_can_be_read():
    blocks = [(label, block) for lists in LISTS.values() for label, block in lists.items()]
    phrases = [line.lstrip("~") for _, block in blocks for line in block.strip().splitlines()]
    assert all(read_phrase(phrase).firsts for phrase in phrases)


def test_every_language_knows_every_label_that_words_can_tell():
    assert all(set(PRECEDENCE) <= set(lists) for lists in LISTS.values())


@pytest.mark.parametrize("piece", ["no more ", "please please ", "1.1.1.", "a@a.", "tuesday at 3 ", "van der "])
def test_a_hostile_text_costs_no_more_than_its_length(piece):
    with guarded():
        said(piece * 20_000)


def test_a_footer_of_a_mailing_is_no_opt_out() -> None:
    assert remarks.is_remark("Not for you? Unsubscribe")
    assert not remarks.is_remark("Unsubscribe me from this, please")


def test_where_a_signature_begins_is_found_in_one_look_however_many_blank_lines_there_are() -> None:
    text = "We use Brightpath for that.\n" + "    \n" * 5000 + "Petra Vogel\nHead of Sites\n"
    assert rivals._signature_at(text) == len(text) - len("    \nPetra Vogel\nHead of Sites\n")
    assert rivals.competitor(text[:2500])["name"] == "Brightpath"
