"""People who use the pages while something is struck; each answer they get is kept."""

import re
import threading
import time
from collections import Counter
from typing import Any

import requests

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
PATIENCE = 30.0  # seconds for one answer


class Visitor:
    """One browser, signed in through the form."""

    def __init__(self, address: str, email: str, password: str) -> None:
        self.address, self.talk = address, requests.Session()
        page = self.talk.get(f"{address}/accounts/sign-in/login/", timeout=PATIENCE)
        self.signed_in = self.post("/accounts/sign-in/login/", page.text, login=email, password=password)

    def post(self, path: str, page: str = "", **fields: str) -> requests.Response:
        token = _TOKEN.search(page)
        fields["csrfmiddlewaretoken"] = token[1] if token else self.talk.cookies.get("csrftoken", "")
        return self.talk.post(
            self.address + path,
            fields,
            timeout=PATIENCE,
            allow_redirects=False,
            headers={"Referer": self.address + path},
        )

    def get(self, path: str) -> requests.Response:
        return self.talk.get(self.address + path, timeout=PATIENCE, allow_redirects=False)

    def answers_again(self, path: str = "/today/", patience: float = 120.0) -> float:
        """Seconds until a page comes."""
        began = time.monotonic()
        while time.monotonic() - began < patience:
            try:
                if self.get(path).status_code == 200:
                    break
            except requests.RequestException:
                pass
            time.sleep(0.05)
        return time.monotonic() - began


class Busy(threading.Thread):
    """Someone who reads pages and writes notes without a pause; what was acknowledged is remembered."""

    def __init__(self, visitor: Visitor, name: str, account: int) -> None:
        super().__init__(daemon=True)
        self.visitor, self.writer, self.account = visitor, name, account
        self.codes: Counter[str] = Counter()
        self.kept: list[str] = []
        self.faults: list[str] = []
        self.ending = threading.Event()

    def run(self) -> None:
        number = 0
        while not self.ending.wait(0.1):
            number += 1
            self._seen("/today/", self._ask(lambda: self.visitor.get("/today/")))
            self._seen("/api/v1/accounts/", self._ask(lambda: self.visitor.get("/api/v1/accounts/")))
            words, path = f"{self.writer} wrote {number}.", f"/accounts/{self.account}/note/"
            answer = self._ask(lambda words=words, path=path: self.visitor.post(path, text=words))
            self._seen(path, answer)
            if answer is not None and answer.headers.get("Location") == f"/accounts/{self.account}/":
                self.kept.append(words)

    def _ask(self, ask: Any) -> requests.Response | None:
        try:
            found: requests.Response = ask()
        except requests.RequestException as error:
            self.codes["none"] += 1
            self.faults.append(type(error).__name__)
            return None
        return found

    def _seen(self, path: str, answer: requests.Response | None) -> None:
        if answer is None:
            return
        self.codes[str(answer.status_code)] += 1
        if answer.status_code == 503 and not answer.headers.get("Retry-After"):
            self.faults.append(f"{path}: 503 without Retry-After")
        if answer.status_code not in (200, 302, 503):
            self.faults.append(f"{path}: {answer.status_code}")

    def end(self) -> None:
        self.ending.set()
        self.join(PATIENCE * 4)
