"""The commands around the classifier: every line gets an answer, figures come from labelled lines."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from appointments.rules.evaluation import evaluate
from tests.appointments.world import hear
from tests.conftest import CORPORA

ROWS = [
    {"id": 1, "subject": "Re: hi", "headers": {}, "received": "2026-06-11", "language": "en", "label": "meeting_request",
     "body": "Tuesday works, can you send an invite?\n\nOn Mon, 8 Jun 2026 at 10:00, Ada wrote:\n> unsubscribe here"},
    {"id": 2, "subject": "Automatic reply: hi", "headers": {"Auto-Submitted": "auto-replied"}, "received": "2026-06-11",
     "language": "en", "label": "out_of_office", "entities": {"return_date": "2026-06-22"},
     "body": "I am out of the office until 22 June."},
    {"id": 3, "subject": "", "headers": {}, "received": "2026-06-11", "language": "de", "label": "unsubscribe",
     "body": "Bitte streichen Sie mich von Ihrer Liste."},
]  # fmt: skip


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "replies.jsonl"
    path.write_text("\n".join([*map(json.dumps, ROWS), "not json", "[]"]), encoding="utf-8")
    return path


def test_every_line_gets_an_answer(file, capsys):
    call_command("classify", str(file))
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line.get("label") for line in lines] == ["meeting_request", "out_of_office", "unsubscribe", None, None]
    assert lines[3]["defects"] == ["not JSON"]


def test_the_evaluation_counts_what_was_right(file, capsys):
    call_command("evaluate_classifier", str(file))
    found = json.loads(capsys.readouterr().out)
    assert (found["n"], found["accuracy"], found["macro_f1"]) == (3, 1.0, 1.0)
    assert found["opt_out"] == {"caught": 1, "paused": 0, "missed": 0}
    assert found["entities"]["return_date"] == {"n": 1, "exact": 1.0}


def test_an_opt_out_taken_for_interest_is_missed():
    row = {"id": 1, "received": "2026-06-11", "body": "Please send me your brochure.", "label": "unsubscribe"}
    assert evaluate([row])["opt_out"]["paused"] == 1 or evaluate([row])["opt_out"]["missed"] == 1


def test_a_file_without_labels_is_refused(tmp_path):
    path = tmp_path / "none.jsonl"
    path.write_text('{"id": 1, "body": "hi"}')
    with pytest.raises(CommandError, match="no line with a known label"):
        call_command("evaluate_classifier", str(path))


@pytest.mark.django_db
def test_the_pipe_says_what_became_of_a_mail(world, capsys, monkeypatch):
    raw = bytes(hear(world, "Tuesday works, can you send an invite?").raw).replace(b"@customer", b"@another")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw)))
    call_command("ingest_mail", world.mailbox.address)
    found = json.loads(capsys.readouterr().out)
    assert (found["label"], found["account"], found["kind"]) == ("meeting_request", world.account.pk, "human")


def test_an_empty_pipe_is_refused(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"")))
    with pytest.raises(CommandError, match="no mail"):
        call_command("ingest_mail")


@pytest.mark.corpus
def test_real_replies_of_many_languages_are_all_judged():
    files = sorted((CORPORA / "replies" / "email_reply_trimmer").rglob("*.txt"))[:120]
    rows = [
        {"id": path.name, "received": "2026-06-11", "label": "other", "body": path.read_text(errors="replace")}
        for path in files
    ]
    assert evaluate(rows)["n"] == len(files) > 0
