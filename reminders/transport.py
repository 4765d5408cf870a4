"""The sender's line to the mail server: a process of its own, which keeps its connection from mail to mail.

It is killed when one mail takes too long. A socket's time limit bounds each step, never the whole, and
neither threads nor signals bound it in every worker pool; a process that is killed does. Run as a program
this file knows nothing of Django: it reads an order a line, says when the server has asked for the content
(from then on the mail may have arrived) and how it ended. Nothing secret stands on its command line.
"""

from __future__ import annotations

import base64
import json
import os
import re
import select
import signal
import smtplib
import ssl
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import Any, Self

ACCEPTED, TEMPORARY, PERMANENT, UNKNOWN = "accepted", "temporary", "permanent", "unknown"
# What a server says that will serve nobody now: closing, or not with these credentials.
ABOUT_THE_SERVER = (421, 454, 530, 534, 535, 538)
# For a polite goodbye, after which nothing more is at stake.
GOODBYE = 2.0


@dataclass(frozen=True, slots=True)
class Server:
    host: str
    port: int
    user: str = ""
    password: str = ""
    use_tls: bool = False
    use_ssl: bool = False
    certfile: str = ""
    keyfile: str = ""
    timeout: float = 20


@dataclass(frozen=True, slots=True)
class Result:
    outcome: str
    code: str = ""
    reached_data: bool = False
    is_server_down: bool = False


class Line:
    """Open for one run of a sender. Each order has `deadline` seconds from its beginning to its end."""

    def __init__(self, server: Server, *, deadline: float) -> None:
        self.server, self.deadline = server, deadline
        self._process: subprocess.Popen[bytes] | None = None
        self._rest = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def deliver(self, sender: str, recipient: str, message: bytes) -> Result:
        """Hand one message over, or say how far it came."""
        content = base64.b64encode(message).decode()
        return self._order({"sender": sender, "recipient": recipient, "message": content})

    def probe(self, sender: str) -> Result:
        """Ask the server whether it would take mails from us, without a message."""
        return self._order({"sender": sender})

    def close(self) -> None:
        process, self._process, self._rest = self._process, None, b""
        if process is None:
            return
        _let_go(process)
        try:
            process.wait(GOODBYE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _order(self, order: dict[str, Any]) -> Result:
        until = time.monotonic() + self.deadline
        reached_data = False
        try:
            process = self._running()
            _write(process, order)
            while True:
                said = json.loads(self._read_line(process, until))
                if "outcome" in said:
                    return Result(**said)
                reached_data = reached_data or "reached_data" in said
        except TimeoutError:
            ending = f"no end after {self.deadline:g} seconds"
        except (OSError, EOFError):
            ending = "the conversation broke off"
        self._kill()
        return Result(UNKNOWN if reached_data else TEMPORARY, ending, reached_data, is_server_down=True)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            # -I: neither the folder we are in nor the environment decides what is imported.
            command = [sys.executable, "-I", __file__]
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            _write(self._process, asdict(self.server))
        return self._process

    def _read_line(self, process: subprocess.Popen[bytes], until: float) -> bytes:
        assert process.stdout is not None
        pipe = process.stdout.fileno()
        said = select.poll()
        said.register(pipe, select.POLLIN)
        while b"\n" not in self._rest:
            left = until - time.monotonic()
            if left <= 0 or not said.poll(left * 1000):
                raise TimeoutError
            read = os.read(pipe, 65536)
            if not read:
                raise EOFError
            self._rest += read
        line, self._rest = self._rest.split(b"\n", 1)
        return line

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self.close()


def _write(process: subprocess.Popen[bytes], line: dict[str, Any]) -> None:
    assert process.stdin is not None
    process.stdin.write(json.dumps(line).encode() + b"\n")
    process.stdin.flush()


def _let_go(process: subprocess.Popen[bytes]) -> None:
    """The end of its input is its sign to go; what it still says nobody waits for."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()


# --- in the process of its own ---


def main() -> None:
    # Ctrl+C at a terminal is for the worker, which waits for us; our time is limited anyway.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    conversation = Conversation(Server(**json.loads(sys.stdin.readline())))
    for line in sys.stdin:
        order = json.loads(line)
        result = conversation.hand_over(**order) if "message" in order else conversation.probe(**order)
        _say(asdict(result))
    conversation.end()


def _say(line: dict[str, Any]) -> None:
    print(json.dumps(line), flush=True)


class Conversation:
    """With one server. Its connection is kept after a mail that was accepted, and after no other."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.connection: smtplib.SMTP | None = None

    def begin(self) -> Result:
        try:
            self.connection = _connect(self.server)
        except smtplib.SMTPResponseException as refused:
            # Whatever the number, it is about us and the server, not about one mail.
            return Result(TEMPORARY, _words(refused.smtp_code, refused.smtp_error), is_server_down=True)
        except (OSError, smtplib.SMTPException) as problem:
            return Result(TEMPORARY, _name(problem), is_server_down=True)
        return Result(ACCEPTED)

    def probe(self, sender: str) -> Result:
        self.end()
        result = self.begin()
        if self.connection is not None:
            try:
                result = _sender_refused(self.connection, sender) or result
                self.connection.rset()
            except (OSError, smtplib.SMTPException) as problem:
                result = Result(TEMPORARY, _name(problem), is_server_down=True)
        return self._kept_if_fine(result)

    def hand_over(self, sender: str, recipient: str, message: str) -> Result:
        content = base64.b64decode(message)
        if self.connection is not None:
            result = _hand_over(self.connection, sender, recipient, content)
            if not result.is_server_down or result.reached_data:
                return self._kept_if_fine(result)
            # A server ends a connection after so many mails or seconds; that says nothing of the next one.
            self.end()
        result = self.begin()
        if self.connection is not None:
            result = self._kept_if_fine(_hand_over(self.connection, sender, recipient, content))
        return result

    def end(self) -> None:
        connection, self.connection = self.connection, None
        if connection is not None:
            # Said, and not waited for: what the server said before counts, and a goodbye that never ends
            # would keep it from being told.
            with suppress(OSError, smtplib.SMTPException):
                connection.putcmd("quit")
            connection.close()

    def _kept_if_fine(self, result: Result) -> Result:
        if result.outcome != ACCEPTED:
            self.end()
        return result


def _connect(server: Server) -> smtplib.SMTP:
    if server.use_ssl:
        connection: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, timeout=server.timeout, context=_trust(server)
        )
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=server.timeout)
    connection.ehlo_or_helo_if_needed()
    if server.use_tls:
        connection.starttls(context=_trust(server))
        connection.ehlo()
    if server.user:
        connection.login(server.user, server.password)
    return connection


