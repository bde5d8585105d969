"""The commands that read mail print one ASCII-only JSON object for each, whatever they are given."""

import json
import mailbox
from pathlib import Path
from typing import Any

from django.core.management import call_command

from tests.crm.mails import mail, report


def printed(capsys: Any, command: str, *paths: Path) -> list[dict[str, Any]]:
    call_command(command, *map(str, paths))
    out = capsys.readouterr().out
    assert out.isascii()
    return [json.loads(line) for line in out.splitlines()]


def test_a_file_is_one_message_even_if_it_begins_with_a_from_line(tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "säule.eml"
    path.write_bytes(b"From someone Thu Jun 11 10:00:00 2026\n" + mail("Grüße"))

    (found,) = printed(capsys, "inspect_mail", path)

    assert (found["path"], found["kind"], found["newest_text"], found["bounce"]) == (str(path), "human", "Grüße", None)
    assert found["date"] == "2026-06-11T10:00:00+00:00"


def test_an_mbox_and_a_maildir_give_each_of_their_messages(tmp_path: Path, capsys: Any) -> None:
    box = mailbox.mbox(tmp_path / "all.mbox")
    box.add(mail("One\n\nFrom here on it goes well."))
    box.add(report("joost@maas.example", "first@baton.example"))
    box.close()
    folder = mailbox.Maildir(tmp_path / "Maildir")
    folder.add(mail("Three"))

    found = printed(capsys, "inspect_mail", tmp_path / "all.mbox", tmp_path / "Maildir")

    assert [one["kind"] for one in found] == ["human", "bounce", "human"]
    assert found[0]["newest_text"] == "One\n\nFrom here on it goes well."
    assert found[1]["bounce"] == {
        "recipients": ["joost@maas.example"],
        "status": "5.1.1",
        "reason": "userunknown",
        "hard": True,
    }


def test_what_cannot_be_read_says_so_and_stops_nothing(tmp_path: Path, capsys: Any) -> None:
    good = tmp_path / "good.eml"
    good.write_bytes(mail())

    found = printed(capsys, "inspect_mail", tmp_path / "missing.eml", good)

    assert found[0]["defects"] == ["cannot be read: No such file or directory"]
    assert found[1]["kind"] == "human"


def test_a_txt_is_a_plain_body_even_if_it_begins_like_headers(tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "body.txt"
    path.write_text("Note: Tuesday works.\n\nOn Thu, 11 Jun 2026 at 10:00, Ada <ada@baton.example> wrote:\n> Hello\n")

    (found,) = printed(capsys, "newest_text", path)

    assert found["newest"] == "Note: Tuesday works."
    assert found["quoted"].endswith("> Hello")
