"""What was understood of a reply is marked in its own words."""

import datetime as dt

from appointments.rules import marking

TODAY = dt.date(2026, 6, 11)
TEXT = "Tuesday after 14:00 works. Please bring Anouk de Vries in as well."


def test_the_marked_text_is_the_text():
    spans, _ = marking.read({"referred": [{"text": "Anouk de Vries", "name": "Anouk de Vries"}]}, TEXT, TODAY)
    assert "".join(piece.text for piece in marking.pieces(TEXT, spans)) == TEXT


def test_an_entity_is_marked_where_it_says_it_stands():
    start = TEXT.index("Anouk")
    entity = {"text": "Anouk de Vries", "start": start, "end": start + 14, "name": "Anouk de Vries"}
    spans, _ = marking.read({"referred": [entity]}, TEXT, TODAY)
    assert [(span.start, span.end, span.tone) for span in spans] == [(start, start + 14, "before")]


def test_an_entity_whose_place_is_wrong_is_searched_for():
    spans, _ = marking.read({"referred": [{"text": "Anouk de Vries", "start": 0, "end": 14}]}, TEXT, TODAY)
    assert spans[0].start == TEXT.index("Anouk")


def test_a_proposed_time_is_said_on_the_clock_of_the_writer():
    entity = {
        "text": "Tuesday after 14:00", "start": 0, "end": 19, "kind": "after", "zone": "Europe/Amsterdam",
        "starts_at": "2026-06-16T12:00:00+00:00", "ends_at": "2026-06-16T16:00:00+00:00",
    }  # fmt: skip
    _, lines = marking.read({"proposed_times": [entity]}, TEXT, TODAY)
    assert lines[0].says == "Tue 16 June, 14:00 or later, Amsterdam time"


def test_of_two_spans_that_overlap_the_first_stays():
    entities = {"referred": [{"text": "Anouk de Vries"}], "competitor": {"text": "de Vries"}}
    spans, lines = marking.read(entities, TEXT, TODAY)
    assert len(spans) == 1
    assert len(lines) == 2


def test_a_person_is_sure_and_a_layer_says_how_sure():
    assert marking.decided(1.0, "person", "Ada") == "Ada decided."
    assert marking.decided(0.97, "model") == "97 % sure. The model decided."


def test_an_opt_out_for_the_whole_company_is_said():
    assert marking.flags({"scope_company": True, "legal": True}) == ["Legal words", "For the whole company"]
