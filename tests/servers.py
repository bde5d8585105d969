"""Postfix and Dovecot with a configuration of their own, on loopback, in a folder that goes with them."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

PATH = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin"
PASSWORD = "halden-mail"
PATIENCE = 20.0  # seconds; a bound against hanging
IS_ROOT = os.geteuid() == 0
MAILDIR_FOLDERS = ("Sent", "Junk", "Trash", "Drafts", "Archive")

_DOVECOT = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
{users}
mail_location = maildir:~/Maildir
mail_max_userip_connections = 100
mail_fsync = never
first_valid_uid = 1
imap_idle_notify_interval = 30 s
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u allow_all_users=yes
}}
namespace inbox {{
  inbox = yes
  separator = /
{folders}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp}
  }}
}}
service auth {{
  inet_listener {{
    address = 127.0.0.1
    port = {sasl}
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
recipient_delimiter = +
lmtp_save_to_detail_mailbox = {detail}
{answering}
"""
# Whoever has a script answers by it (Pigeonhole); nothing keeps it from answering at once and again.
_ANSWERING = """
submission_host = 127.0.0.1:{smtp}
postmaster_address = postmaster@halden.example
protocol lmtp {{
  mail_plugins = sieve
}}
plugin {{
  sieve = file:~/sieve;active=~/.dovecot.sieve
  sieve_extensions = +vacation-seconds
  sieve_vacation_min_period = 0
}}
"""
_FOLDER = """  mailbox {name} {{
    auto = subscribe
    special_use = \\{name}
  }}"""

_MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.halden.example
mydestination =
local_recipient_maps =
alias_maps =
virtual_mailbox_domains = {domains}
virtual_transport = lmtp:inet:127.0.0.1:{lmtp}
lmtp_destination_concurrency_limit = 20
lmtp_destination_recipient_limit = 1
recipient_delimiter = +
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{sasl}
smtpd_sasl_security_options = noanonymous
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
smtpd_peername_lookup = no
smtp_host_lookup = native
disable_dns_lookups = yes
message_size_limit = 104857600
mailbox_size_limit = 0
virtual_mailbox_limit = 0
bounce_queue_lifetime = 1h
maximal_queue_lifetime = 1h
"""
_MASTER = """
127.0.0.1:{smtp} inet n - n - 40 smtpd
postlog   unix-dgram n - n - 1 postlogd
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 1 1 qmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
verify    unix  - - n - 1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - - proxymap
smtp      unix  - - n - - smtp
error     unix  - - n - - error
retry     unix  - - n - - error
discard   unix  - - n - - discard
lmtp      unix  - - n - - lmtp
anvil     unix  - - n - 1 anvil
scache    unix  - - n - 1 scache
"""


def found(program: str) -> str | None:
    return shutil.which(program, path=PATH)


def free_ports(many: int) -> list[int]:
    """Ports that nobody listens on now."""
    held = [socket.socket() for _ in range(many)]
    for one in held:
        one.bind(("127.0.0.1", 0))
    ports = [int(one.getsockname()[1]) for one in held]
    for one in held:
        one.close()
    return ports


def answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def wait_for(port: int, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while not answers(port):
        if time.monotonic() > until:
            raise RuntimeError(
                f"nothing answers on port {port}: {log.read_text()[-2000:] if log.exists() else 'no log'}"
            )
        time.sleep(0.05)


class Dovecot:
    """IMAP and LMTP; whoever comes with PASSWORD has a mailbox, kept as a Maildir one can count in."""

    def __init__(self, folder: Path, *, files_copies: bool = False) -> None:
        self.folder, self.files_copies = folder, files_copies
        self.answers_through = 0  # the port of the server that takes what scripts answer; 0: nobody has a script
        self.imap, self.lmtp, self.sasl = free_ports(3)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> "Dovecot":
        for name in ("run", "state", "mail"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        me = pwd.getpwnam("mail") if IS_ROOT else pwd.getpwuid(os.geteuid())
        if IS_ROOT:
            for above in (self.folder, *self.folder.parents):  # the mail's user must get to its Maildir
                if above.stat().st_uid == 0 and above != Path("/") and not above.stat().st_mode & 1:
                    above.chmod(above.stat().st_mode | 0o011)
            os.chown(self.folder / "mail", me.pw_uid, me.pw_gid)
        users = (
            ""
            if IS_ROOT
            else f"default_internal_user = {me.pw_name}\ndefault_login_user = {me.pw_name}\ndefault_internal_group = "
        )
        group = "" if IS_ROOT else _group(me.pw_gid)
        config = self.folder / "dovecot.conf"
        config.write_text(
            _DOVECOT.format(
                folder=self.folder, users=users + group, password=PASSWORD, uid=me.pw_uid, gid=me.pw_gid, imap=self.imap,
                lmtp=self.lmtp, sasl=self.sasl, folders="\n".join(_FOLDER.format(name=name) for name in MAILDIR_FOLDERS),
                detail="yes" if self.files_copies else "no",
                answering=_ANSWERING.format(smtp=self.answers_through) if self.answers_through else "",
            )
        )  # fmt: skip
        program = found("dovecot")
        assert program, "dovecot is not installed"
        self.process = subprocess.Popen(
            [program, "-F", "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for port in (self.imap, self.lmtp, self.sasl):
            wait_for(port, self.folder / "dovecot.log")
        return self

    def script(self, address: str, words: str) -> None:
        """From now on this mailbox handles what comes by a Sieve script."""
        home = self.folder / "mail" / address
        home.mkdir(parents=True, exist_ok=True)
        path = home / ".dovecot.sieve"
        path.write_text(words)
        owner = (self.folder / "mail").stat()
        for one in (home, path):
            os.chown(one, owner.st_uid, owner.st_gid)

    def maildir(self, address: str, folder: str = "INBOX") -> Path:
        home = self.folder / "mail" / address / "Maildir"
        return home if folder == "INBOX" else home / f".{folder}"

    def mails(self, address: str, folder: str = "INBOX") -> list[bytes]:
        """What lies in a mailbox, in no order: counted from outside the product."""
        there = self.maildir(address, folder)
        return [one.read_bytes() for part in ("new", "cur") for one in (there / part).glob("*")]

    def log(self) -> str:
        return (self.folder / "dovecot.log").read_text(errors="replace")

    def stop(self) -> None:
        _end(self.process)


class Postfix:
    """An SMTP server that delivers every address of its domains to Dovecot; only root can run one.

    Where Dovecot `files_copies`, what somebody of baton.example sends also lands in their Sent folder, as large providers do it.
    """

    def __init__(self, folder: Path, dovecot: Dovecot, domains: Sequence[str]) -> None:
        self.folder, self.dovecot, self.domains = folder, dovecot, domains
        (self.smtp,) = free_ports(1)

    def start(self) -> "Postfix":
        config = self.folder / "config"
        for one in (config, self.folder / "queue", self.folder / "data"):
            one.mkdir(parents=True, exist_ok=True)
        for above in (self.folder, *self.folder.parents):
            if above != Path("/") and not above.stat().st_mode & 1:
                above.chmod(above.stat().st_mode | 0o011)
        owner = pwd.getpwnam("postfix")
        os.chown(self.folder / "data", owner.pw_uid, owner.pw_gid)
        values = {
            "folder": self.folder,
            "domains": ", ".join(self.domains),
            "lmtp": self.dovecot.lmtp,
            "sasl": self.dovecot.sasl,
        }
        copies = ""
        if self.dovecot.files_copies:
            (config / "sent").write_text("/^([^+@]+)@baton\\.example$/ ${1}+Sent@baton.example\n")
            copies = f"sender_bcc_maps = regexp:{config}/sent\n"
        (config / "main.cf").write_text(_MAIN.format(**values) + copies)
        (config / "master.cf").write_text(_MASTER.format(smtp=self.smtp))
        self._run("start")
        wait_for(self.smtp, self.folder / "postfix.log")
        return self

    def _run(self, verb: str) -> None:
        program = found("postfix")
        assert program, "postfix is not installed"
        done = subprocess.run(
            [program, "-c", str(self.folder / "config"), verb], capture_output=True, text=True, check=False,
            env={**os.environ, "PATH": PATH},
        )  # fmt: skip
        if verb == "start" and done.returncode:
            raise RuntimeError(f"postfix {verb}: {done.stdout} {done.stderr} {self.log()[-2000:]}")

    def log(self) -> str:
        there = self.folder / "postfix.log"
        return there.read_text(errors="replace") if there.exists() else ""

    def waiting(self) -> int:
        """Mails it has taken and not handed on yet."""
        queue = self.folder / "queue"
        return sum(
            1
            for part in ("maildrop", "incoming", "active", "deferred")
            for one in (queue / part).rglob("*")
            if one.is_file()
        )

    def stop(self) -> None:
        self._run("stop")


def _group(gid: int) -> str:
    import grp  # noqa: PLC0415 - only where an ordinary user runs it

    return grp.getgrgid(gid).gr_name


def _end(process: subprocess.Popen[bytes] | None) -> None:
    if process is None or process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
