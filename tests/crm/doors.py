"""Small servers for tests: one that tells a script, one with a certificate, one that answers questions about names."""

import datetime as dt
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NAME_SERVER = "a name server of a test"


@contextmanager
def door(*lines: bytes, context: ssl.SSLContext | None = None) -> Iterator[tuple[int, list[bytes]]]:
    """A listener on loopback that says the first line, then one more for each it hears (TAG as it came); gives its port and what it heard."""
    listener, heard = socket.create_server(("127.0.0.1", 0)), []

    def talk(conn: socket.socket) -> None:
        with suppress(OSError), conn:
            line = context.wrap_socket(conn, server_side=True) if context else conn
            stream = line.makefile("rb")
            for said in lines:
                tag = heard[-1].partition(b" ")[0]  # of an IMAP command
                line.sendall(said.replace(b"TAG", tag))
                heard.append(stream.readline())

    def serve() -> None:
        while True:
            try:
                conn, _ = listener.accept()
            except OSError:
                return
            heard.append(b"(connected)")
            threading.Thread(target=talk, args=(conn,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1], heard
    finally:
        listener.close()


@contextmanager
def dripping() -> Iterator[int]:
    """A listener that begins a TLS record and adds a byte of it every tenth of a second; gives its port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def drip(conn: socket.socket) -> None:
        with suppress(OSError), conn:
            conn.sendall(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc")
            while True:
                conn.sendall(b"\x03")
                time.sleep(0.1)

    def serve() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=drip, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()


class Authority:
    """Someone who signs certificates, whom `file` makes known."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.key = folder, ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tests")])
        self.certificate = self._signed(self.name, self.key.public_key(), ca=True)
        self.file = folder / "authority.pem"
        self.file.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def _signed(
        self, name: x509.Name, key: Any, *, days: int = 30, ca: bool = False, host: str = ""
    ) -> x509.Certificate:
        end = dt.datetime.now(dt.UTC) + dt.timedelta(days=days)
        built = (
            x509.CertificateBuilder().subject_name(name).issuer_name(self.name).public_key(key)
            .serial_number(x509.random_serial_number()).not_valid_before(end - dt.timedelta(days=60)).not_valid_after(end)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )  # fmt: skip
        if host:
            built = built.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        return built.sign(self.key, hashes.SHA256())

    def context(self, host: str, *, days: int = 30, by_itself: bool = False) -> ssl.SSLContext:
        """A server's side of TLS with a certificate for `host` that ends in so many days."""
        key = self.key if by_itself else ec.generate_private_key(ec.SECP256R1())
        name = self.name if by_itself else x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        made = self._signed(name, key.public_key(), days=days, host=host)
        file = self.folder / f"{host}-{days}-{by_itself}.pem"
        pem = serialization.Encoding.PEM
        private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        file.write_bytes(private + made.public_bytes(pem))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


@contextmanager
def name_server(records: dict[tuple[str, str], list[str]]) -> Iterator[str]:
    """A DNS server on loopback that knows these records and nothing else; gives its address."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                asked, sender = sock.recvfrom(4096)
            except OSError:
                return
            query = dns.message.from_wire(asked)
            question = query.question[0]
            key = (str(question.name).rstrip(".").lower(), dns.rdatatype.to_text(question.rdtype))
            answer = dns.message.make_response(query)
            if key in records:
                answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", key[1], *records[key]))
            else:
                answer.set_rcode(dns.rcode.NXDOMAIN)
            sock.sendto(answer.to_wire(), sender)

    threading.Thread(target=serve, name=NAME_SERVER, daemon=True).start()
    try:
        yield f"127.0.0.1:{sock.getsockname()[1]}"
    finally:
        sock.close()


_really = socket.getaddrinfo


def names(known: dict[str, str]) -> Callable[..., Any]:
    """A resolver that knows these names and whatever is a number; nobody is asked over a network."""

    def look(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        given = known.get(host)
        if given:
            return [row for one in given.split() for row in _really(one, port, type=socket.SOCK_STREAM)]
        try:
            return _really(host, port, flags=socket.AI_NUMERICHOST, type=socket.SOCK_STREAM)
        except UnicodeError:
            raise
        except (OSError, ValueError) as error:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known") from error

    return look