def _trust(server: Server) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if server.certfile:
        context.load_cert_chain(server.certfile, server.keyfile or None)
    return context


def _hand_over(connection: smtplib.SMTP, sender: str, recipient: str, message: bytes) -> Result:
    reached_data = False
    try:
        if refused := _sender_refused(connection, sender):
            return refused
        for command, wanted in ((f"RCPT TO:<{recipient}>", 2), ("DATA", 3)):
            code, words = connection.docmd(command)
            if code // 100 != wanted:
                return _refused(code, words)
        reached_data = True
        _say({"reached_data": True})
        connection.send(_stuffed(message))
        code, words = connection.getreply()
    except (OSError, smtplib.SMTPException) as problem:
        outcome = UNKNOWN if reached_data else TEMPORARY
        return Result(outcome, _name(problem), reached_data, is_server_down=True)
    except ValueError:
        return Result(PERMANENT, "the address has letters that SMTP does not know")
    if code // 100 != 2:
        return _refused(code, words, reached_data=True)
    return Result(ACCEPTED, _words(code, words), reached_data=True)


def _sender_refused(connection: smtplib.SMTP, sender: str) -> Result | None:
    """What stands against us, of whom all mails come.

    As at the beginning of a conversation, whatever the number: neither the recipient nor the size is named
    yet, so that even a 552 says nothing about this one mail.
    """
    try:
        code, words = connection.docmd(f"MAIL FROM:<{sender}>")
    except ValueError:
        why = "the sender's address has letters that SMTP does not know"
        return Result(TEMPORARY, why, is_server_down=True)
    return None if code // 100 == 2 else Result(TEMPORARY, _words(code, words), is_server_down=True)


def _refused(code: int, words: bytes, *, reached_data: bool = False) -> Result:
    about_the_server = code in ABOUT_THE_SERVER
    outcome = TEMPORARY if code < 500 or about_the_server else PERMANENT
    return Result(outcome, _words(code, words), reached_data, is_server_down=about_the_server)


def _stuffed(message: bytes) -> bytes:
    """As it goes over the wire: lines end in CRLF, a line that begins with a dot gets another one."""
    lines = re.sub(rb"(?m)^\.", b"..", re.sub(rb"\r\n|\r|\n", b"\r\n", message))
    return lines + (b"" if lines.endswith(b"\r\n") else b"\r\n") + b".\r\n"


def _words(code: int, text: bytes | str) -> str:
    """A NUL, which no database keeps, and whatever else nobody can read, only separates words."""
    words = text.decode(errors="replace") if isinstance(text, bytes) else text
    readable = "".join(letter if letter.isprintable() else " " for letter in words)
    return f"{code} {' '.join(readable.split())}"


def _name(problem: Exception) -> str:
    return f"{type(problem).__name__}: {problem}"


if __name__ == "__main__":
    main()
