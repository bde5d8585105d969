"""What commands say of their progress is plain text, also on a terminal; what they refuse is red."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management.base import CommandError

from appointments.management.commands import up
from crm.management.calm import CalmCommand


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


class Progress(CalmCommand):
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.stderr.write("Half of it.")
        raise CommandError("No more.")


def test_progress_is_plain_on_a_terminal_and_a_refusal_is_red(monkeypatch: Any) -> None:
    said = Terminal()
    monkeypatch.setenv("DJANGO_COLORS", "error=red")
    command = Progress(stderr=said, force_color=True)  # type: ignore[arg-type]

    with pytest.raises(SystemExit):
        command.run_from_argv(["manage.py", "progress"])

    assert said.getvalue().splitlines()[0] == "Half of it."
    assert "\x1b[31mCommandError: No more." in said.getvalue()


def test_the_log_ins_stand_in_columns(tmp_path: Path, monkeypatch: Any) -> None:
    people = [
        {"job": "SDR, Team North", "email": "ada@halden.example", "password": "x"},
        {"job": "Account executive, Team South", "email": "tariq.a.long.name@halden.example", "password": "y"},
    ]
    (tmp_path / "demo.json").write_text(json.dumps({"logins": people}))
    monkeypatch.setattr(settings, "DATA_DIR", tmp_path)

    lines = up.log_ins()

    assert len({line.index(one["email"]) for line, one in zip(lines, people, strict=True)}) == 1
    assert len({line.rindex(one["password"]) for line, one in zip(lines, people, strict=True)}) == 1
