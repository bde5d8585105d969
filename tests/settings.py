"""The product's settings on a throwaway cluster of the tests' own, under DATA_DIR/tests."""

import os

from crm import engines

if engines.data_dir().name != "tests":
    os.environ["DATA_DIR"] = str(engines.data_dir() / "tests")
os.environ["BATON_THROWAWAY"] = "1"

from crm.settings import *  # noqa: F403 - the environment above decides where its engines are

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# There is no worker beside the tests: a nudge does its work at once.
CELERY_TASK_ALWAYS_EAGER = True
# The clock of a test is the test's; nobody else may move it.
SANDBOX = True

# Nobody is asked about domains: a test that wants answers names its own server.
DNS_SERVERS = ["127.0.0.1:1"]
DNS_SECONDS = 0.1
