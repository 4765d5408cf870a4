"""One SMTP conversation, in a process of its own that is killed when it takes too long.

Run as a program it knows nothing of Django: it reads what to do from its standard input, says when the server
has asked for the content (from then on the mail may have arrived) and how it ended. A socket's time limit
bounds each step, never the whole, and neither threads nor signals bound it in every worker pool; a process
that is killed does. Nothing secret stands on its command line.
"""

from __future__ import annotations

import base64
import json
import re
import signal
import smtplib
import ssl
import subprocess
import sys
from dataclasses import asdict, dataclass
from typing import Any

ACCEPTED, TEMPORARY, PERMANENT, UNKNOWN = "accepted", "temporary", "permanent", "unknown"
# What a server says that will serve nobody now: closing, or not with these credentials.
ABOUT_THE_SERVER = (421, 454, 530, 534, 535, 538)


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


def deliver(server: Server, sender: str, recipient: str, message: bytes, *, deadline: float) -> Result:
    """Hand one message over, or say how far it came."""
    order = {"sender": sender, "recipient": recipient, "message": base64.b64encode(message).decode()}
    return _in_own_process({"server": asdict(server), **order}, deadline=deadline)


def probe(server: Server, *, deadline: float) -> Result:
    """Ask the server whether it would serve us, without a message."""
    return _in_own_process({"server": asdict(server)}, deadline=deadline)


def _in_own_process(order: dict[str, Any], *, deadline: float) -> Result:
    # -I: neither the folder we are in nor the environment decides what is imported.
    command = [sys.executable, "-I", __file__]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            said, _ = process.communicate(json.dumps(order).encode(), timeout=deadline)
            ending = "the conversation broke off"
        except subprocess.TimeoutExpired:
            process.kill()
            said, _ = process.communicate()
            ending = f"no end after {deadline:g} seconds"
    lines = [json.loads(line) for line in said.splitlines() if line.endswith(b"}")]
    last = lines[-1] if lines else {}
    if "outcome" in last:
        return Result(**last)
    reached_data = "reached_data" in last
    return Result(UNKNOWN if reached_data else TEMPORARY, ending, reached_data, is_server_down=True)


# --- in the process of its own ---


def main() -> None:
    # Ctrl+C at a terminal is for the worker, which waits for us; our time is limited anyway.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    order = json.load(sys.stdin)
    _say(asdict(_converse(Server(**order.pop("server")), **order)))


def _say(line: dict[str, Any]) -> None:
    print(json.dumps(line), flush=True)


def _converse(server: Server, *, sender: str = "", recipient: str = "", message: str = "") -> Result:
    try:
        connection = _connect(server)
    except smtplib.SMTPResponseException as refused:
        # Whatever the number, it is about us and the server, not about one mail.
        return Result(TEMPORARY, _words(refused.smtp_code, refused.smtp_error), is_server_down=True)
    except (OSError, smtplib.SMTPException) as problem:
        return Result(TEMPORARY, _name(problem), is_server_down=True)
    if not recipient:
        _quit(connection)
        return Result(ACCEPTED)
    result = _hand_over(connection, sender, recipient, base64.b64decode(message))
    _quit(connection)
    return result


def _connect(server: Server) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if server.certfile:
        context.load_cert_chain(server.certfile, server.keyfile or None)
    if server.use_ssl:
        connection: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, timeout=server.timeout, context=context
        )
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=server.timeout)
    connection.ehlo_or_helo_if_needed()
    if server.use_tls:
        connection.starttls(context=context)
        connection.ehlo()
    if server.user:
        connection.login(server.user, server.password)
    return connection


def _hand_over(connection: smtplib.SMTP, sender: str, recipient: str, message: bytes) -> Result:
    reached_data = False
    try:
        for command, wanted in (
            (f"MAIL FROM:<{sender}>", 2),
            (f"RCPT TO:<{recipient}>", 2),
            ("DATA", 3),
        ):
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


def _refused(code: int, words: bytes, *, reached_data: bool = False) -> Result:
    about_the_server = code in ABOUT_THE_SERVER
    outcome = TEMPORARY if code < 500 or about_the_server else PERMANENT
    return Result(outcome, _words(code, words), reached_data, is_server_down=about_the_server)


def _stuffed(message: bytes) -> bytes:
    """As it goes over the wire: lines end in CRLF, a line that begins with a dot gets another one."""
    lines = re.sub(rb"(?m)^\.", b"..", re.sub(rb"\r\n|\r|\n", b"\r\n", message))
    return lines + (b"" if lines.endswith(b"\r\n") else b"\r\n") + b".\r\n"


def _quit(connection: smtplib.SMTP) -> None:
    try:
        connection.quit()
    except (OSError, smtplib.SMTPException):
        connection.close()  # what the server said before counts


def _words(code: int, text: bytes | str) -> str:
    words = text.decode(errors="replace") if isinstance(text, bytes) else text
    return f"{code} {' '.join(words.split())}"


def _name(problem: Exception) -> str:
    return f"{type(problem).__name__}: {problem}"


if __name__ == "__main__":
    main()
