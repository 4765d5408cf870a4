"""A relay to a server that others use too: what is cut is our connection, not their server."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Relay:
    """Forwards one port to another until it is cut; refuses while it is down."""

    def __init__(self, host: str, port: int) -> None:
        self.target = (host, port)
        self.connections = 0
        self.port = 0
        self._is_up = True
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()

    def cut(self) -> None:
        """Break what is connected; new connections are welcome."""
        self._loop.call_soon_threadsafe(self._abort_all)

    def go_down(self) -> None:
        self._is_up = False
        self.cut()

    def come_up(self) -> None:
        self._is_up = True

    def _abort_all(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if not self._is_up:
            writer.transport.abort()
            return
        try:
            other_reader, other_writer = await asyncio.open_connection(*self.target)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, other_writer}
        try:
            await asyncio.gather(_pump(reader, other_writer), _pump(other_reader, writer))
        finally:
            self._open -= {writer, other_writer}
            writer.close()
            other_writer.close()


async def stop(server: asyncio.Server, connected: set[asyncio.StreamWriter]) -> None:
    """Serve nobody any more, and wait until whoever was served has noticed."""
    server.close()
    for writer in connected:
        writer.transport.abort()
    if others := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(others, timeout=10)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        writer.transport.abort()
    else:
        writer.close()


@contextmanager
def running(host: str, port: int) -> Iterator[Relay]:
    relay = Relay(host, port)
    loop = relay._loop
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        starting = asyncio.start_server(relay._serve, "127.0.0.1", 0)
        server = asyncio.run_coroutine_threadsafe(starting, loop).result()
        relay.port = server.sockets[0].getsockname()[1]
        try:
            yield relay
        finally:
            asyncio.run_coroutine_threadsafe(stop(server, relay._open), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
