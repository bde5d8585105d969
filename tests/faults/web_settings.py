"""The web server of a figure as a process of its own: the tests' engines, the figure's database, and a queue nobody reads."""

import os

from tests.settings import *  # noqa: F403 - the tests' own, but for what follows

DATABASES["default"]["NAME"] = os.environ["FIGURE_DATABASE"]  # noqa: F405 - of the line above
CELERY_TASK_ALWAYS_EAGER = False
CELERY_TASK_DEFAULT_QUEUE = os.environ["FIGURE_QUEUE"]
