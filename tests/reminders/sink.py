"""A mail server for tests: it answers as it is told to and keeps what it accepted."""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP


@dataclass
class Sink:
    """Answers are given in turn, the last one for ever; "ok" accepts, "hang" never answers."""

    at_mail: list[str] = field(default_factory=lambda: ["ok"])
    at_rcpt: list[str] = field(default_factory=lambda: ["ok"])
    at_data: list[str] = field(default_factory=lambda: ["ok"])
    recipients: list[str] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)
    """What came over the wire, whether it was accepted or not."""
    accepted: list[EmailMessage] = field(default_factory=list)
    never_says_goodbye: bool = False
    """QUIT is answered letter by letter, none of them late, without an end."""
    port: int = 0

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        answer = await self._next(self.at_mail)
        if answer == "ok":
            envelope.mail_from = address
            return "250 fine"
        return answer

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        answer = await self._next(self.at_rcpt)
        if answer == "ok":
            self.recipients.append(address)
            envelope.rcpt_tos.append(address)
            return "250 fine"
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.contents.append(envelope.original_content)
        answer = await self._next(self.at_data)
        if answer != "ok":
            return answer
        self.accepted.append(email.message_from_bytes(envelope.original_content, policy=email.policy.SMTP))
        return "250 queued"

    async def handle_QUIT(self, server: Any, session: Any, envelope: Any) -> str:
        while self.never_says_goodbye:
            server.transport.write(b"2")
            await asyncio.sleep(0.1)
        return "221 bye"

    async def _next(self, answers: list[str]) -> str:
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if answer == "hang":
            await asyncio.sleep(3600)
        return answer


@contextmanager
def running(sink: Sink, *, port: int = 0) -> Iterator[Sink]:
    controller = _Controller(sink, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        sink.port = controller.port
        yield sink
    finally:
        controller.stop()


class _Controller(Controller):
    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]  # the system may have chosen it
        super()._trigger_server()

    def factory(self) -> SMTP:
        return SMTP(self.handler, enable_SMTPUTF8=False, ident="sink")
