"""The server of forks: a process has one, whoever asks first, so it loads what any of its forks will need."""

import multiprocessing

forks = multiprocessing.get_context("forkserver")
forks.set_forkserver_preload(
    [
        "__main__",
        "tests.faults.senders",
        "tests.faults.readers",
        "tests.faults.tours",
        "tests.faults.meetings",
        "tests.prospecting.sending_worker",
    ]
)
