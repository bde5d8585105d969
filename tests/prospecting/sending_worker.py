"""A sender in a process of its own, for tests that kill it: `python sending_worker.py NAME`."""

import os
import sys

import django

if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = os.environ["TEST_DATABASE"]
    from prospecting.services import sending

    print("ready", flush=True)
    while sys.stdin.readline():
        sending.send_due(limit=5, worker=sys.argv[1])
        print("done", flush=True)
