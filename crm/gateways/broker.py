"""Whether the broker answers."""

from kombu import Connection


def answers(url: str) -> bool:
    """One try of at most a second; the broker's absence is an answer, not an error."""
    try:
        options = {"socket_timeout": 1, "socket_connect_timeout": 1}
        with Connection(url, connect_timeout=1, transport_options=options) as connection:
            connection.ensure_connection(max_retries=1, interval_start=0, timeout=1)
            return True
    except Exception:  # every transport has its own errors for "not there"
        return False
