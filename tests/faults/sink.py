"""A mail server that keeps what it accepts, and refuses, delays, drips and breaks off as a test tells it to.

It speaks just the SMTP that a sender needs, in a thread of its own, fast enough not to be what is measured.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from tests.faults.relay import stop
from tests.faults.servers import free_port

OK = "250 fine"
# Bytes of a message.
LARGEST = 10_000_000
DROP = ""
"""Instead of an answer: the connection breaks off."""

Rule = Callable[[str], str]
"""What is answered to this recipient."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A recipient that was named."""

    at: float
    recipient: str
    answer: str


@dataclass(frozen=True, slots=True)
class Copy:
    """A message that arrived whole, and what was said to it."""

    at: float
    message_id: str
    recipient: str
    digest: str
    answer: str
    content: bytes = b""
    """Only where the sink keeps it."""

    @property
    def is_accepted(self) -> bool:
        return self.answer.startswith("2")


def accept(recipient: str) -> str:
    return OK


class Sink:
    def __init__(
        self,
        *,
        answer_after: float = 0.004,
        keeps_contents: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.port = free_port()
        self.keeps_contents = keeps_contents
        self.at_connect: Callable[[], str] = lambda: "220 sink"
        self.at_rcpt: Rule = accept
        self.at_data: Rule = accept
        self.answer_after = answer_after
        """Seconds between storing a message and saying so: this is where a kill leaves nobody the wiser.

        A few kills meet it only where it is long.
        """
        self.drips = ""
        """A byte a second: "all" that is said, or the answer to a "message" only."""
        self.connections: list[float] = []
        self.asked: list[Asked] = []
        self.arrived: list[Copy] = []
        self._clock = clock
        self._news = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    @property
    def copies(self) -> list[Copy]:
        return [copy for copy in list(self.arrived) if copy.is_accepted]

    def wait_for(self, count: int, *, within: float) -> bool:
        """Until so many copies are accepted."""
        with self._news:
            return self._news.wait_for(lambda: len(self.copies) >= count, timeout=within)

    def close(self) -> None:
        """The port is closed, and nobody is served any more."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()

    def reopen(self) -> None:
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", self.port, reuse_address=True, backlog=200, limit=LARGEST
        )

    async def _close(self) -> None:
        assert self._server
        self._server.close()
        for writer in self._open:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        self.connections.append(self._clock())
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await self._talk(reader, writer)
        finally:
            self._open.discard(writer)
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        recipient = ""
        answer = self.at_connect()
        is_about_message = False
        while answer:
            await self._say(
                writer, answer, drip=self.drips in ("all", "message" if is_about_message else "all")
            )
            line = (await reader.readline()).decode().strip()
            verb = line[:4].upper()
            if not line or verb == "QUIT":
                break
            is_about_message = verb == "DATA"
            if verb == "RCPT":
                recipient = line[line.index("<") + 1 : line.rindex(">")]
                answer = self.at_rcpt(recipient)
                self.asked.append(Asked(self._clock(), recipient, answer))
            elif verb == "DATA":
                await self._say(writer, "354 go on", drip=self.drips == "all")
                answer = await self._take(recipient, await reader.readuntil(b"\r\n.\r\n"))
            else:
                answer = "250 sink" if verb in ("EHLO", "HELO") else OK

    async def _take(self, recipient: str, content: bytes) -> str:
        found = re.search(rb"^Message-ID:\s*(<[^>]+>)", content, re.M | re.I)
        message_id = found[1].decode() if found else ""
        answer = self.at_data(recipient)
        digest, kept = hashlib.sha256(content).hexdigest(), content if self.keeps_contents else b""
        copy = Copy(self._clock(), message_id, recipient, digest, answer, kept)
        with self._news:
            self.arrived.append(copy)
            self._news.notify_all()
        await asyncio.sleep(self.answer_after)
        return answer

    async def _say(self, writer: asyncio.StreamWriter, answer: str, *, drip: bool) -> None:
        line = f"{answer}\r\n".encode()
        if not drip:
            writer.write(line)
            return await writer.drain()
        for byte in line:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(1)


def refuse_a_fifth(sink: Sink, dice: random.Random) -> None:
    """Half at RCPT, half after DATA; nobody more than three times, for the fifth try waits long."""
    refused: Counter[str] = Counter()

    def perhaps(recipient: str) -> str:
        if refused[recipient] < 3 and dice.random() < 0.1:
            refused[recipient] += 1
            return "451 not now"
        return OK

    sink.at_rcpt = sink.at_data = perhaps


def mailbox(copies: list[Copy]) -> Counter[str]:
    """How many messages lie with each recipient whose mailbox drops a repeated Message-ID (RFC 7352)."""
    return Counter(
        recipient for recipient, _message_id in {(copy.recipient, copy.message_id) for copy in copies}
    )


@contextmanager
def running(sink: Sink) -> Iterator[Sink]:
    thread = threading.Thread(target=sink._loop.run_forever, daemon=True)
    thread.start()
    try:
        sink.reopen()
        try:
            yield sink
        finally:
            asyncio.run_coroutine_threadsafe(stop(sink._server, sink._open), sink._loop).result()
    finally:
        sink._loop.call_soon_threadsafe(sink._loop.stop)
        thread.join()
        sink._loop.close()
