"""What we do otherwise than kombu: with files, the broker without a server, and with a Redis that is away."""

import os
import uuid
from pathlib import Path
from time import monotonic
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import TRANSPORT_ALIASES, filesystem, redis
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """Messages are files, each whole from the moment it can be seen."""

    # kombu names the message differently in its two classes above ours.
    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]
        """Write aside and rename: kombu opens the file first, and a worker that finds it empty ends."""
        file = Path(self.data_folder_out) / f"{round(monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        # Of a queue that nobody reads, as the name goes on.
        aside = file.with_name(f"{file.name}.part")
        try:
            aside.write_text(dumps(payload), encoding="utf-8")
            os.replace(aside, file)
        except OSError as problem:
            raise ChannelError(f"Cannot add the message {file}: {problem}") from problem


class Transport(filesystem.Transport):
    Channel = Channel


class RedisChannel(redis.Channel):
    # A worker that loses Redis would put back there what it has not begun, and end because it cannot. What
    # it had is not needed: the next beat follows.
    do_restore = False


class RedisTransport(redis.Transport):
    Channel = RedisChannel


def take_over() -> None:
    """Let `filesystem://`, `redis://` and `rediss://` mean ours."""
    TRANSPORT_ALIASES["filesystem"] = f"{__name__}:Transport"
    TRANSPORT_ALIASES["redis"] = TRANSPORT_ALIASES["rediss"] = f"{__name__}:RedisTransport"
