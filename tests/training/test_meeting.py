"""Processes meet. Threads stand for processes, the loopback for the network."""

import contextlib
import json
import socket
import threading
import time

import pytest

from ada_tf.errors import UserError
from ada_tf.training import meeting
from ada_tf.training.launchers import Place
from ada_tf.training.meeting import free_port, meet


def places(size, port=None, **other):
    port = port or free_port()
    return [Place(rank, size, "127.0.0.1", port, "job") for rank in range(size)]


def gather(places, patience=10.0):
    """What `meet` gives to each, or its error."""
    found = [None] * len(places)

    def work(index):
        try:
            found[index] = meet(places[index], patience, say=lambda line: None)
        except UserError as error:
            found[index] = str(error)

    threads = [threading.Thread(target=work, args=[i]) for i in reversed(range(len(places)))]
    for thread in threads:
        thread.start()
        time.sleep(0.02)  # the chief comes last
    for thread in threads:
        thread.join(timeout=30)
    return found


def test_all_learn_where_all_listen():
    lists = gather(places(4))
    assert lists[0] == lists[1] == lists[2] == lists[3]
    assert len({*lists[0]}) == 4
    for address in lists[0]:
        host, port = address.split(":")
        assert host == "127.0.0.1"
        with socket.socket() as s:
            assert int(port) > 1023
            s.bind((host, int(port)))  # is free


def test_another_count_ends_all():
    first, second, third = places(3)
    found = gather([first, second, Place(2, 8, third.host, third.port, "job")])
    reason = "rank 2 counts 8 processes, the first one 3; start all of them with one command"
    assert all(said.startswith(reason) for said in found)


def test_two_of_one_rank_end_all():
    first, second, _ = places(3)
    found = gather([first, second, second])
    assert all(said.startswith("two processes are rank 1 of 3; start") for said in found)


def test_one_that_does_not_come_is_named(monkeypatch):
    monkeypatch.setattr(meeting, "REFUSAL_SECONDS", 0.0)  # who is here is told at once
    first, second, *_ = places(4)
    found = gather([first, second], patience=1.0)
    assert found[0].startswith(f"rank 2, 3 of 4 did not come to port {first.port} of 127.0.0.1;")
    assert found[0] == found[1]


def test_a_chief_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setattr(meeting, "GREETING_SECONDS", 0.1)
    place = Place(1, 2, "name.invalid", 12345)
    with pytest.raises(UserError, match="could not reach the first process at name.invalid, port"):
        meet(place, 0.1)


def test_a_port_that_is_taken():
    first, _ = places(2)
    with socket.create_server(("", first.port)), pytest.raises(UserError, match="set MASTER_PORT"):
        meet(first, 1.0)


@pytest.fixture(autouse=True)
def shorter(monkeypatch):
    monkeypatch.setattr(meeting, "REFUSAL_SECONDS", 1.0)


CARD = {"program": "ada_tf", "job": "job", "rank": 1, "size": 2, "port": 5}
ALMOST = ({"program": "other"}, {"job": "other"}, {"rank": True}, {"rank": 0}, {"rank": 2},
          {"port": 0}, {"port": 65536}, {"port": "5"})  # fmt: skip
STRANGERS = [
    b"GET / HTTP/1.1\r\n\r\n\n",
    b"\n",
    b"[" * 60000 + b"\n",
    b"[1]\n",
    *(json.dumps(CARD | other).encode() + b"\n" for other in ALMOST),
]


def send(port, text):
    """To a chief, as soon as it listens."""
    for _ in range(100):
        with contextlib.suppress(ConnectionRefusedError):
            connection = socket.create_connection(("127.0.0.1", port))
            connection.sendall(text)
            return connection
        time.sleep(0.05)
    raise AssertionError("nobody listens")


def test_strangers_are_sent_away():
    """Programs that look for ports, and processes of another job, change nothing."""
    first, second = places(2)
    found = []
    chief = threading.Thread(target=lambda: found.append(meet(first, 20.0)))
    chief.start()
    for text in STRANGERS:
        with send(first.port, text) as connection:
            connection.settimeout(10)
            with contextlib.suppress(ConnectionResetError):
                assert connection.recv(1) == b""
    others = meet(second, 20.0)
    chief.join(timeout=20)
    assert found == [others]


def test_one_that_was_started_again_takes_its_place():
    first, second, third = places(3)
    found = []
    chief = threading.Thread(target=lambda: found.append(meet(first, 20.0)))
    chief.start()
    send(first.port, json.dumps(CARD | {"size": 3}).encode() + b"\n").close()
    time.sleep(0.5)
    assert not found
    found += gather([second, third])
    chief.join(timeout=20)
    assert found[0] == found[1] == found[2]
    assert "127.0.0.1:5" not in found[0]


def test_the_wait_is_told(monkeypatch):
    clock = iter(range(0, 10000, 6))
    monkeypatch.setattr("ada_tf.training.meeting.time.monotonic", lambda: next(clock))
    told = []
    first, _ = places(2)
    with pytest.raises(UserError, match="rank 1 of 2 did not come"):
        meet(first, 60, told.append)
    assert told == [f"Waiting on port {first.port} for rank 1 of 2"]
