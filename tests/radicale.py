"""A real Radicale on loopback: its own process, folder and port, which can be stopped and started again."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import requests

USER, PASSWORD = "noor", "calendar-secret"
PATIENCE = 20.0  # seconds; a bound against hanging


class Radicale:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        (folder / "users").write_text(f"{USER}:{PASSWORD}\n")
        self.url = f"http://127.0.0.1:{self.port}"
        self.calendar = f"{self.url}/{USER}/work/"
        self.start()
        self.make("work", "Work")

    def start(self) -> None:
        options = {
            "server-hosts": f"127.0.0.1:{self.port}", "storage-filesystem-folder": str(self.folder / "store"),
            "auth-type": "htpasswd", "auth-htpasswd-filename": str(self.folder / "users"),
            "auth-htpasswd-encryption": "plain", "auth-delay": "0", "logging-level": "error",
        }  # fmt: skip
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        self.process = subprocess.Popen([sys.executable, "-m", "radicale", "--config", "", *words])
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("Radicale does not start.")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(PATIENCE)

    def make(self, slug: str, name: str) -> None:
        body = (
            '<?xml version="1.0"?><C:mkcalendar xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:set><D:prop>'
            f"<D:displayname>{name}</D:displayname></D:prop></D:set></C:mkcalendar>"
        )
        self.ask("MKCALENDAR", f"{self.url}/{USER}/{slug}/", body)

    def put(self, uid: str, *lines: str) -> None:
        text = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//host//EN", "BEGIN:VEVENT", f"UID:{uid}",
                "DTSTAMP:20260601T000000Z", *lines, "END:VEVENT", "END:VCALENDAR", ""]  # fmt: skip
        self.ask("PUT", f"{self.calendar}{uid}.ics", "\r\n".join(text), "text/calendar")

    def delete(self, uid: str) -> None:
        self.ask("DELETE", f"{self.calendar}{uid}.ics")

    def ask(self, method: str, url: str, body: str = "", kind: str = "application/xml") -> requests.Response:
        answer = requests.request(
            method, url, data=body.encode(), auth=(USER, PASSWORD), headers={"Content-Type": kind}, timeout=PATIENCE
        )
        assert answer.status_code < 300, answer.text
        return answer

    def events(self) -> list[str]:
        """The text of every event that lies in the calendar."""
        text = self.ask("GET", self.calendar).text.replace("\r\n ", "")
        return ["BEGIN:VEVENT" + part for part in text.split("BEGIN:VEVENT")[1:]]
