"""The web server of a figure as a process of its own: the figure's settings and database, and a queue nobody reads."""

import os
from importlib import import_module

_figure = vars(import_module(os.environ["FIGURE_SETTINGS"]))
globals().update({name: value for name, value in _figure.items() if name.isupper()})
globals()["DATABASES"]["default"]["NAME"] = os.environ["FIGURE_DATABASE"]
CELERY_TASK_ALWAYS_EAGER = False
CELERY_TASK_DEFAULT_QUEUE = os.environ["FIGURE_QUEUE"]
