"""Nothing that a person wrote, no address and no secret reaches a log."""

import io
import logging

import pytest

from crm.logs import OneLine, redact


@pytest.fixture
def log() -> tuple[logging.Logger, io.StringIO]:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(OneLine())
    logger = logging.Logger("baton.test")
    logger.addHandler(handler)
    return logger, written


@pytest.mark.parametrize(
    "text",
    [
        "could not reach Jo.O'Neil+crm@castellan-foods.example",
        "to <jo@xn--bcher-kva.example>: 550 jo@xn--bcher-kva.example unknown",
        "postgresql://baton:jo@db.example/baton refused",
        "password=jo failed",
        'Authorization: Bearer jo',
        "Not Found: /b/Xjo9:1tABcd:Qw3rTyUiOpAsDfGhJkLzXcVbNm12/",
    ],
)  # fmt: skip
def test_addresses_and_secrets_are_masked(text: str) -> None:
    assert "jo" not in redact(text).lower().replace("<address>", "")


def test_a_record_is_one_line_whatever_it_says(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, written = log
    logger.warning("first\r\n2026-06-16T00:00:00Z ERROR forged line\u2028second")

    assert len(written.getvalue().splitlines()) == 1


def test_an_error_says_where_it_happened_but_not_what_was_written(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, written = log
    try:
        raise ValueError("cannot parse 'We are very unhappy with your last offer'\nfrom jo@castellan.example")
    except ValueError:
        logger.exception("intake failed")

    assert "ValueError" in written.getvalue() and "test_logs.py" in written.getvalue()
    assert "unhappy" not in written.getvalue() and "castellan" not in written.getvalue()


def test_names_of_functions_stay_readable() -> None:
    name = "crm.services.intake.handle_unhandled_messages_of_mailbox"

    assert redact(name) == name
