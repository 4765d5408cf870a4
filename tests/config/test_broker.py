"""The broker of files: what a worker can see is a whole message. And a Redis that is away."""

from queue import Empty

import pytest
from kombu import Connection

from config import celery
from config.broker import Channel


@pytest.fixture
def connection(tmp_path):
    options = {name: str(tmp_path / name) for name in ("data_folder_in", "control_folder")}
    options |= {"data_folder_out": options["data_folder_in"], "store_processed": False}
    for folder in ("data_folder_in", "control_folder"):
        (tmp_path / folder).mkdir()
    with Connection("filesystem://", transport_options=options) as connection:
        yield connection


def test_the_broker_without_a_server_is_ours(connection):
    assert isinstance(connection.default_channel, Channel)
    with celery.app.connection_for_write(url="filesystem://") as ours:
        assert ours.transport_cls == "filesystem"
        assert type(ours.transport).__module__ == "config.broker"


@pytest.mark.parametrize("scheme", ["redis", "rediss"])
def test_nothing_is_put_back_into_a_redis_that_is_away(scheme):
    with celery.app.connection_for_write(url=f"{scheme}://127.0.0.1:1/0") as ours:
        assert ours.transport.Channel.do_restore is False


class Curious:
    """Part of a message: looks into the queue while the message is being written."""

    def __init__(self, channel):
        self.channel, self.found = channel, []

    def __json__(self):
        try:
            self.found.append(self.channel._get("post"))
        except Empty:
            self.found.append("nothing")
        return "curious"


def test_a_message_that_is_being_written_is_not_read(connection):
    writer, curious = connection.channel(), Curious(connection.channel())

    writer._put("post", {"body": curious})

    assert curious.found == ["nothing"]
    assert writer._get("post") == {"body": "curious"}
    with pytest.raises(Empty):
        writer._get("post")


def test_a_message_of_another_queue_stays(connection):
    channel = connection.channel()
    channel._put("post", {"a": 1})

    with pytest.raises(Empty):
        channel._get("visits")
    assert channel._get("post") == {"a": 1}


def test_a_half_written_message_is_nobodys(connection, tmp_path):
    (tmp_path / "data_folder_in" / "1_2.post.msg.part").write_text("")

    with pytest.raises(Empty):
        connection.channel()._get("post")
