"""The web server as a process: `python -m crm.web --host 127.0.0.1 --port 8000 --workers 2`.

uvicorn's own command, but that what is written leaves at once: with several processes it binds the door without saying
that it is TCP, so asyncio leaves Nagle's algorithm on and each answer waits 40 ms for the browser's delayed
acknowledgement (RFC 1122 section 4.2.3.2; Kludex/uvicorn#3149). Connections inherit the option from the door (tcp(7)).
"""

import socket
import sys
from argparse import ArgumentParser
from contextlib import suppress

import uvicorn
from uvicorn.supervisors.multiprocess import Multiprocess

GRACE = 5  # seconds that an answer in hand is given at the end


def main(said: list[str]) -> int:
    parser = ArgumentParser(prog="python -m crm.web")
    parser.add_argument("application", nargs="?", default="crm.asgi:application")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args(said)
    config = uvicorn.Config(
        asked.application, host=asked.host, port=asked.port, workers=asked.workers, access_log=False,
        log_level="warning", lifespan="off", timeout_graceful_shutdown=GRACE,
    )  # fmt: skip
    door = config.bind_socket()
    door.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if asked.workers > 1:
        Multiprocess(config, sockets=[door]).run()
        return 0
    server = uvicorn.Server(config)
    with suppress(KeyboardInterrupt):
        server.run(sockets=[door])
    return 0 if server.started else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
