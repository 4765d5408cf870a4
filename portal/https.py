"""One request to an address outside the house that an administrator has entered.

Only by https, only to hosts that the settings allow, only to addresses of the public internet. The connection
goes to the very address that was looked up and found public: asked a second time, a name could lead inside.
A redirect is an answer like any other; nobody follows it. All together is over at a deadline, however slowly
somebody answers, and of the answer only the head is read.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

DEADLINE = 15.0
PORT = 443
LONGEST_HEAD = 16_384
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
# Where systems keep the authorities that they trust, for a Python that was built elsewhere.
AUTHORITIES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/cert.pem",
    "/etc/ssl/cert.pem",
)
# They carry an address of version 4 in them, which may be one of inside.
_CARRIERS = [
    ipaddress.ip_network(network)
    for network in ("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48")
] + [ipaddress.ip_network(network) for network in ("2001::/32", "2002::/16", "fec0::/10")]


class Refused(Exception):
    """By us or by them; in words for the log."""


def looked_up(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_kinds, address in found))


def trusted() -> ssl.SSLContext:
    """By the authorities that this machine trusts, whatever variables say.

    With SSL_CERT_FILE another host could pass for the portal, with SSLKEYLOGFILE somebody could read along:
    `ssl.create_default_context` obeys both.
    """
    where = ssl.get_default_verify_paths()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    files = [file for file in (where.openssl_cafile, *AUTHORITIES) if Path(file).is_file()]
    context.load_verify_locations(files[0] if files else None, where.openssl_capath)
    return context


@dataclass(frozen=True, slots=True)
class Wire:
    """What leads outside. Tests put others in their place; no setting does, and no variable."""

    look_up: Callable[[str, int], list[str]] = looked_up
    connect: Callable[[tuple[str, int], float], socket.socket] = socket.create_connection
    trust: Callable[[], ssl.SSLContext] = trusted


# --- where to ---


def split(url: str) -> SplitResult:
    """The parts of an address that may be told; Refused says why it may not."""
    try:
        parts = urlsplit(url)
        port, host = parts.port or PORT, parts.hostname or ""
    except ValueError:
        raise Refused(_("This is no address. Write it like https://portal.example.org/changes.")) from None
    if parts.scheme != "https":
        raise Refused(_("Only https is allowed: what is told must not be read or changed on the way."))
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise Refused(_("Leave out name, password and everything after #."))
    if not url.isascii() or not url.isprintable() or " " in url or not _HOST.fullmatch(host):
        raise Refused(_("Write the address in plain letters, a name with umlauts as xn--…"))
    allowed = host if port == PORT else f"{host}:{port}"
    if allowed not in settings.WEBHOOK_HOSTS:
        message = _("%(host)s is none of the hosts that may be told (WEBHOOK_HOSTS of the server).")
        raise Refused(message % {"host": allowed})
    return parts


def is_public(address: str) -> bool:
    """Whether it leads to the public internet, not into our house or another one."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if found.version == 6 and any(found in carrier for carrier in _CARRIERS):
        return False
    return found.is_global and not found.is_multicast


def _addresses(wire: Wire, host: str, port: int, clock: _Clock) -> list[str]:
    """A look-up knows no time limit of its own: whoever waits for it goes on without it."""
    found: list[Any] = []

    def look_up() -> None:
        try:
            found.append(wire.look_up(host, port))
        except Exception as problem:
            found.append(problem)

    asker = threading.Thread(target=look_up, daemon=True)
    asker.start()
    asker.join(clock.left())
    if not found:
        raise TimeoutError
    if isinstance(found[0], Exception):
        raise Refused(f"{host} was not found: {type(found[0]).__name__}")
    addresses: list[str] = found[0]
    if not addresses or not all(is_public(address) for address in addresses):
        raise Refused(f"{host} leads to no address of the public internet.")
    return addresses


# --- there and back ---


class _Clock:
    def __init__(self, seconds: float) -> None:
        self.until = time.monotonic() + seconds

    def left(self) -> float:
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


def post(url: str, headers: Mapping[str, str], body: bytes, *, wire: Wire, deadline: float = DEADLINE) -> int:
    """The status of the answer; Refused where there was none, within the deadline in any case."""
    clock = _Clock(deadline)
    try:
        parts = split(url)
        host, port = parts.hostname or "", parts.port or PORT
        addresses = _addresses(wire, host, port, clock)
        with _connected(wire, addresses, port, clock) as plain:
            plain.settimeout(clock.left())
            with wire.trust().wrap_socket(plain, server_hostname=host) as line:
                _send(line, _request(parts, headers, body), clock)
                return _status(line, clock)
    except TimeoutError:
        raise Refused(f"no end after {deadline:g} seconds") from None
    except OSError as problem:
        raise Refused(f"{type(problem).__name__}: {problem}"[:400]) from None


def _connected(wire: Wire, addresses: list[str], port: int, clock: _Clock) -> socket.socket:
    for address in addresses[:-1]:
        with suppress(OSError):
            return wire.connect((address, port), clock.left() / 2)
    return wire.connect((addresses[-1], port), clock.left())


def _request(parts: SplitResult, headers: Mapping[str, str], body: bytes) -> bytes:
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = {
        "Host": parts.netloc,
        "User-Agent": "Goldenbook",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Connection": "close",
        **headers,
    }
    head = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in lines.items()), "", ""]
    return "\r\n".join(head).encode("ascii") + body


def _send(line: ssl.SSLSocket, request: bytes, clock: _Clock) -> None:
    while request:
        line.settimeout(clock.left())
        request = request[line.send(request) :]


def _status(line: ssl.SSLSocket, clock: _Clock) -> int:
    """From the first line of the answer; what only says "go on" comes before it."""
    head = b""
    while True:
        while b"\r\n\r\n" not in head:
            line.settimeout(clock.left())
            read = line.recv(4096)
            if not read or len(head) > LONGEST_HEAD:
                raise Refused("no answer that can be read")
            head += read
        first, head = head.split(b"\r\n\r\n", 1)
        found = re.match(rb"HTTP/1\.[01] ([1-5][0-9][0-9])\b", first)
        if found is None:
            raise Refused("no answer that can be read")
        if int(found[1]) >= 200:
            return int(found[1])
