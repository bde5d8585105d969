"""Installs what the tests need from the system's package manager, where this machine allows it."""

import os
import shutil
import subprocess
import sys

WANTED = {
    "chromium": "chromium",
    "dovecot": "dovecot-imapd dovecot-lmtpd",
    "postfix": "postfix",
    "sievec": "dovecot-sieve",
}  # program: its Debian packages
PATH = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin"


def main() -> None:
    """Install what is missing; whatever cannot be had is left to the tests' own skip lines."""
    missing = [packages for program, packages in WANTED.items() if not shutil.which(program, path=PATH)]
    if not missing or os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    names = " ".join(missing).split()
    print("Installing for the tests:", ", ".join(names), file=sys.stderr)
    quiet = {"stdout": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
    subprocess.run(["apt-get", "update", "-qq"], check=False, **quiet)
    subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *names], check=False, **quiet)


if __name__ == "__main__":
    main()
