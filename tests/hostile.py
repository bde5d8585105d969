"""Strings that want to break something, and a walk over every page and form that could take them."""

import json
import os
import random
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.db import transaction
from django.test import Client
from django.urls import Resolver404, resolve

from tests.conftest import CORPORA

SCRIPT = "<script>hit()</script>"
OURS = [
    "nul\x00byte", "\x00", "\ud800", "\u202egnp.exe", "a" * 5000, "'; DROP TABLE crm_account; --", '" OR 1=1 --', "%s %(x)s {0}", "\\", "%", "_",
    "=cmd|' /C calc'!A0", "@SUM(1+9)", SCRIPT, '"><img src=x onerror=hit()>', "{{ 7|add:7 }}{% csrf_token %}", "javascript:hit()",
    "a\r\nBcc: all@victim.example", "../../etc/passwd", "99999999999999999999999", "-1", "1e999", "NaN", "٣٤", " ", "\u200b", "é" * 300, "null", "[]",
    '{"a": "\\u0000"}', '{"a": "\\ud800"}', "2026-13-45", "0000-00-00", "𝕏" * 90, "name ~ '(((((a+)+)+)+)+$'", "((((" * 200, "not " * 300 + "1", 'name = "',
]  # fmt: skip
EVERYTHING = os.environ.get("HOSTILE") == "all"
SAMPLE = 24


def strings(seed: int = 20261122) -> list[str]:
    """Our own always; of the corpora a seeded sample, or with HOSTILE=all every string."""
    found = sorted({line for line in corpora() if line})
    return [*OURS, *(found if EVERYTHING else random.Random(seed).sample(found, min(SAMPLE, len(found))))]


def corpora() -> Iterator[str]:
    folder = CORPORA / "hostile"
    if not folder.exists():
        return
    yield from json.loads((folder / "naughty-strings/blns.json").read_text())
    yield from (folder / "csv-injection/Intruder/csv-payload.txt").read_text(errors="replace").splitlines()
    yield from (row["payload"] for row in json.loads((folder / "dompurify/expect.json").read_text()))
    addresses = (folder / "isemail/test/tests.xml").read_text()
    yield from re.findall(r"<address>(.*?)</address>", addresses, re.DOTALL)


def some(name: str, given: list[str], many: int = 1) -> list[str]:
    """The strings one field is tried with: others for each field, all of them in the long form.

    The same in every run, whatever number a row has got in its address.
    """
    return given if EVERYTHING else random.Random(re.sub(r"\d+", "0", name)).sample(given, min(many, len(given)))


class Page(HTMLParser):
    """The addresses and forms of one page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[dict[str, Any]] = []
        self.form: dict[str, Any] = {}
        self.select = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.links += [given[name] for name in ("href", "hx-get") if given.get(name)]
        if tag == "form":
            self.form = {
                "action": given.get("action", ""),
                "method": given.get("method", "get").lower(),
                "texts": [],
                "rest": {},
            }
            self.forms.append(self.form)
        elif self.form and tag in ("input", "textarea", "button", "select") and given.get("name"):
            self.control(tag, given)
        elif self.form and tag == "option" and self.select and given.get("value"):
            self.form["rest"].setdefault(self.select, given["value"])

    def control(self, tag: str, given: dict[str, str]) -> None:
        name, kind = given["name"], given.get("type", "text")
        if tag == "select":
            self.select = name
        elif tag == "textarea" or (
            tag == "input" and kind in ("text", "search", "email", "url", "tel", "number", "date")
        ):
            self.form["texts"].append(name)
        elif kind not in ("file", "checkbox") and tag != "textarea":
            self.form["rest"].setdefault(name, given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = {}
        elif tag == "select":
            self.select = ""


NOT_WALKED = (
    "/accounts/sign-",
    "/admin/logout",
    "/static/",
    "/live/",
    "/api/",
    "/admin/jsi18n",
    "/accounts/password",
    "/healthz",
)


def walk(client: Client, start: list[str], most: int = 400) -> Iterator[tuple[str, str]]:
    """Every page that links lead to from `start`: of each route the first one (in the long form two), with what they say."""
    each = 2 if EVERYTHING else 1
    waiting, seen, met = list(start), set(start), dict[str, int]()
    while waiting and most:
        url = waiting.pop(0)
        answer = client.get(url, follow=True)
        if answer.status_code != 200 or "text/html" not in answer.get("Content-Type", ""):
            yield url, "" if answer.status_code < 500 else "500"
            continue
        text = answer.content.decode()
        here = answer.redirect_chain[-1][0] if answer.redirect_chain else url
        most -= 1
        yield here, text
        for link in Page(text).links:
            to = urljoin(here, link)
            if wanted(to, seen, met, each):
                waiting.append(to)


def wanted(url: str, seen: set[str], met: dict[str, int], each: int) -> bool:
    parts = urlsplit(url)
    if parts.netloc or parts.scheme not in ("", "http") or url in seen or parts.path.startswith(NOT_WALKED):
        return False
    seen.add(url)
    try:
        route = resolve(parts.path).route
    except Resolver404:
        return False
    route += "?" + ",".join(sorted(part.partition("=")[0] for part in parts.query.split("&"))) if parts.query else ""
    met[route] = met.get(route, 0) + 1
    return met[route] <= each


def tried(send: Any) -> str:
    """What went wrong with one request, empty if it was answered; whatever it wrote is taken back."""
    try:
        with transaction.atomic():
            answer = send()
            transaction.set_rollback(True)
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:160]}"
    return f"status {answer.status_code}" if answer.status_code >= 500 else ""


STRINGS = strings()
