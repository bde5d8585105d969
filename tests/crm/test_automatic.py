"""Subjects of absence notices and answering programs in many languages; what people write stays a person's."""

import pytest

from crm.rules import automatic, envelope, mime
from tests.crm.mails import mail

# As Outlook, Exchange, Gmail, Notes, GroupWise, Zimbra, Thunderbird, cPanel, vacation(1), help desks and carriers write them.
AUTOMATIC = {
    "en": [
        "Automatic reply: Routing for Northwind", "Out of Office: Routing", "Out of Office AutoReply: Routing", "Auto: Routing", "Auto-Reply: Routing",
        "AutoReply: Routing", "[Auto-Reply] Routing", "Autoreply: I am on leave", "Out of the office until 4 August", "I am out of the office", "OOO: Re: Routing",
        "OOO until Monday", "Vacation reply", "Vacation message", "On annual leave", "On maternity leave", "I'm on vacation", "Away from my desk", "Joost Maas is away",
        "Joost Maas is out of the office (returning 08/12/2026)", "Currently away", "Out-of-office reply", "Automated response: Routing", "Auto Response: Routing",
        "Automatic response to your message", "Absence notice", "Away from the office", "Holiday: back 3 January", "Vacation 1-14 August", "Autoresponder: thanks",
        "Automatic Reply", "Auto-generated: we received your mail", "Out of office - Joost", "Thank you for your message (automatic reply)",
    ],
    "de": [
        "Abwesenheitsnotiz: Routing", "Automatische Antwort: Routing", "Automatische Abwesenheitsnotiz", "Abwesend: Routing", "Abwesenheitsmeldung", "Abwesenheitsassistent: Routing",
        "Ich bin im Urlaub", "Urlaub", "Urlaub bis 14.8.", "Ich bin derzeit nicht im Büro", "Nicht im Hause", "Außer Haus", "Automatisch generierte Antwort: Autoreply",
        "Bin im Urlaub bis 12. August",
    ],
    "fr": [
        "Réponse automatique : Routing", "Reponse automatique: Routing", "Absence du bureau", "Message d'absence : Routing", "Absent du bureau jusqu'au 14 août", "Absente du 2 au 12",
        "Je suis en congés", "Hors du bureau", "Message automatique : Routing", "Congés", "Notification d'absence",
    ],
    "es": [
        "Respuesta automática: Routing", "Respuesta automatica: Routing", "Fuera de la oficina", "Fuera de oficina: Routing", "Ausente de la oficina", "De vacaciones hasta el lunes",
        "Autorespuesta: Routing", "Mensaje de ausencia", "Vacaciones", "Ausencia temporal",
    ],
    "pt": ["Resposta automática: Routing", "Fora do escritório", "Mensagem de ausência", "De férias até 12/8", "Férias", "Ausente do escritório"],
    "it": ["Risposta automatica: Routing", "Fuori ufficio", "Fuori sede", "Assente dall'ufficio", "Sono in ferie", "Messaggio di assenza", "Ferie dal 2 al 12 agosto"],
    "nl": ["Automatisch antwoord: Routing", "Afwezigheidsbericht", "Afwezig: Routing", "Niet aanwezig", "Ik ben met vakantie", "Niet op kantoor", "Vakantie tot 14 augustus"],
    "sv": ["Autosvar: Routing", "Automatiskt svar: Routing", "Frånvaromeddelande", "På semester", "Semester"],
    "da/no": ["Automatisk svar: Routing", "SV automatisk: automatisk besked", "Fraværsmelding", "På ferie", "Ikke til stede", "Fraværsbesked"],
    "fi": ["Automaattinen vastaus: Routing", "Poissa toimistolta", "Lomalla 14.8. asti", "Poissaoloviesti"],
    "pl": ["Automatyczna odpowiedź: Routing", "Odpowiedź automatyczna: Routing", "Nieobecność", "Poza biurem", "Jestem na urlopie"],
    "ru": ["Автоответ: Routing", "Автоматический ответ: Routing", "Отсутствую до понедельника", "Я в отпуске", "Отпуск", "Вне офиса"],
    "cs/sk/hu/ro": ["Automatická odpověď: Routing", "Mimo kancelář", "Na dovolené", "Automatikus válasz: Routing", "Házon kívül", "Răspuns automat: Routing", "În concediu"],
    "tr/el": ["Otomatik yanıt: Routing", "Ofis dışında", "Αυτόματη απάντηση: Routing", "Εκτός γραφείου"],
    "ja": ["自動返信: Routing", "自動応答", "不在通知", "不在のお知らせ", "休暇中", "外出中です", "【自動返信】お問い合わせありがとうございます"],
    "zh": ["自动回复: Routing", "自動回覆: Routing", "自动答复：外出", "休假", "我不在办公室"],
    "ko/vi/th": ["자동 회신: Routing", "자동응답: Routing", "부재중", "휴가 중입니다", "Trả lời tự động: Routing", "ตอบกลับอัตโนมัติ: Routing"],
    "he/ar/id": ["מענה אוטומטי: Routing", "מחוץ למשרד", "رد تلقائي: Routing", "Balasan otomatis: Routing", "Sedang cuti"],
}  # fmt: skip

