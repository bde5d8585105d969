"""What strangers send is read without danger: nothing runs, nothing is asked of anybody, files are only downloads."""

import json
import threading
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

import pytest

from appointments.models import WorkItem
from crm import clock
from crm.models import Attachment, Message
from crm.rules import file_names, html, mail_layout
from crm.services import intake
from tests import hostile, rows
from tests.appointments.world import reached
from tests.conftest import CORPORA
from tests.prospecting.world import MONDAY

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40
ELSEWHERE = '<p>Hello</p><img src="https://tracker.example/open.gif" alt="us"><img src="//tracker.example/b.gif"><img src="cid:logo">'


def laid_out(markup: str, *pictures: tuple[str, str, bytes], files: dict[str, bytes] | None = None) -> bytes:
    """A mail with a layout of its own; pictures as (Content-ID, type, bytes), files by their names."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Joost <joost@maas-dekker.example>", "ada@baton.example", "Re: routing"
    mail["Message-ID"] = f"<{abs(hash((markup, pictures)))}@maas-dekker.example>"
    mail.set_content("Tuesday works for me.")
    mail.add_alternative(markup, subtype="html")
    for cid, kind, content in pictures:
        main, _, sub = kind.partition("/")
        mail.get_payload()[1].add_related(content, main, sub, cid=f"<{cid}>")  # type: ignore[union-attr, index]
    for name, content in (files or {}).items():
        mail.add_attachment(content, maintype="text", subtype="html", filename=name)
    return mail.as_bytes()


# What is left of HTML -------------------------------------------------------------------------------------------


def test_pictures_from_elsewhere_are_left_out_and_counted_until_somebody_asks() -> None:
    raw = laid_out(ELSEWHERE, ("logo", "image/png", PNG))
    shown, asked = mail_layout.of(raw), mail_layout.of(raw, elsewhere=True)

    assert (shown.elsewhere, "tracker" in shown.html) == (1, False)
    assert "https://tracker.example/open.gif" in asked.html
    assert shown.html.count("data:image/png;base64,") == asked.html.count("data:image/png;base64,") == 1


@pytest.mark.parametrize(
    ("address", "kind", "content"),
    [
        ("cid:other", "image/png", PNG),
        ("cid:logo", "image/svg+xml", b"<svg onload=hit()>"),
        ("cid:logo", "image/png", b"<html><script>hit()</script>"),
        ("cid:logo", "text/html", b"<script>hit()</script>"),
        ("data:image/svg+xml,<svg onload=hit()>", "image/png", PNG),
        ("/attachments/1/", "image/png", PNG),
        ("javascript:hit()", "image/png", PNG),
        ("file:///etc/passwd", "image/png", PNG),
    ],
)
def test_only_a_mail_s_own_pictures_are_shown(address: str, kind: str, content: bytes) -> None:
    shown = mail_layout.of(laid_out(f'<img src="{address}" alt="x">', ("logo", kind, content)), elsewhere=True)

    assert shown.html.strip() == '<img alt="x">'


def test_pictures_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_layout, "MOST_PICTURE", 100)
    monkeypatch.setattr(mail_layout, "MOST_PICTURES", 120)
    big, small = PNG + b"x" * 100, PNG + b"x" * 20
    mail = laid_out(
        '<img src="cid:a"><img src="cid:b"><img src="cid:c">',
        ("a", "image/png", big), ("b", "image/png", small), ("c", "image/png", small),
    )  # fmt: skip

    assert mail_layout.of(mail).html.count("data:") == 1


def test_a_link_leads_elsewhere_in_a_window_of_its_own_and_says_nothing_of_us() -> None:
    shown = html.sanitise(
        '<a href="https://x.example/">a</a><a href="/settings/">b</a><a href="//y.example">c</a><a href="#d">d</a>'
    )

    assert shown.count("href=") == 1
    assert 'target="_blank" rel="noopener noreferrer nofollow"' in shown


# Names of files -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("offer.pdf", "offer.pdf"), ("../../etc/passwd", "passwd"), ("C:\\Windows\\x.exe", "x.exe"), ("con", "_con"), ("CON.txt", "_CON.txt"),
        ("lpt1.pdf", "_lpt1.pdf"), ("com¹", "_com¹"), ("invoice\u202efdp.exe", "invoicefdp.exe"), (".bashrc", "bashrc"), ("...", "file"), ("", "file"),
        ("a\r\nSet-Cookie: x", "aSet-Cookie_ x"), ('a"; filename="b.html', "a__ filename=_b.html"), ("x.pdf . ", "x.pdf"), ("\x00", "file"),
        ("Größe 台北.pdf", "Größe 台北.pdf"), ("aux.tar.gz", "_aux.tar.gz"), ("a:b", "a_b"), ("report.html::$DATA", "report.html__$DATA"), ("%2e%2e%2fx", "_2e_2e_2fx"),
    ],
)  # fmt: skip
def test_the_name_of_a_file_is_safe_to_save_under(name: str, safe: str) -> None:
    assert file_names.safe(name, otherwise="file") == safe


def test_a_long_name_keeps_its_ending() -> None:
    assert file_names.safe("a" * 300 + ".pdf", otherwise="x") == "a" * 116 + ".pdf"
    assert len(file_names.safe("." + "b" * 300, otherwise="x")) == file_names.LONGEST


def test_a_file_is_a_download_of_no_kind_in_a_sandbox(world: SimpleNamespace, as_: Callable[..., Any]) -> None:
    raw = laid_out("<p>x</p>", files={"../../evil.html": b"<script>hit()</script>"})
    intake.receive(raw, recipients=[world.mailbox.address], at=clock.now())
    row = Attachment.objects.get()
    Attachment.objects.update(name="../Größe.html")
    answer = as_(world.ada).get(f"/attachments/{row.pk}/")

    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == "attachment; filename*=utf-8''Gr%C3%B6%C3%9Fe.html"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]


# The frame ------------------------------------------------------------------------------------------------------


def arrived(world: SimpleNamespace, raw: bytes) -> Message:
    return intake.receive(raw, recipients=[world.mailbox.address], at=clock.now())


def test_the_frame_has_a_policy_of_its_own_and_asking_for_pictures_is_kept_nowhere(
    world: SimpleNamespace, as_: Callable[..., Any]
) -> None:
    message, client = arrived(world, laid_out(ELSEWHERE)), as_(world.ada)
    place, before = f"/messages/{message.pk}/layout/", rows.read()
    page, frame = client.get(place), client.get(place + "frame/")
    asked, again = client.post(place + "frame/"), client.get(place + "frame/")

    assert "1 picture is not shown" in page.content.decode()
    policy = frame["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "img-src data:;" in policy
    assert "sandbox allow-popups allow-popups-to-escape-sandbox" in policy
    assert not {"allow-scripts", "allow-same-origin", "unsafe-inline"} & {*policy.replace(";", " ").split()}
    assert (frame["Referrer-Policy"], frame["X-Frame-Options"]) == ("no-referrer", "SAMEORIGIN")
    assert [b"tracker" in one.content for one in (frame, asked, again)] == [False, True, False]
    assert {table: lines for table, lines in rows.read().items() if table != "django_session"} == {
        table: lines for table, lines in before.items() if table != "django_session"
    }


def test_a_stranger_gets_no_layout(world: SimpleNamespace, as_: Callable[..., Any], stranger: Any) -> None:
    message = arrived(world, laid_out(ELSEWHERE))
    place = f"/messages/{message.pk}/layout/"

    answers = [as_(stranger).get(place), as_(stranger).get(place + "frame/"), as_(stranger).post(place + "frame/")]
    assert [one.status_code for one in answers] == [404] * 3


# In a browser ---------------------------------------------------------------------------------------------------


@pytest.fixture
def tracker() -> Iterator[SimpleNamespace]:
    """Somebody who counts who loads a picture, on another port of this machine."""
    heard: list[dict[str, str]] = []

    class Counter(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append({"path": self.path, **{name.lower(): value for name, value in self.headers.items()}})
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.end_headers()
            self.wfile.write(PNG)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Counter)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield SimpleNamespace(heard=heard, address=f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    server.server_close()


def payloads() -> list[str]:
    """A seeded sample of the corpus, or with HOSTILE=all every one; and what mail has tried before."""
    ours = [
        "<script>hit()</script>", "<img src=x onerror=hit()>", "<svg onload=hit()>", '<a href="javascript:hit()" id=go>x</a>', "<iframe srcdoc='<script>parent.hit()</script>'></iframe>",
        "<form action=/accounts/new/ method=post><input name=name value=x><button>x</button></form>", "<meta http-equiv=refresh content='0;url=https://out.example/'>",
        "<link rel=stylesheet href=https://out.example/x.css>", "<style>@import url(https://out.example/x.css);*{background:url(https://out.example/y)}</style>",
        "<base href=https://out.example/><img src=z.gif>", "<video src=https://out.example/v autoplay></video><audio src=https://out.example/a></audio>",
        "<object data=https://out.example/o></object><embed src=https://out.example/e>", "<table background=https://out.example/t><tr><td style='background:url(https://out.example/u)'>x",
        "<img srcset='https://out.example/s 2x' src=''><picture><source srcset=https://out.example/p></picture>", "<math><mi xlink:href='javascript:hit()'>x</mi></math>",
        "<body onload=hit() background=https://out.example/b>", "<input autofocus onfocus=hit()>", "<details open ontoggle=hit()>", "<noscript><p title='</noscript><img src=x onerror=hit()>'>",
        "<link rel=prefetch href=https://out.example/pf><link rel=dns-prefetch href=//out.example>", "<script src=https://out.example/x.js></script>", "<img src=https://out.example/i.gif>",
    ]  # fmt: skip
    file = CORPORA / "hostile" / "dompurify" / "expect.json"
    kept = [row["payload"] for row in json.loads(file.read_text())] if file.exists() else []
    return ours + hostile.some("layout", kept, 30)


@pytest.fixture
def live(site: str, ada: Any, noor: Any) -> SimpleNamespace:
    with clock.at(MONDAY):
        return reached(ada, noor)


ON_A_PAGE = 18  # mails of one conversation, each in a frame of its own


@pytest.mark.chromium
@pytest.mark.long
def test_on_the_reply_page_nothing_runs_and_nobody_outside_is_asked(
    live: SimpleNamespace, ada: Any, page_as: Callable[..., Any]
) -> None:
    page, wrong = watched(page_as(ada), live)
    tried = payloads()
    mails = list(enumerate([*tried, "".join(tried)]))
    for start in range(0, len(mails), ON_A_PAGE):
        heard = [hears(live, number, payload) for number, payload in mails[start : start + ON_A_PAGE]]
        item = WorkItem.objects.get(conversation=live.touch.message.conversation, state="open")
        page.goto(f"/replies/{item.pk}/")
        for message in heard:
            page.locator(f"details:has([hx-get='/messages/{message.pk}/layout/']) > summary").last.click()
            frame = page.frame_locator(f"iframe[name=mail-{message.pk}]")
            frame.locator("body").wait_for()
            for link in frame.locator("a#go").all():
                link.click(timeout=500, no_wait_after=True)
        page.wait_for_timeout(100)

    assert len(tried) >= 22
    assert wrong == []


def watched(page: Any, live: SimpleNamespace) -> tuple[Any, list[str]]:
    """A page that notes whatever runs, leaves or is refused by the policy of the page around the frame."""
    wrong: list[str] = []
    page.expose_function("hit", lambda *given: wrong.append(f"ran: {given}"))
    page.add_init_script(
        "for (const name of ['alert', 'confirm', 'prompt', 'print']) window[name] = () => window.hit(name);"
    )
    page.on("dialog", lambda dialog: (wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on("request", lambda asked: wrong.append(asked.url) if outside(asked.url) else None)
    page.context.on("page", lambda other: other.close())
    return page, wrong


def outside(address: str) -> bool:
    return not address.startswith(("http://127.0.0.1:", "data:", "about:", "blob:"))


def hears(live: SimpleNamespace, number: int, payload: str) -> Message:
    sent, mail = live.touch.message, EmailMessage()
    mail["From"], mail["To"] = f"Joost Dekker <{live.joost.email}>", live.mailbox.address
    mail["Subject"], mail["Message-ID"] = f"Re: {sent.subject}", f"<h{number}@customer.example>"
    mail["In-Reply-To"] = f"<{sent.message_id.strip('<>')}>"
    mail.set_content(f"Can you tell me more? {payload}")
    mail.add_alternative(f"<p>Can you tell me more?</p>{payload}", subtype="html")
    return intake.receive(mail.as_bytes(), recipients=[live.mailbox.address], at=clock.now())


@pytest.mark.chromium
def test_pictures_from_elsewhere_load_when_a_person_asks_and_say_nothing_of_us(
    live: SimpleNamespace, ada: Any, page_as: Callable[..., Any], tracker: SimpleNamespace
) -> None:
    markup = f'<p>Hello</p><img src="{tracker.address}/open.gif?who=ada" alt="open">'
    message = arrived(live, laid_out(markup, ("logo", "image/png", PNG)))
    page = page_as(ada)
    page.goto(f"/messages/{message.pk}/layout/")
    page.frame_locator("iframe.mail-frame").get_by_text("Hello").wait_for()
    page.wait_for_timeout(200)
    before = list(tracker.heard)
    with page.expect_response(lambda answer: answer.url.startswith(tracker.address)):
        page.get_by_role("button", name="Load it once").click()

    assert before == []
    [asked] = tracker.heard
    assert asked["path"] == "/open.gif?who=ada"
    assert not {"referer", "cookie"} & {*asked}
    assert asked.get("origin", "null") == "null"  # of a sandbox: whoever it is
    assert page.evaluate("document.querySelector('iframe.mail-frame').contentDocument") is None
