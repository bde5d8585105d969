"""The whole product under one supervisor: web, worker, beat and, on the embedded default, the mail sandbox."""

import json
import os
import secrets
import socket
import sys
import threading
import urllib.request
from argparse import ArgumentParser
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import psycopg
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import CommandError
from django.db import connection

from appointments.demo import world
from crm import engines
from crm.management.calm import CalmCommand
from crm.supervisor import Part, Supervisor

PYTHON = sys.executable
# Root in a container is root by choice; the line would come at every start.
CELERY = [PYTHON, "-W", "ignore:You're running the worker", "-m", "celery", "--app", "crm.celery", "--quiet"]

LOOK_AT_ENGINES = 1.0  # seconds

SENDER = ["-Q", "mail", "-P", "threads", "-c", "8", "-n", "sender@%h"]


class Command(CalmCommand):
    help = "Runs web, worker, beat and mail sandbox until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=os.environ.get("HOST") or "127.0.0.1")
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        refuse_a_taken_port(host, port)
        notes = fill()
        parts = the_parts(host, port)
        # The parent only watches from here on.
        connection.close()
        supervisor = Supervisor(parts)
        threading.Thread(target=keep_engines, args=[supervisor.stopping], daemon=True).start()
        supervisor.run(lambda: answers(host, port), lambda: self.announce(notes))

    def announce(self, notes: list[str]) -> None:
        for line in ["", f"Baton is up: {settings.BASE_URL}", *notes, "Ctrl-C stops it."]:
            self.stderr.write(line)


def fill() -> list[str]:
    """Give an empty installation the demonstration world, or its first admin; returns how to sign in."""
    if get_user_model().objects.exists() and not world.is_half_there():
        return log_ins()
    choose_doors()
    if os.environ.get("DEMO") == "0" and not world.is_half_there():
        return [first_admin()]
    if load_demonstration():
        raise CommandError("The demonstration world could not be loaded; `make run DEMO=0` starts empty.")
    return log_ins()


def load_demonstration() -> int:
    """In processes of their own, which give back their memory and end with this one."""
    loading = Part("demo", [PYTHON, "manage.py", "demo"])
    try:
        return loading.start().wait()
    finally:
        loading.end()


def first_admin() -> str:
    """The one person of an empty installation; the password is shown here and nowhere else."""
    email, password = os.environ.get("ADMIN_EMAIL") or "admin@baton.example", secrets.token_urlsafe(12)
    get_user_model().objects.create_superuser(email, password, name="Admin")
    return f"Sign in as {email} with {password} (shown once; change it after signing in)."


def log_ins() -> list[str]:
    """Who the demonstration world lets in, as the command that made it wrote them down."""
    path = settings.DATA_DIR / "demo.json"
    people = json.loads(path.read_text())["logins"] if path.exists() else []
    job, email = (max((len(one[name]) for one in people), default=0) for name in ("job", "email"))
    return [f"  {one['job']:<{job}}  {one['email']:<{email}}  {one['password']}" for one in people]


def the_parts(host: str, port: int) -> list[Part]:
    """What runs beside the engines; each part in a process group of its own."""
    workers = os.environ.get("WEB_WORKERS") or "2"
    hands = os.environ.get("WORKER_PROCESSES") or "2"
    parts = [
        Part("web", [PYTHON, "-m", "crm.web", "--host", host, "--port", str(port), "--workers", workers]),
        Part("worker", [*CELERY, "worker", "-c", hands, "--without-gossip", "--without-mingle"]),
        Part("reader", [PYTHON, "manage.py", "mail_reader"]),
        Part("sender", [*CELERY, "worker", *SENDER, "--without-gossip", "--without-mingle"]),
        Part("beat", [*CELERY, "beat", "--scheduler", "crm.beat:Beat", "--pidfile", ""]),
    ]
    if settings.SANDBOX:
        parts.append(Part("sandbox", [PYTHON, "manage.py", "sandbox"]))
    return parts


def keep_engines(stopping: threading.Event) -> None:
    """The engines are nobody's children: one that died is started again, as often as it takes."""
    while not stopping.wait(LOOK_AT_ENGINES):
        try:
            engines.revive()
        except (engines.EnginesError, psycopg.Error, OSError) as error:
            print(f"An engine does not start; tried again. {error}", file=sys.stderr)


def choose_doors() -> None:
    """Two installations on one machine: the second one's sandbox takes other ports, and keeps them."""
    usual = (settings.SANDBOX_SMTP_PORT, settings.SANDBOX_INTAKE_PORT)
    if os.environ.get("SANDBOX_SMTP_PORT") or not any(against("127.0.0.1", port) for port in usual):
        return
    with closing(socket.socket()) as one, closing(socket.socket()) as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        doors = {"smtp": one.getsockname()[1], "intake": two.getsockname()[1]}
    (settings.DATA_DIR / "sandbox_ports.json").write_text(json.dumps(doors))


def refuse_a_taken_port(host: str, port: int) -> None:
    if reason := against(host, port):
        raise CommandError(f"Port {port} on {host} is not free ({reason}); try make run PORT=8001.")


def against(host: str, port: int) -> str:
    """What stands against listening here; empty when nothing does."""
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return str(error.strerror)
    return ""


def answers(host: str, port: int) -> bool:
    """Whether /healthz says anything but 503 yet."""
    near = "127.0.0.1" if host in ("", "0.0.0.0") else host  # noqa: S104 - compared, not bound
    request = urllib.request.Request(
        f"http://{near}:{port}/healthz", headers={"Host": urlsplit(settings.BASE_URL).netloc}
    )
    try:
        with closing(urllib.request.urlopen(request, timeout=2)) as answer:  # noqa: S310 - our own address
            return answer.status == 200
    except OSError:
        return False
