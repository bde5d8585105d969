"""What a refusal means: which command was answered, which code, how sure it is; recipients as we wrote to them."""

import pytest

from crm.rules import bounce_stage, envelope, mime
from crm.rules.bounce import Bounce
from crm.rules.bounce_reasons import reason_for
from tests.crm.mails import mail, report

DAEMON = {"sender": "MAILER-DAEMON@mx.example", "subject": "failure notice", "return_path": "<>"}


def bounced(raw: bytes) -> Bounce:
    found = envelope.kind(mime.parse(raw))
    assert found.kind == "bounce" and found.bounce is not None
    return found.bounce


@pytest.mark.parametrize(
    ("text", "stage"),
    [
        ("550 5.1.1 User unknown (in reply to RCPT TO command)", "recipient"),
        ("550 Unknown user (in reply to end of DATA\n    command)", "content"),
        ("SMTP error from remote mail server after RCPT TO:<a@b.example>: 550", "recipient"),
        ("SMTP error from remote mail server after end of data: 553", "content"),
        ("Connected to 192.0.2.1 but sender was rejected.", "sender"),
        ("Connected to 192.0.2.1 but my name was rejected.", "connect"),
        ("192.0.2.1 does not like recipient.", "recipient"),
        (">>> MAIL From:<x@y.example>\n<<< 550 no", "sender"),
        (">>> RCPT To:<x@y.example>\n<<< 550 no\n>>> DATA\n<<< 503 bad sequence", "recipient"),
        (">>> DATA\n<<< 550 User unknown\n<<< 503 5.0.0 Need RCPT (recipient)", "recipient"),
        (">>> DATA\n<<< 550 User unknown\n554 5.0.0 Service unavailable", "content"),
        ("550 5.1.1 User unknown", ""),
    ],
)
def test_the_command_that_was_answered_is_read_from_the_words_of_many_programs(text: str, stage: str) -> None:
    assert bounce_stage.stage(text) == stage


@pytest.mark.parametrize(
    ("sentence", "status", "stage", "reason"),
    [
        ("550 No such user here", "", "recipient", "userunknown"),
        ("550 No such user here", "", "content", "filtered"),
        ("550 User unknown", "5.1.1", "content", "userunknown"),
        ("553 neko.example does not exist", "", "content", "rejected"),
        ("550 Domain not found", "", "sender", "rejected"),
        ("550 Rejected", "5.0.0", "connect", "blocked"),
        ("User unknown", "", "", "filtered"),
        ("MSEXCH:IMS:NEKO:CAT 0 (000C05A6) Unknown Recipient", "", "", "userunknown"),
        ("550 5.7.606 Access denied, banned sending IP", "5.7.606", "", "blocked"),
        ("550 Mail rejete. Mail rejected. OFR_506 [506]", "5.2.0", "content", "spamdetected"),
        ("550 mx Invalid recipient. LPN007_416", "5.5.0", "content", "userunknown"),
        ("554 Connection refused. IB103", "", "", "badreputation"),
        ("550 5.4.1 Recipient address rejected: Access denied", "5.4.1", "recipient", "userunknown"),
        ("552 5.2.2 Message too large or mailbox full", "5.2.2", "", "mailboxfull"),
        ("556 Mail not accepted here", "", "", "notaccept"),
        ("No MX found for domain", "", "", "notaccept"),
        ("550 Destinatario desconocido", "", "recipient", "userunknown"),
        ("550 Benutzer unbekannt", "", "recipient", "userunknown"),
        ("452 Postfach ist voll", "", "recipient", "mailboxfull"),
        ("550 Access from ip address 192.0.2.1 blocked", "", "recipient", "blocked"),
        ("host name lookup failure", "4.4.7", "", "networkerror"),
        ("550 something nobody has written before", "", "", "onhold"),
        ("", "", "", "undefined"),
    ],
)
def test_the_word_for_a_refusal_follows_words_code_and_command(
    sentence: str, status: str, stage: str, reason: str
) -> None:
    assert reason_for(sentence, status, "failed", stage) == reason


def test_a_temporary_code_never_gives_an_address_up() -> None:
    raw = report("a@b.example", "c@d.example", status="4.1.1").replace(b"550 4.1.1", b"450 4.1.1")

    assert (bounced(raw).reason, bounced(raw).hard) == ("userunknown", False)


def test_the_address_is_the_one_we_wrote_to_not_what_their_server_made_of_it() -> None:
    raw = report("joost@inner.local", "c@d.example").replace(
        b"Action:", b"Original-Recipient: rfc822;joost@maas.example\r\nAction:"
    )

    assert bounced(raw).recipients == ("joost@maas.example",)


