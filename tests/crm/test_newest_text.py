"""What someone wrote just now, apart from signature and quotes, in many languages and clients."""

import json
from typing import Any

import pytest

from crm.rules import mime
from crm.rules.newest_text import newest_text
from tests.conftest import CORPORA


@pytest.mark.parametrize(
    "quote",
    [
        "On Thu, 11 Jun 2026 at 10:00, Ada <ada@baton.example> wrote:\n\n> Hello\n> Joost",
        "On Thu, 11 Jun 2026 at 10:00, Ada Long Name\n<ada@baton.example> wrote:\n> Hello",
        "Am 11.06.2026 um 10:00 schrieb Ada <ada@baton.example>:\n> Hallo",
        "Le jeu. 11 juin 2026 à 10:00, Ada <ada@baton.example> a écrit :\n> Bonjour",
        "El jue, 11 jun 2026 a las 10:00, Ada (<ada@baton.example>) escribió:\n> Hola",
        "Op do 11 jun 2026 om 10:00 schreef Ada <ada@baton.example>:\n> Hallo",
        "Den tors 11 juni 2026 kl 10:00 skrev Ada <ada@baton.example>:\n> Hej",
        "-----Original Message-----\nFrom: Ada\nSent: Thursday\nTo: Joost\nSubject: x\n\nHello",
        "________________________________\nVon: Ada <ada@baton.example>\nGesendet: Donnerstag, 11. Juni 2026\nAn: Joost\nBetreff: x\n\nHallo",
        "From: Ada <ada@baton.example>\nSent: Thursday, 11 June 2026 10:00\nTo: Joost\nSubject: x\n\nHello",
        "---------- Forwarded message ---------\nFrom: Ada <ada@baton.example>\nDate: x\nSubject: y\nTo: z\n\nHello",
        "> Hello\n> Joost",
        "Am 02.10.2026 um 16:48 schrieb Ada von baton.example:\n> Hallo",
        "Ada <ada@baton.example> schrieb am 03.02.2026 08:58:\n> Hallo",
        "Op 11-03-2026 om 18:30 schreef Baton Bekisting:\n> Hallo",
        "Ada <ada@baton.example> ezt írta (időpont: 26.11.2026, 12:28):\n> Halló, B",
        "29.04.2026 о 12:58 Ада <ada@baton.example> пише:\n> Hallo",
        "From: Ada <ada@baton.example>\nSent: 23 October 2026 4:55 PM\n\nHello",
        "From: Ada\nSent: 02 October 2026 13:13\nDear Head, Hello",
        "Von: Ada\nGesendet: Di 14.07.2026 16:03\n\nHallo",
        "De : Ada\nObjet : Audit\n> Hello",
        "Od: Bearing House\n> Hello",
        "Από: Ada <ada@baton.example>\nΕστάλη: 13/02/2026 14:24\nΘέμα: x\n\nHello",
        "2026-06-11 10:00 GMT+02:00 Ada Long Name <\nada@baton.example>:\n\n> Hello",
        "Op 11 juni 2026 10:00 schreef Ada Long Name <\nada@baton.example>:\n\n> Hallo",
        "On Thu, 11 Jun 2026 at 10:00 Ada\n\n<\nmailto:Ada <ada@baton.example>\n> wrote:\n\nHello",
        "> Hello, we heard that each of your sites keeps the book of its ovens on\nits own computer, is that so? Then we should talk.\n> Joost",
    ],
)  # fmt: skip
def test_the_quote_below_is_not_what_they_wrote(quote: str) -> None:
    found = newest_text(f"Tuesday works.\n\n{quote}\n")

    assert found.newest == "Tuesday works."
    assert "H" in found.quoted or "B" in found.quoted


@pytest.mark.parametrize(
    "signature",
    ["--\nJoost Maas\nHead of operations", "Sent from my iPhone", "Von meinem iPhone gesendet", "Get Outlook for iOS", "Kind regards,\nJoost Maas\n+31 30 123",
     "Mit freundlichen Grüßen\nJoost Maas", "Cordialement,\nJoost", "Envoyé de mon iPhone"],
)  # fmt: skip
def test_the_signature_is_told_apart(signature: str) -> None:
    found = newest_text(f"Tuesday works.\n\n{signature}\n")

    assert (found.newest, found.signature) == ("Tuesday works.", signature)


