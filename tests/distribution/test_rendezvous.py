"""Machines wait for each other, and end with a sentence if one does not come."""

import concurrent.futures
import contextlib
import socket
import sys
import time

import pytest

from ada_tf.errors import UserError
from ada_tf.training import rendezvous
from ada_tf.training.rendezvous import wait_for_all
from tests import forked
from tools import launch_local_cluster as launcher

SOON = 2 / 60  # minutes


def addresses(count):
    return [f"127.0.0.1:{port}" for port in launcher.free_ports(count)]


def test_all_go_on_when_the_last_one_comes():
    """Each port is free again for TensorFlow's server, which answers from then on."""
    found, here = addresses(3), contextlib.ExitStack()

    def machine(number):
        wait_for_all(found, number, 1)
        server = socket.create_server(("127.0.0.1", rendezvous._parts(found[number])[1]))
        here.enter_context(server)

    with here, concurrent.futures.ThreadPoolExecutor(3) as pool:
        early = [pool.submit(machine, number) for number in (0, 2)]
        time.sleep(0.5)
        assert not any(machine.done() for machine in early)
        for started in (*early, pool.submit(machine, 1)):
            started.result(timeout=30)


def test_who_has_gone_on_still_answers():
    """As when TensorFlow's server has taken the port over already."""
    first, second = addresses(2)
    with socket.create_server(("127.0.0.1", rendezvous._parts(second)[1])):
        wait_for_all([first, second], 0, SOON)
    with socket.create_server(("127.0.0.1", rendezvous._parts(first)[1])):  # it is free again
        pass


def test_a_machine_that_does_not_come_is_named():
    found = [*addresses(2), "no-such-host.invalid:1234"]
    present = socket.create_server(("127.0.0.1", rendezvous._parts(found[1])[1]))
    with present, pytest.raises(UserError) as error:
        wait_for_all(found, 0, SOON)
    assert str(error.value).startswith(f"machine 0 of 3, {found[0]}, has waited ")
    assert f"for {found[2]}; start all machines" in str(error.value)


@pytest.mark.parametrize(
    ("address", "parts"), [("n1:20016", ("n1", 20016)), ("[fe80::1]:80", ("fe80::1", 80))]
)
def test_parts_of_an_address(address, parts):
    assert rendezvous._parts(address) == parts


@pytest.mark.parametrize("present", [0, 1])
def test_a_program_whose_peer_never_starts_ends_with_one_sentence(tmp_path, present):
    """The chief alone, or the other one alone."""
    environment = launcher.environments(workers=2)[present]
    command = [sys.executable, "-m", "ada_tf.cli.train", "--preset=tiny", "--data=digits"]
    command += [f"--outdir={tmp_path}", "--strategy=multiworker", f"--wait_minutes={SOON}"]
    done = forked.run(command, env=environment, timeout=120)
    assert done.returncode == 2, done.stderr[-2000:]
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert line.startswith(f"error: machine {present} of 2, 127.0.0.1:")
    assert line.count("127.0.0.1:") == 2
    assert not list(tmp_path.iterdir())