def test_each_of_several_recipients_has_its_own_cause() -> None:
    text = ("This message was created automatically by mail delivery software.\n\nThe following address(es) failed:\n\n"
            "  full@maas.example\n    SMTP error from remote mail server after RCPT TO:<full@maas.example>:\n    550 5.2.2 Mailbox full\n"
            "  gone@maas.example\n    SMTP error from remote mail server after RCPT TO:<gone@maas.example>:\n    550 User unknown\n")  # fmt: skip

    found = bounced(mail(text, **DAEMON, x_failed_recipients="full@maas.example, gone@maas.example"))

    assert found.recipients == ("full@maas.example", "gone@maas.example")
    assert (found.reason, found.hard, found.gone) == ("userunknown", True, ("gone@maas.example",))


def test_forms_of_older_programs_name_their_recipients() -> None:
    text = "Your mail to the following recipients could not be delivered because they are not accepting mail from x@lists.example:\n\tjoost\n"

    found = bounced(mail(text, sender="MAILER-DAEMON@aol.com", subject="Mail Delivery Problem"))

    assert found.recipients == ("joost@aol.com",)


def part(kind: str, content: str) -> str:
    return f"--b\r\nContent-Type: {kind}\r\n\r\n{content}\r\n"


def parted(declared: str, *parts: str, subject: str = "x") -> bytes:
    return (
        f"From: Mail <admin@maas.example>\r\nSubject: {subject}\r\nContent-Type: {declared}; boundary=b\r\n\r\n"
        + "".join(parts)
        + "--b--\r\n"
    ).encode()


def test_a_filter_that_refuses_in_the_form_of_a_receipt_is_a_bounce() -> None:
    said = part("text/plain", "Your message to <joost@maas.example> was automatically rejected:\r\nQuota exceeded")
    receipt = part(
        "message/disposition-notification",
        "Final-Recipient: rfc822; joost@maas.example\r\nDisposition: automatic-action/MDN-sent-automatically; deleted",
    )

    found = bounced(
        parted(
            "multipart/report; report-type=disposition-notification",
            said,
            receipt,
            subject="Automatically rejected mail",
        )
    )

    assert (found.recipients, found.reason, found.hard) == (("joost@maas.example",), "mailboxfull", False)


def test_a_report_that_a_gateway_wrapped_once_more_is_still_read() -> None:
    inner = report("joost@maas.example", "first@baton.example").decode().replace('"b"', '"c"').replace("--b", "--c")

    found = bounced(parted("multipart/mixed; report-type=delivery-status", part("message/rfc822", inner)))

    assert (found.recipients, found.hard) == (("joost@maas.example",), True)


def test_a_forwarded_report_is_a_persons_mail() -> None:
    enclosed = part(
        "message/rfc822", report("joost@maas.example", "first@baton.example").decode().replace("--b", "--c")
    )

    raw = parted(
        "multipart/mixed", part("text/plain", "Look, this could not be delivered."), enclosed, subject="Fwd: report"
    )

    assert envelope.kind(mime.parse(raw.replace(b"admin@", b"joost@"))).kind == "human"


def test_complaints_without_a_report_type_are_known_by_what_the_provider_returns() -> None:
    raw = parted(
        "multipart/mixed",
        part("message/rfc822", "X-HmXmrOriginalRecipient: joost@maas.example\r\nSubject: Routing\r\n\r\nHello"),
    )

    assert envelope.kind(mime.parse(raw)).kind == "complaint"


LONG = [
    "recipient ",
    "<<< 550 ",
    ">>> data ",
    "-",
    "=",
    "@",
    "a@b.example ",
    "\n",
    "x: y\n",
    "your message to ",
    "header ",
    "quota ",
    "message-id: <",
]


@pytest.mark.parametrize("piece", LONG)
def test_long_reports_cost_no_more_than_their_length(piece: str) -> None:
    text = (piece * (400_000 // len(piece)))[:400_000]
    head = "From: MAILER-DAEMON@mx.example\r\nReturn-Path: <>\r\nSubject: failure notice\r\n"
    groups = parted(
        "multipart/report; report-type=delivery-status",
        part("message/delivery-status", f"Action: failed\r\nDiagnostic-Code: smtp; {text}"),
    )

    assert envelope.kind(mime.parse(f"{head}\r\n{text}".encode())).kind == "bounce"
    assert envelope.kind(mime.parse(groups)).certainly_machine