TYPED = [
    "Re: Routing for Northwind", "RE: Automatic reply: Routing", "AW: Abwesenheitsnotiz", "Fwd: Out of office", "Holiday schedule 2026", "Holiday party",
    "Vacation rental software for your team", "Urlaubsplanung 2027", "Leave of absence policy", "Semesterticket für Mitarbeiter", "Ferienhaus in Tirol",
    "Automatic door service", "Automation of invoices", "Auto insurance renewal", "Automatische Rechnungsstellung", "Office move", "New office in Utrecht",
    "Absence management: our offer", "Away game on Saturday", "Feriendienst gesucht", "Congés payés : question", "Vacaciones en Mallorca para su equipo", "Férias coletivas na empresa",
    "Outsourcing", "Out of stock", "We are out of budget", "Autonomous vehicles", "自動車の見積もり", "自动化设备", "휴가비 정산", "Отпускные выплаты", "Urlopy w firmie",
    "Ticket prices", "Delivery failed to arrive", "Mailbox full of leads", "Returned goods", "Undeliverable furniture", "Question", "Quick call?", "",
]  # fmt: skip


@pytest.mark.parametrize("language", AUTOMATIC)
def test_subjects_of_answering_programs_are_known_by_themselves(language: str) -> None:
    missed = [one for one in AUTOMATIC[language] if not automatic.subject_says(one)]

    assert missed == []


@pytest.mark.parametrize("subject", TYPED)
def test_subjects_people_write_are_not_taken_for_a_program(subject: str) -> None:
    found = envelope.kind(mime.parse(mail("Can we talk on Tuesday?", subject=subject)))

    assert found.kind == "human"


def test_more_than_a_hundred_subjects_in_more_than_seven_languages_are_kept() -> None:
    assert len(AUTOMATIC) >= 7
    assert sum(len(subjects) for subjects in AUTOMATIC.values()) >= 100


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("auto_submitted", "auto-replied"), ("auto_submitted", "auto-generated"), ("auto_submitted", "auto-notified; owner-email=x@y.example"),
        ("auto_submitted", "Auto-Replied (vacation)"), ("x_autoreply", "yes"), ("x_autorespond", "Routing"), ("x_autoresponder", "1"),
        ("x_auto_response", "x"), ("x_mail_autoreply", "x"), ("x_vacation", "yes"), ("x_autoreply_from", "joost@maas.example"),
        ("x_ms_exchange_inbox_rules_loop", "joost@maas.example"), ("precedence", "auto_reply"), ("precedence", "Auto-Reply"), ("preference", "auto_reply"),
        ("x_amazon_auto_reply", "true"), ("x_auto_answer", "yes"),
    ],
)  # fmt: skip
def test_headers_mark_a_mail_as_automatic(name: str, value: str) -> None:
    found = envelope.kind(mime.parse(mail("Thanks for your note.", subject="Re: Routing", **{name: value})))

    assert (found.kind, found.certainly_machine) == ("auto", False)


@pytest.mark.parametrize(
    "headers",
    [{"auto_submitted": "no"}, {"x_auto_response_suppress": "All"}, {"precedence": "list", "list_id": "<x.example>"}],
)
def test_headers_that_persons_mail_bears_too_mark_nothing(headers: dict[str, str]) -> None:
    assert envelope.kind(mime.parse(mail("Thanks for your note.", subject="Re: Routing", **headers))).kind == "human"


@pytest.mark.parametrize(
    "subject",
    [
        "Re: Routing (verification required)",
        "[Spam Arrest] Re: Routing",
        "Please confirm your message: Routing",
        "Your email requires verification verify#a1b2",
        "Boxbe: Routing",
    ],
)
def test_a_program_that_wants_an_answer_before_it_delivers_is_no_person(subject: str) -> None:
    assert envelope.kind(mime.parse(mail("Click below so that I get your mail.", subject=subject))).kind == "auto"
