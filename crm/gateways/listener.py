"""SMTP and LMTP doors of our own: what comes in is given to a function, and refused when the function fails."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

Take = Callable[[str, list[str], bytes], None]
MOST_BYTES = 60 * 1024 * 1024
LONGEST_LINE = 8 * 1024 * 1024
log = logging.getLogger(__name__)
# The library logs every command with its addresses.
logging.getLogger("mail.log").setLevel(logging.ERROR)


class Door(Controller):
    """A listener in a thread of its own. `take` gets sender, recipients and raw mail, and runs outside the loop."""

    def __init__(
        self, take: Take, host: str, port: int, *, lmtp: bool = False, refuse: Callable[[str], str] | None = None
    ) -> None:
        self.lmtp = lmtp
        super().__init__(_Handler(take, refuse), hostname=host, port=port, ready_timeout=10)

    def factory(self) -> SMTP:
        kind = LMTP if self.lmtp else SMTP
        # Mail programs send lines beyond RFC 5321's 998 bytes; refusing those would lose replies.
        kind.line_length_limit = LONGEST_LINE
        return kind(self.handler, data_size_limit=MOST_BYTES, enable_SMTPUTF8=True, decode_data=False, ident="Baton")


class _Handler:
    def __init__(self, take: Take, refuse: Callable[[str], str] | None) -> None:
        self.take = take
        self.refuse = refuse

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.refuse(address) if self.refuse else ""
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        # By LMTP each recipient gets an answer of their own (RFC 2033 §4.2); they share one fate here.
        answers = len(envelope.rcpt_tos) if isinstance(server, LMTP) else 1
        return "\r\n".join([await self._taken(envelope)] * answers)

    async def _taken(self, envelope: Envelope) -> str:
        content: Any = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape")
        try:
            await asyncio.to_thread(self.take, envelope.mail_from or "", list(envelope.rcpt_tos), raw)
        except Exception:
            log.exception("a mail could not be taken in")
            return "451 4.3.0 Try again later"
        return "250 2.0.0 Ok: kept"