@pytest.mark.parametrize(
    "text",
    ["On Tuesday I wrote a note:\nit says yes.", "Sent from my desk, is much easier than my mobile phone.", "We agreed:\n- one\n- two", "From Monday on I am here.",
     "I regard this as done.\nCan we talk?", "We drive:\n\nFrom: Leeds\nTo: York\nall week.", "I am away.\n\nFra: 3. august\nTil: 20. august"],
)  # fmt: skip
def test_ordinary_sentences_are_left_alone(text: str) -> None:
    assert newest_text(text).newest == text


def test_answers_between_quoted_lines_keep_the_lines_they_answer() -> None:
    text = "Hi Ada,\n\n> Does Tuesday suit?\nYes, at ten.\n\n> Who else joins?\nPetra does.\n\n> Anything else?\n"

    found = newest_text(text)

    assert found.newest == "Hi Ada,\n\n> Does Tuesday suit?\nYes, at ten.\n\n> Who else joins?\nPetra does."
    assert found.quoted == "> Anything else?"


@pytest.mark.parametrize("html", [
    "<div>Tuesday works.</div><div class='gmail_quote'><div>On Thu Ada wrote:<br></div><blockquote>Hello</blockquote></div>",
    "<p>Tuesday works.</p><div id='divRplyFwdMsg'><b>From:</b> Ada<br><b>Sent:</b> Thursday</div><p>Hello</p>",
    "<p>Tuesday works.</p><div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt'><p>From: Ada</p></div><p>Hello</p>",
    "<div>Tuesday works.</div><blockquote type='cite'>Hello</blockquote>",
])  # fmt: skip
def test_mail_programs_mark_their_quotes_in_html(html: str) -> None:
    assert newest_text("", html).newest == "Tuesday works."


@pytest.mark.parametrize(
    "text",
    [
        "On " * 100_000,
        "> " * 100_000,
        "a@" * 100_000,
        "\n" * 100_000,
        "From: x\n" * 30_000,
        "\n> x\ny" * 30_000,
        "-" * 200_000,
    ],
)
def test_hostile_text_ends(text: str) -> None:
    newest_text(text)


# Real mail: floors of what is reached today; they may only rise. ---------------------------------------------------


def flat(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").strip().split("\n"))


def cases() -> list[tuple[str, str, str]]:
    folder = CORPORA / "replies"
    found = [
        (
            path.name,
            (folder / "email_reply_trimmer/emails" / path.name).read_text(errors="replace"),
            path.read_text(errors="replace"),
        )
        for path in sorted((folder / "email_reply_trimmer/trimmed").glob("*.txt"))
    ]
    for name, said in json.loads((folder / "crisp/gold_from_asserts.json").read_text()).items():
        wanted = said.get("visible_reply") or said.get("first_fragment")
        if wanted:
            found.append((name, (folder / "crisp/fixtures" / name).read_text(errors="replace"), wanted))
    for name, wanted in json.loads((folder / "talon/gold.json").read_text()).items():
        found.append((name, mime.parse((folder / "talon/standard_replies" / name).read_bytes()).text, str(wanted)))
    for name, said in json.loads((folder / "mail-parser-reply/gold_from_asserts.json").read_text()).items():
        if "latest_reply" in said:
            found.append(
                (name, (folder / "mail-parser-reply/emails" / name).read_text(errors="replace"), said["latest_reply"])
            )
    return found


@pytest.mark.corpus
def test_the_visible_reply_of_real_mail_is_found(capsys: Any) -> None:
    wanted = cases()
    exact = [name for name, text, reply in wanted if flat(newest_text(text).newest) == flat(reply)]

    with capsys.disabled():
        print(f"\nvisible reply: {len(exact)}/{len(wanted)} exact")
    assert len(exact) >= 0.89 * len(wanted)


@pytest.mark.corpus
def test_a_quote_of_most_of_a_megabyte_ends() -> None:
    text = (CORPORA / "replies/github_email_reply_parser/emails/email_long_quote.txt").read_text(errors="replace")

    assert newest_text(text).newest.startswith("Hi folks")
